"""What a server can do, as far as publishing needs to know."""

from __future__ import annotations

from dataclasses import dataclass

from ragtui.errors import UsageError
from ragtui.langfuse.api.probe import Generation, Server

FIRST_WITH_SCORE_LISTS = (4, 59)
FIRST_WITH_SCORES_BY_TRACE = (3, 133)


@dataclass(frozen=True, slots=True)
class Abilities:
    """How to write to a server and how to read back.

    Attributes:
        experiments: span attributes make experiments; otherwise traces are linked to a dataset run.
        score_lists: `POST /scores` takes a list; otherwise one object a request.
        v3_scores: scores of many traces can be read at once.
        v2_scores: scores of one trace can be read; otherwise they are read with the trace.
    """

    experiments: bool
    score_lists: bool
    v3_scores: bool
    v2_scores: bool


def abilities_of(server: Server) -> Abilities:
    """The abilities of a probed server.

    Raises:
        UsageError: it is too old to be written to.
    """
    if server.generation == Generation.V2:
        raise UsageError(
            f"{server.label}: this server takes no traces in the OpenTelemetry format",
            "Langfuse 3.22 and later can be published to; this one can be read.",
        )
    # Without a version the newer way is tried; a server that refuses lists says so and gets single scores.
    return Abilities(
        experiments=server.has_experiments,
        score_lists=not server.number or server.number >= FIRST_WITH_SCORE_LISTS,
        v3_scores=server.scores == "v3",
        v2_scores=server.scores == "v2" and (not server.number or server.number >= FIRST_WITH_SCORES_BY_TRACE),
    )
