"""Rows that are one run, reruns that are not, items recorded twice, and the user's word on all of it."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from langfuse_standin import StandIn
from langfuse_standin.examples import items, listed, results

from ragtui.langfuse.read.fragments import Fragment, assemble
from ragtui.langfuse.read.source import LangfuseSource
from ragtui.model import RunHeader, RunStatus

Opener = Callable[..., LangfuseSource]


def part(name: str, start: float, *held: str, length: float = 60) -> Fragment:
    return Fragment(name, start, start + length, frozenset(held))


def hosted(source: LangfuseSource) -> list[RunHeader]:
    return [each for each in source.headers() if isinstance(each, RunHeader)]


def ids(*parts: Fragment, **overrides: str) -> list[list[str]]:
    return [[each.id for each in assembly.parts] for assembly in assemble(parts, overrides)]


def test_disjoint_and_close_is_one_run() -> None:
    found = assemble([part("b", 100, *"xyz"), part("a", 0, "w")])
    assert [each.id for each in found[0].parts] == ["a", "b"]
    assert found[0].label == "assembled from 2 parts (1 + 3 items)"
    assert found[0].items == frozenset("wxyz")


def test_one_shared_item_makes_a_rerun() -> None:
    assert ids(part("a", 0, *"xy"), part("b", 100, *"yz")) == [["a"], ["b"]]


def test_long_after_is_another_run() -> None:
    assert ids(part("a", 0, "x"), part("b", 3600, "y")) == [["a"], ["b"]]


def test_fragments_of_two_reruns_find_their_own() -> None:
    parts = [part("a1", 0, "x"), part("a2", 10, "y"), part("b1", 500, "x"), part("b2", 510, "y")]
    assert ids(*parts) == [["a1", "a2"], ["b1", "b2"]]


def test_empty_rows_are_part_of_nothing() -> None:
    assert ids(part("a", 0, "x"), part("b", 1)) == [["a"], ["b"]]


def test_the_user_overrules_either_way() -> None:
    close = [part("a", 0, "x"), part("b", 10, "y")]
    assert ids(*close, b="b") == [["a"], ["b"]]
    apart = [part("a", 0, "x"), part("b", 9000, "x")]
    assert ids(*apart, b="a") == [["a", "b"]]
    assert ids(*apart, b="of another listing") == [["a"], ["b"]]


@given(
    st.lists(
        st.tuples(st.integers(0, 3000), st.integers(0, 900), st.frozensets(st.sampled_from("uvwxyz"), max_size=4)),
        max_size=8,
    ),
    st.dictionaries(st.sampled_from("01234567"), st.sampled_from("01234567"), max_size=4),
)
def test_every_row_is_in_exactly_one_run_and_no_item_twice(
    rows: list[tuple[int, int, frozenset[str]]], overrides: dict[str, str]
) -> None:
    parts = [Fragment(str(n), start, start + length, held) for n, (start, length, held) in enumerate(rows)]
    found = assemble(parts, overrides)
    assert sorted(each.id for run in found for each in run.parts) == sorted(each.id for each in parts)
    for run in found:
        if not run.by_hand:
            assert sum(len(each.items) for each in run.parts) == len(run.items)


def test_a_split_run_is_shown_whole_with_its_gaps(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(42))
        start = server.clock() - 7200
        server.add_run("qa", "base", results(4), start=start)
        server.add_run("qa", "base", results(36, first=4), start=start + 60)
        source = open_source_on(server, "qa")
        found = hosted(source)
        assert len(found) == 1
        header = found[0]
        assert len(header.parts) == 2
        assert header.extra["assembled"] == "assembled from 2 parts (4 + 36 items)"
        assert (header.results, header.expected_results, header.status) == (40, 42, RunStatus.PARTIAL)
        run = source.load(header.id)
        assert run.missing == ("i040", "i041")
        assert int((run.scores.states_of("faithfulness") == 1).sum()) == 40
        # The mean over all 40 items, not the mean of the two parts' means.
        assert {each.name: each.mean for each in run.header.metrics}["faithfulness"] == 3.0
        said = " ".join(str(problem) for problem in run.problems)
        assert "assembled from 2 parts (4 + 36 items)" in said
        assert all(part in said for part in header.parts)
        # Either id finds the run, and a choice of the user takes it apart again.
        assert source.load(header.parts[1]).header.uid == header.uid
        before = source.stamp()
        source.overrule({part: part for part in header.parts})
        assert source.stamp() != before
        assert sorted(each.results or 0 for each in hosted(source)) == [4, 36]


def test_reruns_stay_apart(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(4))
        start = server.clock() - 7200
        first = server.add_run("qa", "base", results(4), start=start)
        second = server.add_run("qa", "base", results(4), start=start + 60)
        source = open_source_on(server, "qa")
        assert sorted(each.id for each in hosted(source)) == [first, second]
        source.overrule({second: first})
        assert [each.parts for each in hosted(source)] == [(first, second)]


def test_an_item_recorded_twice_counts_once_and_keeps_both(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(2))
        again = [("i000", {"output": "second", "scores": {"m": 5.0}, "after": 50})]
        first = [(key, {"output": "first", "scores": {"m": 1.0}}) for key in ("i000", "i001")]
        server.add_run("qa", "base", [*first, *again])
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        run = source.load(headers["base"].id)
        assert run.scores.of("m")[:, 0].tolist() == [5, 1]
        assert [each.output for each in run.attempts("i000")] == ["second", "first"]
        assert run.attempts("i000")[1].judgements["m"].value == 1
        result = run.result("i000", run.repeat)
        assert result is not None
        assert result.metadata["recorded"] == "×2"
        assert any("i000 ×2" in problem.message for problem in run.problems)


def test_a_split_dataset_run_of_an_older_server_is_assembled_too(open_source_on: Opener) -> None:
    with StandIn("v4-dual") as server:
        server.add_dataset("qa", items(3))
        start = server.clock() - 7200
        server.add_run("qa", "base", results(2), start=start, link=True)
        server.add_run("qa", "base", results(1, first=2), start=start + 30, link=False)
        headers, _ = listed(open_source_on(server, "qa"))
        assert headers["base"].extra["assembled"] == "assembled from 2 parts (2 + 1 items)"
