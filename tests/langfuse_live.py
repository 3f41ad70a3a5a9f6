"""Tries ragtui's Langfuse half on a real server, in datasets of its own, and cleans up.

    LANGFUSE_PUBLIC_KEY=… LANGFUSE_SECRET_KEY=… python -m tests.langfuse_live https://langfuse.example.com

Prints one line a check, pass or fail, each with the number of what it shows; exit 0 when all passed. Needs a project
whose keys may write. Waiting for a rate limit (7) is shown by the tests alone: none can be asked for. What it makes
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
from ragtui.errors import UsageError
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
    ran: Path | None = None
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
    """2: a reference-free dataset with everything a server normalises."""
    items = (
        Item("no answer", "No reference?"), Item("empty", "Empty?", "", {"text": "", "null": None, "object": {}}),
        Item("numbers", "Numbers?", "1", {"one": 1.0, "big": 2**60, "small": 1e-9}),
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
    """2: a reference answer that left the file."""
    path = live.folder / "awkward.json"
    document = json.loads(path.read_text())
    document["items"][2].pop("expected")
    path.write_text(json.dumps(document))
    code, said = live.ragtui("seed", str(path), "--langfuse", f"{live.name}-awkward")
    return said if code else ""


def publishes_and_is_verified(live: Live) -> str:
    """11: every item and score read back; a second time nothing is sent."""
    for _ in range(2):
        code, said = live.ragtui("publish", str(live.run), "--langfuse", live.name)
        if code or said.count("verified") != REPEATS:
            return said
    return ""


def recognises_a_second_copy(live: Live) -> str:
    """3: the same run under another name."""
    code, said = live.ragtui("publish", str(live.run), "--langfuse", live.name, "--name", "other")
    return "" if code == 2 and "already" in said else said


def takes_texts_from_the_server(live: Live) -> str:
    """4: a copy of the run folder without its dataset file."""
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
    """9: hosted and local, cell by cell, under another dataset name."""
    code, said = live.ragtui("compare", live.address, "--vs", str(live.run), "--format", "json")
    if code:
        return said
    found = json.loads(said[said.index("{") : said.rindex("}") + 1])
    deltas = [cell["delta"] for metric in found["metrics"] if metric["role"] == "quality" for cell in metric["cells"]]
    return "" if deltas and not any(deltas) else f"deltas {deltas}"


def a_name_finds_its_repeats(live: Live) -> str:
    """8: `baseline` is #1 and #2."""
    code, said = live.ragtui("noise", live.address)
    return "" if code in (0, 3) and f"{REPEATS} repeats" in said else said


def sees_scores_that_changed(live: Live) -> str:
    """1: all scores set to 1 behind its back, then the gate."""
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
    """Verdicts: one categorical score an item and metric."""
    code, said = live.ragtui("publish", f"langfuse:{live.name}/changed", "--verdicts", live.address)
    return said if code else ""


def two_seeders_make_one_dataset(live: Live) -> str:
    """6: both sides of a plan at once: as many current rows as items."""
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


def decides_nothing_without_the_server(live: Live) -> str:
    """1: with the server out of reach the gate refuses; what was read last is taken when it is said."""
    words = ("gate", "--baseline", live.address, "--candidate", f"langfuse:{live.name}/changed")
    before, said = live.ragtui(*words)
    with unreachable():
        code, refused = live.ragtui(*words)
        accepted, told = live.ragtui(*words, "--as-of", "cache")
    if code != 2 or "ago" not in refused or "--as-of cache" not in refused:
        return f"exit {code}: {refused}"
    return "" if accepted == before and "cached" in told else f"exit {before}, from the cache {accepted}: {told}{said}"


@contextlib.contextmanager
def unreachable() -> Iterator[None]:
    """No request gets through: all go by a proxy that is not there."""
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    before = {each: os.environ.get(each) for name in names for each in (name, name.lower())}
    for name in before:
        os.environ[name] = "" if name.lower() == "no_proxy" else "http://127.0.0.1:9"
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def says_what_is_missing(live: Live) -> str:
    """5: a run that lacks an item says which, in the list and in a comparison."""
    golden = dataset_of(ITEMS, live.name)
    few = [result_for(item) for item in golden.items[:-1]]
    write_run(live.folder / "partial", golden, few, name="partial")
    code, said = live.ragtui("publish", str(live.folder / "partial"), "--langfuse", live.name)
    if code:
        return said
    _, listed = live.ragtui("runs", f"langfuse:{live.name}", "--refresh", "--problems")
    _, compared = live.ragtui("compare", live.address, "--vs", f"langfuse:{live.name}/partial")
    wanted = f"1 of {ITEMS} items are missing: {golden.items[-1].id}"
    return "" if wanted in listed and wanted in compared else f"{listed}{compared}"


