"""Which project to talk to: keys from the environment, directly or through named profiles. Keys are never shown."""

from __future__ import annotations

import base64
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ragtui.errors import UsageError

DEFAULT_URL = "https://cloud.langfuse.com"
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


def config_file() -> Path:
    """Where named profiles live."""
    import platformdirs

    return Path(platformdirs.user_config_dir("ragtui", appauthor=False)) / "config.toml"


def find_credentials(
    profile: str = "", environ: Mapping[str, str] | None = None, config: Path | None = None
) -> Credentials:
    """Keys of a named profile, or of the plain environment variables when no profile is named.

    Raises:
        UsageError: a variable or profile is missing, or the address is none; says which, never the value of a key.
    """
    environ = os.environ if environ is None else environ
    if not profile:
        address = environ.get("LANGFUSE_BASE_URL") or environ.get("LANGFUSE_HOST") or DEFAULT_URL
        return _checked(address, "LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY", environ, "", None)
    path = config or config_file()
    table = read_profiles(path).get(profile)
    if table is None:
        raise UsageError(
            f"{path}: no Langfuse profile named {profile!r}",
            f'Add a section [langfuse.{profile}] with base_url = "...", public_key_env = "..." '
            'and secret_key_env = "...", which name environment variables.',
        )
    for key in ("public_key", "secret_key"):
        if key in table:
            raise UsageError(
                f"{path}: [langfuse.{profile}] holds {key} itself",
                f"Put the key in an environment variable and write {key}_env = its name. Then revoke the key.",
            )
    limit = table.get("requests_per_minute")
    return _checked(
        str(table.get("base_url") or DEFAULT_URL),
        str(table.get("public_key_env") or "LANGFUSE_PUBLIC_KEY"),
        str(table.get("secret_key_env") or "LANGFUSE_SECRET_KEY"),
        environ,
        profile,
        limit if isinstance(limit, int) and limit > 1 else None,
    )


def read_profiles(path: Path | None = None) -> dict[str, dict[str, Any]]:
    """The `[langfuse.<name>]` sections of the config file; none when there is no file.

    Raises:
        UsageError: the file is not TOML.
    """
    sections = _langfuse_section(path or config_file())
    return {name: table for name, table in sections.items() if isinstance(table, dict)}


def _langfuse_section(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{path}: {error}", "Correct the file; it is TOML.") from None
    section = document.get("langfuse", {})
    return section if isinstance(section, dict) else {}


def read_name_rule(profile: str = "", path: Path | None = None) -> str:
    """The user's rule that tells repeats by name: `name_rule` of the profile, else of `[langfuse]`.

    Raises:
        UsageError: it is no regular expression.
    """
    path = path or config_file()
    sections = _langfuse_section(path)
    own = sections.get(profile)
    rule = (own.get("name_rule") if isinstance(own, dict) else None) or sections.get("name_rule") or ""
    try:
        re.compile(str(rule))
    except re.error as error:
        raise UsageError(
            f"{path}: name_rule {rule!r} is no regular expression ({error})",
            r"Such as name_rule = '^(?P<config>.+?) ?#\d+$', which makes base #1 and base #2 repeats of base.",
        ) from None
    return str(rule)


def _checked(
    address: str, public_name: str, secret_name: str, environ: Mapping[str, str], profile: str, per_minute: int | None
) -> Credentials:
    missing = [name for name in (public_name, secret_name) if not environ.get(name, "").strip()]
    if missing:
        raise UsageError(
            f"Langfuse needs {' and '.join(missing)} in the environment",
            "Create keys in Langfuse under Settings, API keys, and export them in the shell.",
        )
    parts = urlsplit(address.strip())
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
