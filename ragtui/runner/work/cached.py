"""Noticing a response cache: repeats that are copies of each other measure no noise at all."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragtui.files.fields import identifier, mapping, text
from ragtui.files.jsonlines import read_objects
from ragtui.files.problems import ProblemLog
from ragtui.sources.cube.records import repeat_label


@dataclass(frozen=True, slots=True)
class Repetition:
    """How alike the repeats of a run are.

    Attributes:
        items: items with at least two answered repeats.
        identical: those whose answers and passages are the same, byte for byte, in every repeat.
        ids_seen_twice: replies that carried an id another reply had before.
        judged_apart: of the identical ones, those with a score that differs between the repeats: nobody repeated the
            judges' words to us.
    """

    items: int
    identical: int
    ids_seen_twice: int = 0
    judged_apart: int = 0

    def warning(self, sampled: bool) -> str:
        """A sentence when repeats look like copies; empty otherwise.

        Args:
            sampled: whether the model was asked to vary at all (a temperature above 0, or none given).
        """
        if self.ids_seen_twice:
            return (
                f"{self.ids_seen_twice} replies carried the id of an earlier reply: a cache answered, not the model. "
                "Such repeats measure no noise; switch the cache off."
            )
        if self.items and self.identical == self.items and self.judged_apart:
            return (
                f"the answers to all {self.items} items are the same in every repeat and the verdicts differ: "
                "what was measured is the noise of the judges alone."
            )
        if self.items and self.identical == self.items:
            why = (
                "a response cache is likely; switch it off"
                if sampled
                else "with temperature 0 that may be so, or a response cache answered"
            )
            return f"all repeats of all {self.items} items are byte-identical: {why}. No noise was measured."
        return ""


def repetition(results: Path, reply_ids: dict[str, int] | None = None) -> Repetition:
    """Compare the repeats in a results file."""
    seen: dict[str, dict[str, str]] = defaultdict(dict)
    scores: dict[str, dict[str, Any]] = defaultdict(dict)
    for line in read_objects(results, ProblemLog(str(results))):
        record = line.record
        if record.get("error") or record.get("judging"):
            continue
        contexts = record.get("contexts")
        passages = [text(mapping(entry).get("text")) for entry in contexts] if isinstance(contexts, list) else []
        whole = "\x1f".join([text(record.get("output")), *passages])
        digest = hashlib.blake2b(whole.encode("utf-8", "replace"), digest_size=16).hexdigest()
        seen[identifier(record.get("item"))][repeat_label(record)] = digest
        scores[identifier(record.get("item"))][repeat_label(record)] = _values(record.get("scores"))
    repeated = [digests for digests in seen.values() if len(digests) > 1]
    twice = sum(count - 1 for count in (reply_ids or {}).values() if count > 1)
    same = [item for item, digests in seen.items() if len(digests) > 1 and len(set(digests.values())) == 1]
    apart = sum(len(set(scores[item].values())) > 1 for item in same)
    return Repetition(len(repeated), len(same), twice, apart)


def _values(scores: Any) -> tuple[tuple[str, str], ...]:
    """Every score of a record that is a number, in a form that can be compared."""
    return tuple(sorted((name, str(mapping(said).get("value"))) for name, said in mapping(scores).items()))
