"""Projects of strangers: small plans with one thing wrong or unusual, and what must come of each."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openai_standin import Faults, StandIn
from runner_kit import records, summary

from ragtui.cli.main import main

Said = tuple[str, bool]
ITEMS = 24

CODE = """
import asyncio, os, pathlib
HERE = pathlib.Path(__file__).parent
LONG = "a passage about invoices " * 60

def note(name, text="x"):
    with (HERE / name).open("a") as file:
        file.write(text + "\\n")

async def quick(item):
    note("asked.log", item.id)
    return {"output": "answer " + os.urandom(3).hex(), "contexts": [LONG + str(n) for n in range(4)]}

def lowers(question: str):
    return question.lower()

def breaks(question):
    return question.no_such_thing

def stream(item):
    yield "Hel"
    yield "lo"

def documents(question):
    class Document:
        def __init__(self, text, source):
            self.page_content, self.metadata, self.id = text, {"source": source}, None
    return {"answer": "fine", "context": [Document("Refunds take five days.", "refunds.md"),
                                          Document("Exports are CSV.", "export.md")]}

def always_raises(*, output, question):
    raise LookupError("no such table: verdicts")

def category(*, output):
    return {"name": "tone", "value": "polite", "data_type": "CATEGORICAL"}

def validated(*, output):
    raise ValueError("1 validation error for Verdict\\nscore\\n  Field required [type=missing]\\n"
                     "    For further information visit https://errors.example.com/missing")

def leaks(question):
    raise RuntimeError("401 for Bearer " + os.environ["STANDIN_KEY"])
"""


@dataclass(frozen=True)
class Case:
    """One fault: `play` returns what happened and whether that is right."""

    name: str
    play: Callable[[Path, StandIn], Said]
    knobs: dict[str, Any] = field(default_factory=dict)


def lay_out(folder: Path, target: str, more: str = "", *, top: str = "", items: int = ITEMS) -> Path:
    """A project: golden questions, code, a plan."""
    os.environ["STANDIN_KEY"] = "sk-standin-secret-0123456789"
    rows = [{"id": f"{n:02}", "question": f"question {n}?", "expected": f"answer {n}"} for n in range(items)]
    (folder / "golden.json").write_text(json.dumps(rows))
    (folder / "own.py").write_text(CODE)
    path = folder / "ragtui.toml"
    path.write_text(
        f'name = "stranger"\ndataset = "golden.json"\n{top}\n[target]\nkind = "python"\ncall = "{target}"\n{more}'
    )
    return path


def judge(server: StandIn, more: str = "") -> str:
    return (
        f'[judge]\nmodel = "m1"\nbase_url = "{server.url}"\napi_key_env = "STANDIN_KEY"\n{more}\n'
        "[prices.m1]\ninput = 1.0\noutput = 2.0\n"
    )


def ragtui(*words: str | Path) -> tuple[int, str]:
    """Exit code and everything that was printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = int(main([*map(str, words)]))
    return code, out.getvalue()


def runs(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "runs").iterdir() if path.is_dir())


def asked(folder: Path) -> int:
    log = folder / "asked.log"
    return len(log.read_text().split()) if log.exists() else 0


def f1(folder: Path, server: StandIn) -> Said:
    code, said = ragtui(
        "run", lay_out(folder, "own:quick", '[[evaluators]]\ncall = "own:always_raises"\n', top="concurrency = 4")
    )
    return f"exit {code}, pipeline asked {asked(folder)} times of {ITEMS}", code == 2 and "no such table" in said


def f1_few(folder: Path, server: StandIn) -> Said:
    plan = lay_out(folder, "own:quick", '[[evaluators]]\ncall = "own:always_raises"\n', items=3)
    code, said = ragtui("run", plan)
    return f"exit {code} with 3 items", code == 2 and "not one score" in said


def f2(folder: Path, server: StandIn) -> Said:
    plan = lay_out(folder, "own:quick", judge(server) + "[budget]\ncalls = 20\n")
    first, _ = ragtui("run", plan)
    calls = summary(runs(folder)[0])["spent"]["calls"]
    again, _ = ragtui("run", runs(folder)[0])
    after = summary(runs(folder)[0])["spent"]["calls"]
    plan.write_text(plan.read_text().replace("calls = 20", "calls = 1000"))
    last, _ = ragtui("run", runs(folder)[0])
    done = len(records(runs(folder)[0]))
    said = f"{calls} calls, {after} after resuming, raised: {done} of {ITEMS}, exits {first} {again} {last}"
    return said, calls <= 20 and after == calls and done == ITEMS and (first, again, last) == (4, 4, 0)