def runs_and_publishes(live: Live) -> str:
    """3: `run --langfuse` ends with what was read back, and publishing again finds nothing to send."""
    write_dataset(live.folder / "golden.json", dataset_of(3, "golden"))
    (live.folder / "mine.py").write_text("def answer(item):\n    return item.question\n")
    (live.folder / "ragtui.toml").write_text(
        'name = "live run"\ndataset = "golden.json"\nlexical = ["token_f1"]\nrepeats = 1\n'
        '[target]\nkind = "python"\ncall = "mine:answer"\n'
    )
    code, said = live.ragtui("run", str(live.folder / "ragtui.toml"), "--langfuse", f"{live.name}-run")
    if code or "verified; items sent 3 of 3" not in said:
        return f"exit {code}: {said}"
    live.ran = Path(said.strip().splitlines()[-1])
    code, said = live.ragtui("publish", str(live.ran))
    return "" if code == 0 and "sent 3 of 3" in said else f"exit {code}: {said}"


def shows_what_one_side_has(live: Live) -> str:
    """9: a score on one side only is shown and not gated."""
    with LangfuseHttp(find_credentials()) as http:
        entries = [entry for path in _outboxes(live.folder / "changed") for entry in read_entries(path)]
        for entry in entries:
            body = {"id": f"own-{entry.trace_id}", "name": "human_ok", "value": 1, "traceId": entry.trace_id}
            http.request("POST", "/scores", PATIENCE, body=body)
        for _ in range(30):
            words = ("gate", "--baseline", live.address, "--candidate", f"langfuse:{live.name}/changed")
            code, said = live.ragtui(*words)
            if "human_ok is scored on the candidate only" in said:
                return "" if code != 4 else f"exit 4: {said}"
            if http.wait(2.0):
                break
    return f"exit {code}: {said}"


def counts_repeats_once(live: Live) -> str:
    """10: published copies beside their originals are no further repeats."""
    places = ("--in", f"langfuse:{live.name}", "--in", str(live.run), "--in", str(live.folder / "changed"))
    one, other = f"{live.address} #1", f"langfuse:{live.name}/changed #1"
    code, said = live.ragtui("compare", one, "--vs", other, *places, "--format", "json")
    if code:
        return said
    evidence = json.loads(said[said.index("{") : said.rindex("}") + 1])["evidence"]
    return "" if str(evidence).startswith("2 other repeats") else f"evidence {evidence!r}: two distinct ones exist"


def looks_once(live: Live) -> str:
    """11: sent and not waited for is verified or partial, never a failure."""
    write_run(live.folder / "quick", dataset_of(ITEMS, live.name), [result_for(i) for i in dataset_of(ITEMS).items],
              name="quick")  # fmt: skip
    code, said = live.ragtui("publish", str(live.folder / "quick"), "--langfuse", live.name, "--wait", "0")
    return "" if code in (0, 4) and f"items sent {ITEMS} of {ITEMS}" in said and "not sent" not in said else said


CHECKS: tuple[Callable[[Live], str], ...] = (
    seeds_and_stays, clears_fields, two_seeders_make_one_dataset, publishes_and_is_verified, recognises_a_second_copy,
    takes_texts_from_the_server, reads_what_was_sent, a_name_finds_its_repeats, sees_scores_that_changed,
    decides_nothing_without_the_server, shows_what_one_side_has, counts_repeats_once, says_what_is_missing, looks_once,
    runs_and_publishes, puts_verdicts_back,
)  # fmt: skip


def _outboxes(run: Path) -> Iterator[Path]:
    return iter(sorted((run / "langfuse").glob("*.outbox")))


def clean_up(live: Live) -> str:
    """Delete traces and items; what is left is said."""
    left = []
    with LangfuseHttp(find_credentials()) as http:
        project = project_id_of(http, PATIENCE)
        runs = [live.folder / name for name in ("baseline", "changed", "partial", "quick")]
        runs += [live.ran] if live.ran is not None else []
        traces = sorted({entry.trace_id for run in runs for path in _outboxes(run) for entry in read_entries(path)})
        for start in range(0, len(traces), 30):
            answer = http.request("DELETE", "/traces", PATIENCE, body={"traceIds": traces[start : start + 30]})
            left += [] if answer.ok else [f"traces: {answer.said}"]
        for name in (live.name, f"{live.name}-awkward", f"{live.name}-race", f"{live.name}-run"):
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
            try:
                abilities_of(server)
            except UsageError as error:
                print(f"FAIL  {error.message}\n      {error.hint}", flush=True)
                return 1
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
