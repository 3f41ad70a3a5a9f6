"""Who judged, where a tool writes it beside every score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any


def sources_of(said: Iterable[tuple[str, str, bool]]) -> dict[str, Any]:
    """Who gave each metric, of its name, who is written beside a score, and whether the judge failed there.

    Failures count only where nothing else was said: MLflow writes them under another name than answers, and a judge
    that failed once is no other judge.
    """
    answered: dict[str, set[str]] = defaultdict(set)
    failed: dict[str, set[str]] = defaultdict(set)
    for metric, source, broken in said:
        if metric and source:
            (failed if broken else answered)[metric].add(source)
    return {metric: {"source": ", ".join(sorted(sources))} for metric, sources in {**failed, **answered}.items()}
