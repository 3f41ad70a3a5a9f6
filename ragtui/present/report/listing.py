"""What a list of runs is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ragtui.model import Group, Problem


@dataclass(frozen=True, slots=True)
class RunListing:
    """Runs that were found.

    Attributes:
        groups: by configuration.
        problems: what was met on the way.
        now: from when ages count.
    """

    groups: Sequence[Group]
    problems: Sequence[Problem]
    now: datetime