def own_costs(folder: Path, server: StandIn) -> Said:
    (folder / "paid.py").write_text(
        "async def ask(question):\n"
        "    return {'output': question, 'cost_usd': 0.01, 'usage': {'input_tokens': 8, 'output_tokens': 2}}\n"
    )
    told, right = [], True
    for at_once in (1, 8, 50):
        for limit, most, spent in (("cost_usd = 0.105", 0.105, "cost_usd"), ("tokens = 105", 105, "tokens")):
            top = f'concurrency = {at_once}\nlexical = ["token_f1"]\nout = "{spent}{at_once}"'
            code, _ = ragtui("run", lay_out(folder, "paid:ask", f"[budget]\n{limit}\n", top=top))
            (run,) = (folder / f"{spent}{at_once}").iterdir()
            again, _ = ragtui("run", run)
            used = summary(run)["spent"][spent]
            told.append(f"{used:g}")
            right = right and (code, again) == (4, 4) and 0.9 * most <= used <= most and len(records(run)) == 10
    return f"spent {' '.join(told)}", right


def f3(folder: Path, server: StandIn) -> Said:
    ragtui("run", lay_out(folder, "own:quick", judge(server)))
    before = asked(folder)
    failed = sum("error" in score for line in records(runs(folder)[0]) for score in line["scores"].values())
    server.faults, calls = Faults(), server.requests.total()
    code, _ = ragtui("run", runs(folder)[0], "--retry-failed")
    paid = server.requests.total() - calls
    return f"{failed} failed scores: {paid} calls, pipeline asked {asked(folder) - before} times", (
        code == 0 and failed > 0 and paid == failed and asked(folder) == before
    )


def f5(folder: Path, server: StandIn) -> Said:
    code, said = ragtui("help", "plan")
    known = ("prices", "timeout_s", "memory_mb", "structured", "max_tokens", "[[sides]]", "patience_s")
    missing = [name for name in known if name not in said]
    return f"help plan: {len(missing)} keys missing", code == 0 and not missing


def f6(folder: Path, server: StandIn) -> Said:
    plan = lay_out(folder, "own:quick", judge(server))
    code, said = ragtui("try", plan)
    shown = int(re.sub(r"\D", "", re.findall(r"([\d,. ]+) tokens, ", said)[-1]))
    ragtui("run", plan)
    spent = summary(runs(folder)[0])["spent"]["tokens"]
    return f"try says {shown} tokens, spent {spent}", code == 0 and abs(shown - spent) <= 0.25 * spent


def f7(folder: Path, server: StandIn) -> Said:
    code, said = ragtui("run", lay_out(folder, "own:quick", judge(server) + "[budget]\ncost_usd = 0.001\n"))
    spent = summary(runs(folder)[0])["spent"]
    said = f"exit {code}, {spent['calls']} calls, ${spent['cost_usd']:.4f}"
    return said, code == 4 and spent["calls"] < ITEMS and spent["cost_usd"] > 0


def f8(folder: Path, server: StandIn) -> Said:
    code, said = ragtui("run", lay_out(folder, "own:breaks", top='lexical = ["token_f1"]'))
    line = next((line.strip() for line in said.splitlines() if "AttributeError" in line), "")
    return line, code == 2 and "no_such_thing" in line and "own.py:" in line and "usercode" not in said


def f8_signature(folder: Path, server: StandIn) -> Said:
    code, _ = ragtui("run", lay_out(folder, "own:lowers", top='lexical = ["token_f1"]', items=3))
    return f"def ask(question: str): exit {code}", code == 0


def f8_last_line(folder: Path, server: StandIn) -> Said:
    ragtui("run", lay_out(folder, "own:quick", '[[evaluators]]\ncall = "own:validated"\n', items=2))
    error = records(runs(folder)[0])[0]["scores"]["validated"]["error"]
    return error, "Field required" in error and "further information" not in error


