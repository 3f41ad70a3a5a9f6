"""Damaged copies of what ragtui reads beside runs, and what must hold of every one of them.

Plans, policies, settings, state, baselines, profiles, launches, journals, outboxes, datasets, prompts, replies: a
mutant is read as the product reads it. It may be refused in a message; it may raise nothing else, nor take more than
`LIMIT_S` of processor time.
"""

from __future__ import annotations

import copy
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from builders import steady, write_run
from format_mutants import _STRUCTURED, _torn
from runner_kit import lay_out, lay_out_doubts

from ragtui.cli import main
from ragtui.errors import RagtuiError
from ragtui.gate.baselines import Baselines
from ragtui.gate.deciding.policyfile import read_policy
from ragtui.langfuse.write.outbox import read_entries, read_heading
from ragtui.model import Item
from ragtui.present.clean import clean
from ragtui.runner.endpoints.remembering import ReplyCache
from ragtui.runner.launch.child import Worker
from ragtui.runner.launch.control import read_order
from ragtui.runner.launch.launchfile import LAUNCH
from ragtui.runner.launch.prepare import open_launch
from ragtui.runner.launch.trust import execution_of
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.plan.prompting import SLOTS, load_prompt
from ragtui.runner.scoring.verdicts import NoVerdictError, read_verdict
from ragtui.runner.scoring.winners import read_winner
from ragtui.runner.targets.answers import answered
from ragtui.runner.targets.passages import BadAnswerError
from ragtui.settings import read_settings
from ragtui.sources import read_dataset
from ragtui.sources.columns import ColumnMap
from ragtui.tui.returning import Whereabouts
from ragtui.workbench import PlaceState, StateFile
from ragtui.workbench.noise_profiles import read_profile

LIMIT_S = 5.0

Read = Callable[[Path], object]


@dataclass(frozen=True)
class Input:
    """One kind of input.

    Attributes:
        name: file name below the folder that `read` is given.
        whole: what an undamaged one holds.
        read: reads it from the file; raises RagtuiError when it is refused.
    """

    name: str
    whole: bytes
    read: Read


