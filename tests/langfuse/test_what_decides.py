"""Every command that reads hosted runs, after the server changed, while it is down, and on a cache of any age.

The right answer is the one that a machine gives which never saw the server: same words, same exit code. Where nobody
answers there is none, so what decides ends, and what only shows says of when its numbers are.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn, scores
from langfuse_standin.examples import items, results

from ragtui.cli.main import main

BASE, CAND = "langfuse:qa/base", "langfuse:qa/cand"
SHOWS = {
    "compare": ["compare", BASE, "--vs", CAND],
    "explain": ["explain", "i003", BASE, "--vs", CAND],
    "noise": ["noise", CAND],
    "trend": ["trend", CAND],
    "slices": ["slices", BASE, "--vs", CAND, "--by", "topic"],
    "trace": ["trace", CAND, "i003", "--refresh"],
    "runs": ["runs", "langfuse:qa", "--refresh"],
    "runs -f json": ["runs", "langfuse:qa", "--refresh", "-f", "json"],
}
DECIDES = {
    "gate": ["gate", "--baseline", BASE, "--candidate", CAND],
    "bless": ["bless", CAND, "-r", "x"],
    "confirm": ["confirm", BASE, "--vs", CAND, "--dry-run"],
    "publish": ["publish", CAND, "--verdicts", BASE],
    "pull": ["pull", CAND, "kept"],
    "convert": ["convert", CAND, "kept.csv"],
}
AHEAD = 7200


class Bench:
    """A server, a cache that knows it, and a machine that never saw it."""

    def __init__(self, server: StandIn, folder: Path, env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        self.server, self.folder, self.env, self.capsys, self._made = server, folder, env, capsys, 0
        self.told = ""

    def run(self, words: list[str], cache: str = "CACHE") -> tuple[int, str]:
        """Exit code and what was printed or written; `told` holds what was said beside it, with its progress."""
        self._made += 1
        self.env.setenv("RAGTUI_CACHE_DIR", str(self.folder / cache))
        self.env.setenv("RAGTUI_STATE_DIR", str(self.folder / f"state {self._made}"))
        place = self.folder / f"made {self._made}"
        place.mkdir()
        if words[0] in ("pull", "convert"):
            at = next(at for at, word in enumerate(words) if word.startswith("kept"))
            words = [*words[:at], str(place / words[at]), *words[at + 1 :]]
        self.capsys.readouterr()
        code = main(words)
        captured = self.capsys.readouterr()
        written = [path for path in sorted(place.rglob("*")) if path.suffix in (".csv", ".jsonl")]
        self.told = captured.err
        said = [captured.out, *(path.read_text() for path in written)]
        return code, "".join(said).replace(f"made {self._made}", "made")

    def as_a_stranger(self, words: list[str]) -> tuple[int, str]:
        return self.run(words, cache=f"cache {self._made}")

    def score(self, value: float) -> None:
        """Every faithfulness score of the candidate, under the id and date it had."""
        traces = {span.trace_id for span in self.server.stored_items("0000000000000002")}
        for score in self.server.stored_scores():
            if score["name"] == "faithfulness" and score["traceId"] in traces:
                scores.put(self.server.store, {**score, "value": value})

    def age(self, seconds: float) -> None:
        """Everything in the cache was read so much earlier."""
        for path in (self.folder / "CACHE" / "langfuse").glob("*.sqlite"):
            with sqlite3.connect(path) as database:
                database.execute("UPDATE entries SET read = read - ?", (seconds,))
                for name in ("read", "scores_read"):
                    database.execute(
                        f"UPDATE entries SET body = CAST(json_set(CAST(body AS TEXT), '$.{name}',"
                        f" json_extract(CAST(body AS TEXT), '$.{name}') - ?) AS BLOB) WHERE kind = 'bundle'",
                        (seconds,),
                    )
            database.close()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Bench]:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    with StandIn("v4-old") as server:
        given = items(6)
        for n, item in enumerate(given.values()):
            item["metadata"] = {"topic": "even" if n % 2 else "odd"}
        server.add_dataset("qa", given)
        for name in ("base", "cand"):
            server.add_run("qa", name, results(6), start=server.clock() - 9 * 86_400)
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        yield Bench(server, tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("command", [*SHOWS, *DECIDES])
def test_what_changed_is_seen_whatever_the_cache_holds(command: str, bench: Bench) -> None:
    words = {**SHOWS, **DECIDES}[command]
    # Read by a clock that is two hours ahead, and set back afterwards: the cache is from the future.
    bench.server.advance(-AHEAD)
    real = time.time
    with pytest.MonkeyPatch.context() as fast:
        fast.setattr(time, "time", lambda: real() + AHEAD)
        bench.run(words)
    bench.server.advance(AHEAD)
    bench.score(1)
    assert bench.run(words) == bench.as_a_stranger(words), bench.told
    bench.age(5 * 86_400)
    bench.score(2)
    assert bench.run(words) == bench.as_a_stranger(words), bench.told


@pytest.mark.parametrize("days", [0, 5])
@pytest.mark.parametrize("command", SHOWS)
def test_what_only_shows_says_of_when_it_is(command: str, days: int, bench: Bench) -> None:
    words = [word for word in SHOWS[command] if word != "--refresh"]  # which asks for an answer of now
    bench.run(SHOWS[command])
    bench.age(days * 86_400)
    bench.score(1)
    bench.server.fail(Fault(status=503, times=-1, headers={"Retry-After": "0"}))
    code, said = bench.run(words)
    said += bench.told
    assert code != 2 and ("as of " in said or '"as_of": "' in said), said
    then = time.strftime("%Y-%m-%d", time.localtime(time.time() - days * 86_400))
    assert not days or then in said, said


@pytest.mark.parametrize("command", DECIDES)
def test_what_decides_does_not_go_on_without_an_answer(command: str, bench: Bench) -> None:
    bench.run(DECIDES[command])
    bench.server.fail(Fault(status=503, times=-1, headers={"Retry-After": "0"}))
    code, _ = bench.run(DECIDES[command])
    said = bench.told
    assert code == 2 and "cannot be read now" in said and "--as-of cache" in said, said
    bench.run([*DECIDES[command], "--as-of", "cache"])
    assert "cannot be read now" not in bench.told, bench.told