def f9(folder: Path, server: StandIn) -> Said:
    code, _ = ragtui("run", lay_out(folder, "own:quick", '[[evaluators]]\ncall = "own:category"\n', items=2))
    again, _ = ragtui("run", runs(folder)[0], "--retry-failed")
    lines = records(runs(folder)[0])
    score = lines[0]["scores"]["tone"]
    return f"exits {code} {again}, {len(lines)} rows, {score.get('label')}", (
        (code, again) == (0, 0) and len(lines) == 2 and score["label"] == "polite" and "error" not in score
    )


def f11(folder: Path, server: StandIn) -> Said:
    ragtui("run", lay_out(folder, "own:stream", top='lexical = ["token_f1"]', items=1))
    output = records(runs(folder)[0])[0]["output"]
    return f"output {output!r}", output == "Hello"


def f12(folder: Path, server: StandIn) -> Said:
    plan = lay_out(folder, "own:quick", '\n[[evaluators]]\ncalls = "own:category"\n')
    code, said = ragtui("plan", plan)
    line = next(n for n, text in enumerate(plan.read_text().splitlines(), start=1) if text.startswith("calls"))
    return said.splitlines()[0][
        -60:
    ], code == 2 and f":{line}: evaluators.calls: unknown key" in said and "call." in said


def f13(folder: Path, server: StandIn) -> Said:
    code, said = ragtui("plan", lay_out(folder, "nowhere:nothing", top='lexical = ["token_f1"]'))
    other, more = ragtui("plan", lay_out(folder, "own:quikc", top='lexical = ["token_f1"]'))
    none, last = ragtui("plan", lay_out(folder, "own:quick"))
    right = (
        (code, other, none) == (2, 2, 2) and "no module nowhere" in said and "own:quick" in more and "no metric" in last
    )
    return f"exits {code} {other} {none}", right


def f14(folder: Path, server: StandIn) -> Said:
    ragtui("run", lay_out(folder, "own:documents", top='lexical = ["token_f1"]', items=1))
    ids = [context["id"] for context in records(runs(folder)[0])[0]["contexts"]]
    return f"contexts {ids}", ids == ["refunds.md", "export.md"]


def f15(folder: Path, server: StandIn) -> Said:
    """Halves of a run are no two repeats of it: neither parts nor runs of chosen items."""
    plan = lay_out(folder, "own:quick", top='lexical = ["token_f1"]', items=6)
    for part in ("1/2", "2/2"):
        ragtui("run", plan, "--shard", part)
    parts = runs(folder)
    refused, _ = ragtui("compare", *parts, "--vs", parts[0])
    merged, _ = ragtui("merge", *parts)
    whole = next(run for run in runs(folder) if run not in parts)
    _, noise = ragtui("noise", whole)
    for half in ("00,01,02", "03,04,05"):
        ragtui("run", plan, "--items", half)
    halves = [run for run in runs(folder) if run not in (*parts, whole)]
    by_hand, _ = ragtui("compare", *halves, "--vs", whole)
    _, one = ragtui("noise", halves[0])
    right = (refused, merged, by_hand) == (2, 0, 2) and "1 repeat, 6 items" in noise and "1 repeat, 3 items" in one
    return f"parts and halves refused as one side: {refused} {by_hand}; merged: {noise.splitlines()[0]}", right


def f17(folder: Path, server: StandIn) -> Said:
    ragtui("run", lay_out(folder, "own:quick", judge(server)))
    scores = [score for line in records(runs(folder)[0]) for score in line["scores"].values()]
    lost = sum("error" in score for score in scores)
    return f"{lost} of {len(scores)} verdicts lost", not lost and any(
        "read from" in score.get("raw", "") for score in scores
    )


def f17_refused(folder: Path, server: StandIn) -> Said:
    code, _ = ragtui("run", lay_out(folder, "own:quick", judge(server), items=3))
    scores = [score for line in records(runs(folder)[0]) for score in line["scores"].values()]
    return f"exit {code}, {sum('error' in score for score in scores)} errors", code == 0


def f18(folder: Path, server: StandIn) -> Said:
    code, _ = ragtui("run", lay_out(folder, "own:quick", judge(server), items=6))
    return f"exit {code} after {server.requests['server_error']} answers of 503", code == 0


