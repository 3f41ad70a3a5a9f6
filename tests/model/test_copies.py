"""One run listed twice is one run; two runs that only look alike are two."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtui.model import Configuration, RunHeader, distinct

SETTINGS = Configuration("faq", "v1", {"top_k": 5})
LOCAL = RunHeader(
    uid="runs|r1", id="r1", name="base", source="runs", format="ragtui", location="runs/base",
    configuration=SETTINGS, created=datetime(2026, 11, 1, tzinfo=UTC), repeats=2,
)  # fmt: skip


def hosted(repeat: str, source: str = "langfuse:", project: str = "p") -> RunHeader:
    return replace(
        LOCAL, uid=f"{source}|{project}-{repeat}", id=f"{project}-{repeat}", source=source, format="langfuse",
        location=f"langfuse:faq/base #{repeat}", mirror_of="r1", mirror_repeat=repeat, repeats=1,
        url=f"http://host/project/{project}/{repeat}",
    )  # fmt: skip


def uids(*headers: RunHeader, taken: tuple[RunHeader, ...] = ()) -> list[str]:
    return [header.uid for header in distinct(headers, taken)]


def test_an_original_goes_before_its_published_copies_wherever_it_stands() -> None:
    for order in permutations([LOCAL, hosted("1"), hosted("2")]):
        assert uids(*order) == ["runs|r1"]


def test_published_repeats_are_distinct_while_their_original_is_not_at_hand() -> None:
    assert uids(hosted("1"), hosted("2")) == ["langfuse:|p-1", "langfuse:|p-2"]


def test_one_repeat_published_to_two_projects_counts_once() -> None:
    assert uids(hosted("1"), hosted("1", project="q"), hosted("2", project="q")) == ["langfuse:|p-1", "langfuse:|q-2"]


def test_a_hosted_run_listed_by_two_sources_counts_once() -> None:
    assert uids(hosted("1"), hosted("1", source="langfuse:faq")) == ["langfuse:|p-1"]


def test_a_folder_copied_elsewhere_counts_once() -> None:
    assert uids(LOCAL, replace(LOCAL, uid="backup|r1", source="backup")) == ["runs|r1"]


@pytest.mark.parametrize(
    "other",
    [
        replace(LOCAL, uid="other|r1", source="other", created=datetime(2026, 11, 2, tzinfo=UTC)),
        replace(LOCAL, uid="other|r1", source="other", created=None),
        replace(LOCAL, uid="other|r1", source="other", configuration=Configuration("faq", "v1", {"top_k": 6})),
        replace(LOCAL, uid="runs|r2", id="r2"),
    ],
)
def test_runs_that_only_look_alike_are_two(other: RunHeader) -> None:
    assert len(uids(LOCAL, other)) == 2


def test_a_run_of_the_same_id_on_another_dataset_is_no_original() -> None:
    assert len(uids(replace(LOCAL, configuration=Configuration("other")), hosted("1"))) == 2


def test_a_run_made_again_under_its_old_id_is_no_original_of_the_older_copy() -> None:
    again = replace(LOCAL, created=datetime(2026, 11, 2, tzinfo=UTC))
    assert uids(again, hosted("1"), hosted("2")) == ["runs|r1", "langfuse:|p-1", "langfuse:|p-2"]
    assert uids(hosted("1"), taken=(again,)) == ["langfuse:|p-1"]
    elsewhere = LOCAL.created.astimezone(timezone(timedelta(hours=2))) if LOCAL.created else None
    assert uids(replace(LOCAL, created=elsewhere), hosted("1")) == ["runs|r1"], "one moment, however it is written"


@pytest.mark.parametrize("undated", [LOCAL, hosted("1")])
def test_where_one_of_both_has_no_date_the_id_decides(undated: RunHeader) -> None:
    both = [replace(each, created=None) if each is undated else each for each in (LOCAL, hosted("1"))]
    assert uids(*both) == ["runs|r1"]
    assert uids(both[1], taken=(both[0],)) == []
    assert uids(both[0], taken=(both[1],)) == []


def test_neither_copy_nor_original_of_a_taken_run_is_left() -> None:
    assert uids(LOCAL, hosted("1"), taken=(LOCAL,)) == []
    assert uids(LOCAL, hosted("1"), hosted("2"), taken=(hosted("1"),)) == ["langfuse:|p-2"]


@given(st.lists(st.sampled_from([LOCAL, hosted("1"), hosted("2"), hosted("1", "langfuse:faq"), hosted("2", "x", "q")])))
def test_what_is_left_stays_and_stays_in_order(headers: list[RunHeader]) -> None:
    once = distinct(headers)
    assert distinct(once) == once
    assert once == sorted(once, key=headers.index) and bool(once) == bool(headers)
