"""Lines to add to a configuration file or a policy."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from ragtui.model import guess_metric

_YES = frozenset({"yes", "y", "true", "t"})
_NO = frozenset({"no", "n", "false", "f"})


def toml_key(name: str) -> str:
    """A name as a TOML key, in quotes where it needs them."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def toml_text(text: str) -> str:
    """A text as a TOML value."""
    return json.dumps(text, ensure_ascii=False)


def example_label(category: str, labels: Sequence[str]) -> str:
    """The label to put in a line that says which labels of a category are good; dots where every one sounds bad.

    A person may copy the line as it stands: it never names a label whose own words say that it is bad.
    """
    way = guess_metric(category).sign or 1
    sides = any("left" in label.casefold() for label in labels)  # beside it, "right" is no praise

    def sounds(label: str) -> int:
        said = label.strip().casefold()
        return way if said in _YES else -way if said in _NO else 0 if sides else guess_metric(label).sign

    best = max(labels, key=lambda label: (sounds(label), -len(label) if sounds(label) > 0 else 0), default="")
    return toml_text(best) if labels and sounds(best) >= 0 else "..."