def f18_quota(folder: Path, server: StandIn) -> Said:
    code, said = ragtui("run", lay_out(folder, "own:quick", judge(server), items=6))
    return f"exit {code}", code == 2 and "Add credit" in said


def f19(folder: Path, server: StandIn) -> Said:
    ragtui("run", lay_out(folder, "own:leaks", top='lexical = ["token_f1"]', items=2))
    key = os.environ["STANDIN_KEY"].encode()
    held = [path.name for path in runs(folder)[0].iterdir() if path.is_file() and key in path.read_bytes()]
    return f"key in {held or 'no file'}", not held


def f4(folder: Path, server: StandIn) -> Said:
    (folder / "big.py").write_text(
        "import os, pathlib\nMODEL = bytearray(b'x') * (300 * 2**20)\n"
        "with pathlib.Path(__file__).with_name('loads.log').open('a') as file:\n    file.write('x\\n')\n"
        "def ask(question):\n    return 'fine'\n"
    )
    plan = lay_out(folder, "big:ask", "memory_mb = 500\n", top='lexical = ["token_f1"]\nconcurrency = 1', items=4)
    code, _ = ragtui("run", plan)
    loads = len((folder / "loads.log").read_text().split())
    return f"exit {code}, {loads} loads for 4 items", code == 0 and loads == 1


def f10(folder: Path, server: StandIn) -> Said:
    (folder / "slow.py").write_text(
        "import threading, time\nLOCK, HERE, MOST = threading.Lock(), [0], [0]\n"
        "def score(*, output):\n    with LOCK:\n        HERE[0] += 1\n        MOST[0] = max(MOST[0], HERE[0])\n"
        "    time.sleep(1)\n    with LOCK:\n        HERE[0] -= 1\n    return MOST[0]\n"
    )
    plan = lay_out(folder, "own:quick", '[[evaluators]]\ncall = "slow:score"\n', top="concurrency = 24")
    ragtui("run", plan)
    most = max(line["scores"]["score"]["value"] for line in records(runs(folder)[0]))
    return f"{most} sync evaluators at once of 24", most >= 20


def f16(folder: Path, server: StandIn) -> Said:
    (folder / "same.py").write_text("def ask(question):\n    return 'always the same'\n")
    ragtui("run", lay_out(folder, "same:ask", judge(server), top="repeats = 3", items=6))
    warning = summary(runs(folder)[0]).get("repeats_warning", "")
    values = {(line["item"], line["scores"]["relevance"].get("value")) for line in records(runs(folder)[0])}
    varied = len(values) > 6
    return warning or "no warning", varied and "No noise was measured" not in warning


def f20(folder: Path, server: StandIn) -> Said:
    bare = folder / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)  # -S: no site-packages, so neither ragtui nor anything else is installed there
    (folder / "where.py").write_text("import sys\ndef ask(question):\n    return str('site' in sys.modules)\n")
    plan = lay_out(folder, "where:ask", top='python = "./python"\nlexical = ["token_f1"]', items=2)
    code, said = ragtui("run", plan)
    output = records(runs(folder)[0])[0]["output"] if code == 0 else said[-60:]
    return f"exit {code}, {output}", code == 0 and output == "False"


def f21(folder: Path, server: StandIn) -> Said:
    from ragtui.model import Dataset, Item
    from ragtui.runner.launch.prepare import selected_items

    dataset = Dataset("many", tuple(Item(str(n), "?") for n in range(100_000)))
    began = time.process_time()
    chosen = selected_items(dataset, tuple(str(n) for n in range(0, 100_000, 4)))
    seconds = time.process_time() - began
    return f"{len(chosen)} of 100000 items in {seconds:.2f} s CPU", len(chosen) == 25_000 and seconds < 5


def edits(folder: Path, server: StandIn) -> Said:
    plan = lay_out(folder, "own:quick", judge(server) + "[budget]\ncalls = 9\n", items=6)
    ragtui("run", plan)
    plan.write_text(plan.read_text().replace('model = "m1"', 'model = "m2"').replace("[prices.m1]", "[prices.m2]"))
    refused, said = ragtui("run", runs(folder)[0])
    went_on, _ = ragtui("run", runs(folder)[0], "--as-started")
    return f"exits {refused} {went_on}", refused == 2 and "judge.model: 'm1' when it was started, 'm2' now" in said


