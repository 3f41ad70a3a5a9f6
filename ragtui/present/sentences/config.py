"""Lines to add to a configuration file or a policy."""

from __future__ import annotations

import json
import re


def toml_key(name: str) -> str:
    """A name as a TOML key, in quotes where it needs them."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def toml_text(text: str) -> str:
    """A text as a TOML value."""
    return json.dumps(text, ensure_ascii=False)
