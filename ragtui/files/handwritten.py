"""JSON that people wrote by hand: with remarks, commas before a bracket, or one document after another."""

from __future__ import annotations

import re
from typing import Any

from ragtui.files.jsonlines import BadLineError, documents_in

MOST = 64 * 1024 * 1024
"""Bytes up to which a document that is no JSON is looked at again."""
# What is not closed goes to the end: looked for again from every sign on, it would take time by the square of a file.
_TEXTS_AND_REMARKS = re.compile(r'(?s)"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|//[^\n]*+|/\*.*?(?:\*/|\Z)|(?m:^[ \t]*+#[^\n]*+$)')
_TEXTS_AND_COMMAS = re.compile(r'(?s)"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|,(?=\s*[\]}]|\s*\Z)')


def parse_by_hand(raw: bytes) -> tuple[Any, str]:
    """A document that is no JSON for one of these reasons, and which; several documents as a list.

    Raises:
        BadLineError: it is damaged, cut short, or of another kind.
    """
    if len(raw) > MOST:
        raise BadLineError("not valid JSON, and too large to be mended")
    source = raw.decode("utf-8", "replace").removeprefix("\ufeff")
    if re.match(r"\s*[\[{]\s*[{'\[]*\s*'", source):
        raise BadLineError("is what Python prints, with single quotes, and no JSON")
    plain = _TEXTS_AND_REMARKS.sub(_text_alone, source)
    mended = _TEXTS_AND_COMMAS.sub(_text_alone, plain)
    why = [
        said for said, is_so in (("remarks", plain != source), ("commas before a bracket", mended != plain)) if is_so
    ]
    try:
        found = documents_in(mended)
    except (ValueError, RecursionError) as error:
        raise BadLineError("not valid JSON") from error
    if not found:
        raise BadLineError("not valid JSON")
    said = [f"{' and '.join(why)}, which JSON does not know"] if why else []
    if len(found) > 1:
        said.append(f"{len(found)} documents one after another")
    return (found if len(found) > 1 else found[0]), ", and ".join(said)


def _text_alone(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith('"') else " "
