"""Which item a piece of code works on, in terms of traces. Light enough to be made in any process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Scope:
    """Where the spans of one item belong.

    Attributes:
        trace_id, root: 32 and 16 hex digits.
        attributes: set on every span; those of the experiment, as far as they are known before a server answers.
    """

    trace_id: str
    root: str
    attributes: Mapping[str, str] = field(default_factory=dict)
