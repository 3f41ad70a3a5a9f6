"""Which runs are pooled as repeats, and which never are."""

from dataclasses import replace
from datetime import UTC, datetime

from ragtui.model import ALONE, Configuration, RunHeader, group_runs

SETTINGS = Configuration("faq", "v1", {"top_k": 5}, {"faithfulness": {"model": "judge-1"}})


def header(name: str, day: int = 1, configuration: Configuration = SETTINGS) -> RunHeader:
    return RunHeader(
        uid=f"s|{name}", id=name, name=name, source="s", format="ragtui", location=name,
        configuration=configuration, created=datetime(2026, 11, day, tzinfo=UTC), repeats=2,
    )  # fmt: skip


def names(headers: list[RunHeader], marks: dict[str, str] | None = None) -> list[tuple[str, list[str]]]:
    return [(group.label, [run.name for run in group.headers]) for group in group_runs(headers, marks)]


def test_equal_settings_are_repeats_and_the_oldest_names_them() -> None:
    assert names([header("b", 2), header("a", 1)]) == [("a", ["a", "b"])]
    assert group_runs([header("a"), header("b")])[0].repeats == 4


def test_any_changed_setting_is_another_configuration() -> None:
    for change in ({"dataset_version": "v2"}, {"pipeline": {"top_k": 6}}, {"judges": {"faithfulness": {"model": "x"}}}):
        assert len(names([header("a"), header("b", configuration=replace(SETTINGS, **change))])) == 2


def test_settings_in_another_order_are_the_same_settings() -> None:
    one = Configuration("faq", "", {"a": 1, "b": {"c": 2, "d": 3}})
    other = Configuration("faq", "", {"b": {"d": 3, "c": 2}, "a": 1})
    assert one.fingerprint() == other.fingerprint()


def test_runs_without_settings_stay_apart() -> None:
    nothing = Configuration("faq")
    assert len(names([header("a", configuration=nothing), header("b", configuration=nothing)])) == 2


def test_targeted_and_rejudged_runs_are_no_repeats() -> None:
    targeted = replace(header("b"), selection=("018",))
    rejudged = replace(header("c"), rejudge_of="a")
    assert len(names([header("a"), targeted, rejudged])) == 3


def test_hand_marks_join_and_part() -> None:
    a, b = header("a"), header("b")
    other = header("c", 3, Configuration("faq"))
    assert names([a, b], {b.uid: ALONE}) == [("b", ["b"]), ("a", ["a"])]
    assert names([a, other], {a.uid: "mine", other.uid: "mine"}) == [("mine", ["a", "c"])]


def test_newest_group_comes_first_whatever_the_time_zone() -> None:
    old = header("old", 1)
    naive = replace(header("new", configuration=Configuration("faq")), created=datetime(2026, 11, 20))
    undated = replace(header("undated", configuration=Configuration("other")), created=None)
    assert [label for label, _ in names([undated, old, naive])] == ["new", "old", "undated"]
