"""Tries ragtui's Langfuse half on a real server, in datasets of its own, and cleans up.

    LANGFUSE_PUBLIC_KEY=… LANGFUSE_SECRET_KEY=… python -m tests.langfuse_live https://langfuse.example.com

Prints one line a check, pass or fail; exit 0 when all passed. Needs a project whose keys may write. What it makes
begins with "ragtui-live-": items and traces are deleted at the end, the empty datasets stay (no call deletes them).
Against a Cloud plan with 30 requests a minute it takes about twenty minutes, else two.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from publishing_kit import dataset_of, load, result_for, write_run

from ragtui.cli.main import main as ragtui
from ragtui.langfuse.api.abilities import abilities_of
from ragtui.langfuse.api.client import LangfuseHttp
from ragtui.langfuse.api.credentials import find_credentials
from ragtui.langfuse.api.patience import Patience
from ragtui.langfuse.api.probe import probe
from ragtui.langfuse.read.source import open_langfuse
from ragtui.langfuse.write.outbox import read_entries
from ragtui.langfuse.write.seeding.remote import find_dataset, list_items, project_id_of
from ragtui.langfuse.write.seeding.seed import Salts, Seeder
from ragtui.model import Dataset, Item, RunHeader
from ragtui.sources import Reading, write_dataset

ITEMS, REPEATS = 6, 2
PATIENCE = Patience()


@dataclass
class Live:
    """One go: where its files are, what it is called, and what was found."""

    folder: Path
    name: str
    lines: list[tuple[bool, str, str]] = field(default_factory=list)

    def ragtui(self, *words: str) -> tuple[int, str]:
        """One command: its exit code and everything it said."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = ragtui(list(words))
        return code, said.getvalue()

    @property
    def run(self) -> Path:
        """The local run that is published."""
        return self.folder / "baseline"

    @property
    def address(self) -> str:
        """Of its hosted copy."""
        return f"langfuse:{self.name}/baseline"


def seeds_and_stays(live: Live) -> str:
    """A reference-free dataset with everything a server normalises."""
    items = (
        Item("no answer", "No reference?"), Item("empty", "Empty?", "", {"text": "", "null": None, "object": {}}),
        Item("numbers", "Numbers?", "1", {"one": 1.0, "big": 2**60, "small": 1e-9}), Item("no question", "", "Yes."),
        Item("signs", "NUL \x00, tab \t, é 集 🙂", "half \ud800", {"zz": 1, "a": [1, {"b": None}]}),
    )  # fmt: skip
    path = live.folder / "awkward.json"
    write_dataset(path, Dataset("awkward", items))
    for wanted in ("verified", "0 of 0 changes sent; verified"):
        code, said = live.ragtui("seed", str(path), "--langfuse", f"{live.name}-awkward")
        if code or wanted not in said:
            return said
    return ""


def clears_fields(live: Live) -> str:
    """A reference answer that left the file."""
    path = live.folder / "awkward.json"
    document = json.loads(path.read_text())
    document["items"][2].pop("expected")
    path.write_text(json.dumps(document))
    code, said = live.ragtui("seed", str(path), "--langfuse", f"{live.name}-awkward")
    return said if code else ""


def publishes_and_is_verified(live: Live) -> str:
    """Every item and score read back; a second time nothing is sent."""
    for _ in range(2):
        code, said = live.ragtui("publish", str(live.run), "--langfuse", live.name)
        if code or said.count("verified") != REPEATS:
            return said
    return ""


def recognises_a_second_copy(live: Live) -> str:
    """The same run under another name."""
    code, said = live.ragtui("publish", str(live.run), "--langfuse", live.name, "--name", "other")
    return "" if code == 2 and "already" in said else said


def takes_texts_from_the_server(live: Live) -> str:
    """A copy of the run folder without its dataset file."""
    copy = live.folder / "artifact" / "baseline"
    shutil.copytree(live.run, copy)
    (copy / "dataset.json").unlink()
    shutil.rmtree(copy / "langfuse")
    code, said = live.ragtui("publish", str(copy), "--langfuse", live.name)
    questions = {item.question for item in _hosted_items(live)}
    return said if code or "" in questions else ""


def _hosted_items(live: Live) -> list[Item]:
    source = open_langfuse(live.address, reading=Reading.FRESH)
    try:
        header = next(found for found in source.headers() if isinstance(found, RunHeader))
        run = source.load(header.id)
        return [run.item(item) for item in run.scores.items]
    finally:
        source.close()


def reads_what_was_sent(live: Live) -> str:
    """Hosted and local, cell by cell, under another dataset name."""
    code, said = live.ragtui("compare", live.address, "--vs", str(live.run), "--format", "json")
    if code:
        return said
    found = json.loads(said[said.index("{") : said.rindex("}") + 1])
    deltas = [cell["delta"] for metric in found["metrics"] if metric["role"] == "quality" for cell in metric["cells"]]
    return "" if deltas and not any(deltas) else f"deltas {deltas}"


def a_name_finds_its_repeats(live: Live) -> str:
    """`baseline` is #1 and #2."""
    code, said = live.ragtui("noise", live.address)
    return "" if code in (0, 3) and f"{REPEATS} repeats" in said else said


