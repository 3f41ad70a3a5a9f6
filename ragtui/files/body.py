"""The body of an HTTP reply, put together as it arrives, with a bound on what it may become.

HTTP libraries unpack a reply as it comes, whatever it becomes: 65 KB of gzip are 64 MB, and packed twice they are more
than any machine has. So replies are taken as they were sent, and unpacked here no further than they may be long.
"""

from __future__ import annotations

import zlib
from typing import Any

from ragtui.files.sizes import megabytes

ENCODINGS = "gzip, deflate"
"""What to say in Accept-Encoding."""

_AT_ONCE = 1 << 20
_BEGIN = 0x1F
"""The first byte of gzip."""
_GZIP, _ZLIB, _BARE = 31, 15, -15
"""How zlib is told what stands around what is deflated; some servers send it without the header that belongs to it."""
_WINDOWS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}
_NOT_ASKED_FOR = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip"})
"""The other packings that are registered; what is not, such as "utf-8" or "aws-chunked", says nothing of packing."""


class BodyError(ValueError):
    """A reply that is too long, or packed in a way that was not asked for or is damaged."""


class DamagedError(BodyError):
    """A reply that did not arrive as it was sent: the next one may."""


class Body:
    """Takes the pieces of one reply.

    Args:
        encoding: its Content-Encoding.
        most: bytes that it may have, unpacked.

    Raises:
        BodyError: it is packed in another way.
    """

    def __init__(self, encoding: str, most: int) -> None:
        named = [word.strip() for word in encoding.lower().split(",")]
        packings = [word for word in named if word in _WINDOWS or word in _NOT_ASKED_FOR]
        if len(packings) > 1 or _NOT_ASKED_FOR.intersection(packings):
            raise BodyError(f"the reply is packed as {encoding[:40]!r}, which was not asked for")
        window = _WINDOWS[packings[0]] if packings else 0
        self._window, self._most, self._whole = window, most, bytearray()
        self._unpacking: Any = None

    def add(self, piece: bytes) -> None:
        """Take the next piece.

        Raises:
            BodyError: the reply is longer than it may be.
        DamagedError: it cannot be unpacked.
        """
        if not self._window:
            self._keep(piece)
            return
        try:
            while piece:
                if self._unpacking is not None and self._unpacking.eof:
                    if piece[0] != _BEGIN:
                        return  # padding
                    self._unpacking = None  # several packed texts behind each other are one
                if self._unpacking is None:
                    self._unpacking = self._begun(piece)
                piece = self._unpack(piece)
        except zlib.error as error:
            raise DamagedError(f"the reply cannot be unpacked ({error})") from None

    def whole(self) -> bytes:
        """All of it, at the end.

        Raises:
            DamagedError: the end of what is packed is missing.
        """
        if self._unpacking is not None and not self._unpacking.eof:
            raise DamagedError("the reply is cut short")
        return bytes(self._whole)

    def _begun(self, piece: bytes) -> Any:
        window = self._window
        if window == _ZLIB and (piece[0] & 15 != 8 or (len(piece) > 1 and int.from_bytes(piece[:2]) % 31)):
            window = _BARE
        return zlib.decompressobj(window)

    def _unpack(self, piece: bytes) -> bytes:
        """Take all that belongs to what is being unpacked; returns what comes behind its end."""
        while not self._unpacking.eof:
            found = self._unpacking.decompress(piece, _AT_ONCE)
            self._keep(found)
            piece = self._unpacking.unconsumed_tail
            if not piece and len(found) < _AT_ONCE:  # at that size more may wait inside
                break
        return bytes(self._unpacking.unused_data)

    def _keep(self, piece: bytes) -> None:
        self._whole += piece
        if len(self._whole) > self._most:
            raise BodyError(f"the reply is longer than {megabytes(self._most)}")