@dataclass(slots=True)
class InputTally:
    """How many mutants met which end, and what was wrong with any."""

    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def inputs(folder: Path) -> dict[str, Input]:
    """Every kind, over material laid out in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = lay_out(folder / "project", "http://127.0.0.1:9/v1", 'repeats = 2\n[prices."m1"]\ninput = 1\noutput = 2\n')
    (folder / "doubts").mkdir()
    lay_out_doubts(folder / "doubts", items=2)
    run = write_run(folder / "base", steady(5, 4, 2, i002=[4, 5]), pipeline={"k": 1})
    assert main(["noise", str(run), "--save", str(folder / "noise.json")]) == 0
    launch = folder / "launched"
    assert main(["run", str(folder / "doubts" / "ragtui.toml"), "--repeats", "1", "--out", str(launch)]) == 0
    made = sorted(path for path in launch.iterdir() if path.is_dir())[0]
    blessing = {
        "ragtui_baseline": 1, "name": "main", "at": "2026-11-01T09:00:00+00:00", "reason": "checked",
        "runs": [{"id": "r", "name": "base", "place": "base", "digest": "ab"}],
    }  # fmt: skip
    state: dict[str, Any] = {"ragtui_state": 1, "places": [], "state": {"notes": {"faq/1": "look"},
             "columns": {"a.csv": {"item": "id", "metrics": ["f1"]}}, "baselines": {"q": ["u"]}}}  # fmt: skip
    spot = {"baseline": ["u"], "candidates": [["v"]], "place": 0, "item": "1", "folded": False}
    answer = {"answer": "red", "contexts": [{"id": "1", "text": "t"}]}
    completion = {"choices": [{"message": {"content": "It is red."}}], "usage": {"prompt_tokens": 3}}
    told = '{"rationale": "It says so.", "score": 4} Score: 4'
    entries: list[dict[str, Any]] = [{"outbox": 1, "server": "http://h", "experiment": "e", "name": "n"},
               {"put": {"identity": "i", "kind": "item", "body": {}}}, {"mark": "item", "stage": "sent"}]  # fmt: skip
    lines: list[dict[str, Any]] = [
        {"t": "2026-11-01T09:00:00.000+00:00", "kind": "retry", "what": "m1"},
        {"kind": "limit", "limit": 3},
    ]
    return {
        "plan": Input("project/ragtui.toml", plan.read_bytes(), read_plan),
        "policy": Input("gate.toml", _POLICY, read_policy),
        "settings": Input("config.toml", _SETTINGS, read_settings),
        "prompt": Input("judge.md", b"Q {question}\nA {output}\nScore 1-5 {{as}} JSON {contexts}\n", _prompt),
        "dataset, json": Input("d.json", (folder / "project" / "dataset.json").read_bytes(), read_dataset),
        "dataset, csv": Input("d.csv", b"id,question,expected\n1,What?,That\n2,\"Who, then?\",\"He\"\n", read_dataset),
        "dataset, jsonl": Input("d.jsonl", _lines([{"id": n, "question": "a?"} for n in "12"]), read_dataset),
        "profile": Input("noise.json", (folder / "noise.json").read_bytes(), read_profile),
        "state": Input("state.json", json.dumps(state).encode(), _state),
        "whereabouts": Input("spot.json", json.dumps(spot).encode(), lambda path: Whereabouts.read(_text(path))),
        "column map": Input("columns.json", json.dumps(state["state"]["columns"]["a.csv"]).encode(), _columns),
        "baselines": Input(".ragtui/baselines.jsonl", json.dumps(blessing).encode() + b"\n", _baselines),
        "launch": Input(f"{made.relative_to(folder)}/{LAUNCH}", (made / LAUNCH).read_bytes(), _launch),
        "events": Input("watched/events.jsonl", _lines(lines), lambda path: list(Worker(path.parent).poll().events)),
        "progress": Input("watched/progress.json", b'{"state": "running", "done": 3, "total": 9, "pid": 4}', _progress),
        "control": Input("watched/control.json", b'{"wish": "pause", "concurrency": 4}', _order),
        "outbox": Input("run.outbox", _lines(entries), lambda path: (read_heading(path), list(read_entries(path)))),
        "reply cache": Input("reply.json", json.dumps({"text": "a", "tokens": {"input": 1}}).encode(), _cached),
        "answer": Input("answer.json", json.dumps(answer).encode(), _answer),
        "completion": Input("completion.json", json.dumps(completion).encode(), _answer),
        "verdict": Input("verdict.txt", told.encode(), _verdict),
        "winner": Input("winner.txt", b'{"rationale": "Both.", "winner": "first"} [[A]]', _winner),
    }  # fmt: skip


_POLICY = b"""mode = "non-inferiority"
margin = 0.1
min_repeats = 2
estimand = "suite"
[metrics.quality]
margin = 0.2
direction = "higher"
[[slices]]
by = "topic"
margin = 0.3
"""
_SETTINGS = b"""theme = "textual-dark"
[keys]
quit = "x"
[metrics.quality]
direction = "higher"
[langfuse.work]
base_url = "https://h.example"
public_key_env = "A_KEY"
secret_key_env = "B_KEY"
"""


def _lines(entries: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def _prompt(path: Path) -> object:
    prompt = load_prompt(path, "faithfulness", ("output",))
    return prompt.fill(dict.fromkeys(SLOTS, "x"))


def _state(path: Path) -> object:
    file = StateFile(["."], path.parent)
    file.path = path
    found = file.read()
    found.item_notes()
    return file.write(PlaceState(notes={"faq/2": "mine"}))


def _columns(path: Path) -> object:
    try:
        document = json.loads(_text(path))
    except (ValueError, RecursionError):
        return None
    return ColumnMap.from_dict(document) if isinstance(document, dict) else None


def _baselines(path: Path) -> object:
    found = Baselines(path.parents[1])
    return [found.current(name) for name in found.names()]


def _launch(path: Path) -> object:
    launch = open_launch(path.parent)
    return execution_of(launch).lines()


def _progress(path: Path) -> object:
    return Worker(path.parent).poll().state


def _order(path: Path) -> object:
    return read_order(path.parent)


def _cached(path: Path) -> object:
    return ReplyCache(path.parent).read(path)


def _answer(path: Path) -> object:
    try:
        found = answered(json.loads(_text(path)))
    except (ValueError, RecursionError, BadAnswerError):
        return None
    return found, Item("1").content_hash()


def _verdict(path: Path) -> object:
    try:
        return read_verdict(_text(path), 1, 5)
    except NoVerdictError:
        return None


def _winner(path: Path) -> object:
    try:
        return read_winner(_text(path))
    except NoVerdictError:
        return None


def damaged(one: Input, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Damaged copies, the same for the same seed."""
    chance = random.Random(f"{one.name}-{seed}")
    parsed: list[Any] = []
    if one.name.endswith((".json", ".jsonl", ".outbox")):
        parsed = [json.loads(line) for line in (one.whole.splitlines() if b"\n{" in one.whole else [one.whole])]
    for _ in range(count):
        if parsed and chance.random() < 0.7:
            what, changed = _STRUCTURED[chance.choice(list(_STRUCTURED))](copy.deepcopy(parsed), chance)
            yield what, b"\n".join(json.dumps(line).encode() for line in changed) + b"\n"
        elif chance.random() < 0.5:
            words = one.whole.split(b" ")
            words[chance.randrange(len(words))] = chance.choice(_WORDS)
            yield "word", b" ".join(words)
        else:
            yield _torn(one.whole, chance)


_WORDS = (
    b"", b"=", b"0", b"-1", b"1e400", b"nan", b"true", b'""', b"[]", b"{}", b"[[[", b"'", b'"\\u0000"', b"[x]\n",
    b"\xff",
    b"9" * 400, b"1979-05-27", b'"${HOME}"', b'"../../../etc/passwd"', b'"/dev/zero"', b"[" * 3000, b"\n" * 9, b"# ",
)  # fmt: skip


def try_inputs(name: str, one: Input, count: int, seed: int, folder: Path, tally: InputTally) -> None:
    """Read mutants of an input; what is wrong with any goes to the tally."""
    path = folder / one.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(one.whole)
    one.read(path)
    for number, (what, content) in enumerate(damaged(one, count, seed)):
        path.write_bytes(content)
        started = time.process_time()
        try:
            one.read(path)
            tally.ends["read"] += 1
        except RagtuiError as error:
            tally.ends["refused"] += 1
            if "\n\n" in error.message or not error.message.strip() or clean(error.message).count("\n") > 12:
                tally.wrong.append(f"{name} {seed}/{number} {what}: no message: {error.message[:200]!r}")
        except Exception as error:
            tally.wrong.append(f"{name} {seed}/{number} {what}: {type(error).__name__}: {str(error)[:300]}")
        if time.process_time() - started > LIMIT_S:
            tally.wrong.append(f"{name} {seed}/{number} {what}: took more than {LIMIT_S} s")
    path.write_bytes(one.whole)