def sees_scores_that_changed(live: Live) -> str:
    """All scores set to 1 behind its back, then the gate."""
    changed = load(write_changed(live))
    code, said = live.ragtui("publish", str(changed.header.location), "--langfuse", live.name)
    if code:
        return said
    before, _ = live.ragtui("gate", "--baseline", live.address, "--candidate", f"langfuse:{live.name}/changed")
    with LangfuseHttp(find_credentials()) as http:
        entries = [entry for path in _outboxes(Path(changed.header.location)) for entry in read_entries(path)]
        bodies = [dict(score) for entry in entries for score in entry.scores if score["name"] == "faithfulness"]
        for body in bodies:
            http.request("POST", "/scores", PATIENCE, body={**body, "value": 1})
        for _ in range(30):
            code, said = live.ragtui("gate", "--baseline", live.address, "--candidate", f"langfuse:{live.name}/changed")
            if code == 1:
                return ""
            if http.wait(2.0):
                break
    return f"exit {before}, then {code}: {said}"


def write_changed(live: Live) -> Path:
    """A second run of the same pipeline."""
    golden = dataset_of(ITEMS, live.name)
    results = [result_for(item, str(n), scores=(5, n + 2)) for n in (1, 2) for item in golden.items]
    write_run(live.folder / "changed", golden, results, repeats=REPEATS, name="changed")
    return live.folder / "changed"


def puts_verdicts_back(live: Live) -> str:
    """One categorical score an item and metric."""
    code, said = live.ragtui("publish", f"langfuse:{live.name}/changed", "--verdicts", live.address)
    return said if code else ""


def two_seeders_make_one_dataset(live: Live) -> str:
    """Both sides of a plan at once: as many current rows as items."""
    golden, name = dataset_of(ITEMS, "race"), f"{live.name}-race"
    path = live.folder / "race.json"
    write_dataset(path, golden)
    code, said = live.ragtui("seed", str(path), "--langfuse", name, "--dry-run")
    with LangfuseHttp(find_credentials()) as http:
        project = project_id_of(http, PATIENCE)
        http.request("POST", "/v2/datasets", PATIENCE, body={"name": name})
        remote = find_dataset(http, name, project, PATIENCE)
        assert remote is not None
        salts = live.folder / "salts"

        def seed(_: int) -> bool:
            return Seeder(http, remote, Salts.for_dataset(salts, http.server, remote)).apply(golden).verified

        with ThreadPoolExecutor(2) as pool:
            verified = list(pool.map(seed, range(2)))
        listing = list_items(http, remote, PATIENCE)
    fine = all(verified) and len(listing.active) == ITEMS and not listing.spare
    return "" if fine else f"{verified}, {len(listing.active)} items, {listing.spare} rows too many; {code} {said}"


CHECKS: tuple[Callable[[Live], str], ...] = (
    seeds_and_stays, clears_fields, two_seeders_make_one_dataset, publishes_and_is_verified, recognises_a_second_copy,
    takes_texts_from_the_server, reads_what_was_sent, a_name_finds_its_repeats, sees_scores_that_changed,
    puts_verdicts_back,
)  # fmt: skip


def _outboxes(run: Path) -> Iterator[Path]:
    return iter(sorted((run / "langfuse").glob("*.outbox")))


def clean_up(live: Live) -> str:
    """Delete traces and items; what is left is said."""
    left = []
    with LangfuseHttp(find_credentials()) as http:
        project = project_id_of(http, PATIENCE)
        runs = (live.run, live.folder / "changed")
        traces = sorted({entry.trace_id for run in runs for path in _outboxes(run) for entry in read_entries(path)})
        for start in range(0, len(traces), 30):
            answer = http.request("DELETE", "/traces", PATIENCE, body={"traceIds": traces[start : start + 30]})
            left += [] if answer.ok else [f"traces: {answer.said}"]
        for name in (live.name, f"{live.name}-awkward", f"{live.name}-race"):
            remote = find_dataset(http, name, project, PATIENCE)
            for row in list_items(http, remote, PATIENCE).active if remote is not None else ():
                answer = http.request("DELETE", f"/dataset-items/{row['id']}", PATIENCE)
                left += [] if answer.ok else [f"item {row['id']}: {answer.said}"]
    return "; ".join(left)


def try_all(url: str) -> int:
    """Run every check; the exit code."""
    os.environ["LANGFUSE_BASE_URL"] = url
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name in ("STATE", "CACHE"):
            os.environ[f"RAGTUI_{name}_DIR"] = str(Path(folder) / name)
        live = Live(Path(folder), f"ragtui-live-{int(time.time())}")
        golden = dataset_of(ITEMS, "live")
        results = [result_for(item, str(n), scores=(5, n + 2)) for n in (1, 2) for item in golden.items]
        write_run(live.run, golden, results, repeats=REPEATS)
        with LangfuseHttp(find_credentials()) as http:
            server = probe(http)
            abilities_of(server)
        print(f"{server.label}; datasets {live.name}*", flush=True)
        for check in (*CHECKS, clean_up):
            began = time.monotonic()
            try:
                wrong = check(live)
            except Exception:
                wrong = traceback.format_exc()
            title = (check.__doc__ or "").strip().rstrip(".")
            live.lines.append((not wrong, check.__name__, wrong))
            took = time.monotonic() - began
            verdict = "FAIL" if wrong else "pass"
            print(f"{verdict}  {check.__name__.replace('_', ' '):<34} {took:5.1f} s  {title}", flush=True)
            if wrong:
                print("      " + "\n      ".join(wrong.strip().splitlines()[-12:]), flush=True)
    return 0 if all(good for good, _, _ in live.lines) else 1


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(f"{__doc__}\nusage: python -m tests.langfuse_live URL")
    sys.exit(try_all(sys.argv[1]))