def adds(folder: Path, server: StandIn) -> Said:
    only = judge(server, 'metrics = ["relevance"]')
    ragtui("run", lay_out(folder, "own:quick", only, items=6))
    plan = folder / "ragtui.toml"
    plan.write_text(plan.read_text().replace('["relevance"]', '["relevance", "faithfulness"]'))
    calls, before = server.requests.total(), asked(folder)
    code, _ = ragtui("rejudge", runs(folder)[0], "--add", "faithfulness", "token_f1")
    paid, again = server.requests.total() - calls, asked(folder) - before
    last = {line["item"]: line for line in records(runs(folder)[0])}
    both = all({"relevance", "faithfulness", "token_f1"} <= set(line["scores"]) for line in last.values())
    resumed, _ = ragtui("run", runs(folder)[0])
    plan.write_text(plan.read_text().replace('["relevance", "faithfulness"]', '["relevance"]'))
    unsaid, _ = ragtui("run", runs(folder)[0])  # what was added need not stand in the plan
    return f"exit {code}, {paid} calls for 6 answers, pipeline asked {again} times, resumed {resumed} {unsaid}", (
        code == 0 and paid == 6 and not again and both and (resumed, unsaid) == (0, 0)
    )


def no_key(folder: Path, server: StandIn) -> Said:
    plan = lay_out(folder, "own:quick", judge(server).replace("STANDIN_KEY", "RAGTUI_TEST_UNSET"))
    code, said = ragtui("run", plan)
    left = (folder / "runs").exists() and len(runs(folder))
    return f"exit {code}, {left or 0} run folders", code == 2 and "RAGTUI_TEST_UNSET is not set" in said and not left


def keeps(folder: Path, server: StandIn) -> Said:
    (folder / "same.py").write_text("def ask(question):\n    return 'always the same'\n")
    plan = lay_out(folder, "same:ask", judge(server), top='repeats = 2\ncache = "kept"', items=4)
    ragtui("run", plan)
    first = server.requests.total()
    ragtui("run", plan)
    line = records(runs(folder)[-1])[0]
    return f"{first} calls, then {server.requests.total() - first}", (
        first == 4 * 2 * 3 and server.requests.total() == first and len(line["cached"]) == 3
    )


CASES = (
    Case("F1 an evaluator that always fails ends the run", f1),
    Case("F1 not one score is never a success", f1_few),
    Case("F2 a budget holds, and can be raised in the plan", f2),
    Case("F2 what the target says it paid counts", own_costs),
    Case("F3 --retry-failed asks only for failed scores", f3, {"nonsense": 0.2}),
    Case("F4 a large pipeline is loaded once", f4),
    Case("F5 every key is documented", f5),
    Case("F6 one item tried makes the estimate right", f6),
    Case("F7 replies without usage: a cost budget bites", f7, {"no_usage": True}),
    Case("F8 the error is the person's own", f8),
    Case("F8 a function that takes the question", f8_signature),
    Case("F8 the error of pydantic, not its website", f8_last_line),
    Case("F9 a category is no error", f9),
    Case("F10 sync functions run beside each other", f10),
    Case("F11 a stream is joined", f11),
    Case("F12 a typo in a repeated table names line and key", f12),
    Case("F13 plan says no to what is not there", f13),
    Case("F14 contexts keep their identity", f14),
    Case("F15 parts of a run are no repeats", f15),
    Case("F16 the same answers, judged apart, are no cache", f16),
    Case("F17 verdicts behind thoughts are read", f17, {"thinks": True}),
    Case("F17 an endpoint without json_schema", f17_refused, {"no_schema": True}),
    Case("F18 overload is waited out", f18, {"first_server_error": 12}),
    Case("F18 nothing left to spend ends the run", f18_quota, {"quota": True}),
    Case("F19 keys never reach a file", f19),
    Case("F20 code runs where ragtui is not installed", f20),
    Case("F21 choosing items is linear", f21),
    Case("an edited plan is asked about", edits),
    Case("a score added later is all that is paid for", adds),
    Case("a key that is not set leaves no run folder", no_key),
    Case("kept replies are not paid again, and never across repeats", keeps),
)
