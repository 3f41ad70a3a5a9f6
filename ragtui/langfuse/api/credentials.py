"""Which project to talk to: keys from the environment, directly or through named profiles. Keys are never shown."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ragtui.errors import UsageError
from ragtui.settings import UserSettings, read_settings
from ragtui.sources.addresses import LANGFUSE

DEFAULT_URL = "https://cloud.langfuse.com"
ADDRESS_NAMES = ("LANGFUSE_BASE_URL", "LANGFUSE_HOST")
HIDDEN = "[hidden]"

_KEY_LIKE = re.compile(r"\b[sp]k-lf-[A-Za-z0-9_-]+")
_BASIC = re.compile(r"(?i)\b(basic|bearer)\s+[A-Za-z0-9+/=_.-]{8,}")


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Address and keys of one Langfuse project.

    Attributes:
        base_url: scheme, host and path, without a slash at the end.
        profile: name in the config file; empty for the plain environment variables.
        per_minute: calls a minute this project allows in the general bucket; None to assume the plan's smallest.
    """

    base_url: str
    public_key: str
    secret_key: str
    profile: str = ""
    per_minute: int | None = None

    def __repr__(self) -> str:
        return f"Credentials(base_url={self.base_url!r}, profile={self.profile!r}, keys={HIDDEN})"

    __str__ = __repr__

    @property
    def host(self) -> str:
        """Host and port, for labels."""
        return urlsplit(self.base_url).netloc

    @property
    def is_cloud(self) -> bool:
        """Whether Langfuse itself runs the server; only there do rate limits apply."""
        host = urlsplit(self.base_url).hostname or ""
        return host == "langfuse.com" or host.endswith(".langfuse.com")

    def redact(self, text: str) -> str:
        """The text without these keys, and without anything that looks like one."""
        token = base64.b64encode(f"{self.public_key}:{self.secret_key}".encode()).decode()
        for secret in (self.secret_key, token, self.public_key):
            if len(secret) >= 4:
                text = text.replace(secret, HIDDEN)
        return _BASIC.sub(rf"\1 {HIDDEN}", _KEY_LIKE.sub(HIDDEN, text))


def find_credentials(
    profile: str = "", environ: Mapping[str, str] | None = None, config: Path | None = None
) -> Credentials:
    """Keys of a named profile, or of the plain environment variables when no profile is named.

    Args:
        profile: a `[langfuse.NAME]` of the configuration; "" for the LANGFUSE_* variables.
        environ: variables; None for the process's own.
        config: another configuration file than the user's.

    Raises:
        UsageError: a variable or profile is missing, or the address is none; says which, never the value of a key.
    """
    environ = os.environ if environ is None else environ
    if not profile:
        address = next((said for name in ADDRESS_NAMES if (said := environ.get(name))), DEFAULT_URL)
        return _checked(address, "LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY", environ, "", None)
    found = read_settings(config).profile(profile)
    return _checked(
        found.base_url or DEFAULT_URL,
        found.public_key_env,
        found.secret_key_env,
        environ,
        profile,
        found.requests_per_minute,
    )


def _checked(
    address: str, public_name: str, secret_name: str, environ: Mapping[str, str], profile: str, per_minute: int | None
) -> Credentials:
    missing = [name for name in (public_name, secret_name) if not environ.get(name, "").strip()]
    if missing:
        raise UsageError(
            f"Langfuse needs {' and '.join(missing)} in the environment",
            "Create keys in Langfuse under Settings, API keys, and export them in the shell.",
        )
    try:
        parts = urlsplit(address.strip())
    except ValueError:  # such as a bracket that is never closed; the text itself may hold a key
        raise UsageError(
            "the Langfuse address cannot be read", "LANGFUSE_BASE_URL looks like https://cloud.langfuse.com."
        ) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"{address!r} is no Langfuse address", "LANGFUSE_BASE_URL looks like https://cloud.langfuse.com."
        )
    if parts.username or parts.password:
        raise UsageError("the Langfuse address holds a user name or password", "Keys belong into LANGFUSE_*_KEY only.")
    return Credentials(
        address.strip().rstrip("/"),
        environ[public_name].strip(),
        environ[secret_name].strip(),
        profile,
        per_minute,
    )


def split_address(rest: str, found: UserSettings, environ: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Profile and dataset of an address.

    A dataset name may hold slashes too. As soon as there are profiles, the word before the first slash is one of
    them, because a mistyped profile must not ask another server with other keys; a slash in front says that none is
    meant. Without profiles it is part of a dataset's name, unless the server is the default one: then nobody said that
    keys go there, and a profile from a configuration that is not on this machine would be taken for a dataset.

    Raises:
        UsageError: the profile is not configured; names those that are.
    """
    first, slash, after = rest.partition("/")
    if not slash:
        return "", rest
    if not first:
        return "", after
    if first in found.langfuse:
        return first, after
    if not found.langfuse:
        environ = os.environ if environ is None else environ
        if not any(environ.get(name) for name in ADDRESS_NAMES):
            raise UsageError(
                f"{LANGFUSE}{rest}: {first!r} is no profile of {found.path}, and no server is named",
                f"Name the server with LANGFUSE_BASE_URL, write a section [langfuse.{first}], or write"
                f" {LANGFUSE}/{rest} for a dataset on {DEFAULT_URL}.",
            )
        return "", rest
    known = ", ".join(sorted(found.langfuse))
    raise UsageError(
        f"{LANGFUSE}{rest}: no Langfuse profile named {first!r} in {found.path}",
        f"Profiles are {known}. For a dataset called {rest} with the LANGFUSE_* variables write {LANGFUSE}/{rest}.",
    )
