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
        comments: what people wrote on it.
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
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn of a conversation: a trace of its session.

    Attributes:
        trace: its id.
        started: seconds since 1970; None when not recorded.
        said, answered: what went in and what came out, as text.
    """

    trace: str
    started: float | None = None
    said: str = ""
    answered: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """What the pipeline did for one item.

    Attributes:
        observations: in the order of a tree, parents before children, earlier ones first.
        comments: on the trace as a whole.
        session: the conversation it belongs to; "" for none.
        turns: all turns of that conversation, oldest first, this trace among them.
        notes: what could not be read.
    """

    id: str
    observations: tuple[Observation, ...]
    comments: tuple[str, ...] = ()
    session: str = ""
    turns: tuple[Exchange, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def turn(self) -> int:
        """Which turn of its conversation it is, from 1; 0 where it is none."""
        return next((place for place, turn in enumerate(self.turns, 1) if turn.trace == self.id), 0)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "id": self.id,
            "observations": [asdict(each) for each in self.observations],
            "comments": list(self.comments),
            "session": self.session,
            "turns": [asdict(each) for each in self.turns],
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Trace:
        """The trace again; fields this version does not know are left out.

        Raises:
            KeyError, TypeError: the value is of another shape.
        """
        known = {each.name for each in fields(Observation)}
        rows = ({key: said for key, said in row.items() if key in known} for row in value["observations"])
        return cls(
            value["id"],
            tuple(Observation(**{**row, "comments": tuple(row["comments"])}) for row in rows),
            tuple(value["comments"]),
            value["session"],
            tuple(Exchange(**turn) for turn in value["turns"]),
            tuple(value["notes"]),
        )
