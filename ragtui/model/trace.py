"""What a pipeline did for one item, call by call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Observation:
    """One span, generation, retrieval, tool call or event.

    Attributes:
        kind: in lower case, such as "generation".
        depth: 0 for what stands at the top.
        started: seconds since 1970; None when not recorded.
        seconds: how long it took.
        prompt: name and version of the managed prompt, such as "answer@3".
        cost: US dollars; None when it has no price.
        input, output: in full, as text.
    """

    id: str
    name: str
    kind: str
    depth: int = 0
    started: float | None = None
    seconds: float | None = None
    level: str = ""
    status: str = ""
    model: str = ""
    parameters: str = ""
    prompt: str = ""
    tokens: Mapping[str, int] = field(default_factory=dict)
    cost: float | None = None
    input: str = ""
    output: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """Observations in the order of a tree, parents before children, earlier ones first; and comments."""

    id: str
    observations: tuple[Observation, ...]
    comments: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "id": self.id,
            "observations": [asdict(each) for each in self.observations],
            "comments": list(self.comments),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Trace:
        """The trace again; fields this version does not know are left out.

        Raises:
            KeyError, TypeError: the value is of another shape.
        """
        known = {each.name for each in fields(Observation)}
        rows = ({key: said for key, said in row.items() if key in known} for row in value["observations"])
        return cls(value["id"], tuple(Observation(**row) for row in rows), tuple(value["comments"]))
