"""Listings that change while they are read, counts that lie, and rate limits said in every form."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from langfuse_standin import Fault, StandIn
from langfuse_standin.examples import items, listed, results
from publishing_kit import sending_to

from ragtui.langfuse.api.answers import Answer, asked_to_wait
from ragtui.langfuse.api.client import LangfuseError, Params
from ragtui.langfuse.api.pages import numbered
from ragtui.langfuse.api.patience import limit_pause
from ragtui.langfuse.api.shapes.rows import each_once, score_row
from ragtui.langfuse.read.source import LangfuseSource

Opener = Callable[..., LangfuseSource]


class Listing:
    """A listing of ids by pages; `meanwhile` may change it before a page is answered."""

    def __init__(self, ids: Iterable[int], meanwhile: Callable[[list[int], int], None] | None = None) -> None:
        self.ids, self.meanwhile, self.calls = list(ids), meanwhile, 0
        self.meta: Mapping[str, int] = {}

    def counting(self, meta: Mapping[str, int]) -> Listing:
        """The same, with what it says of itself."""
        self.meta = meta
        return self

    def __call__(self, path: str, params: Params) -> Answer:
        self.calls += 1
        if self.meanwhile is not None:
            self.meanwhile(self.ids, self.calls)
        page, size = int(params["page"]), int(params["limit"])
        rows = [{"id": f"{each}"} for each in self.ids[(page - 1) * size : page * size]]
        meta = {"page": page, "totalItems": len(self.ids), "totalPages": -(-len(self.ids) // size), **self.meta}
        return Answer(200, {"data": rows, "meta": meta})

    def read(self) -> set[int]:
        return {int(row["id"]) for row in numbered(self, "/x", size=10)}


def test_a_row_deleted_while_pages_are_read_hides_no_other() -> None:
    def one_goes(ids: list[int], call: int) -> None:
        if call == 2:
            del ids[0]

    assert Listing(range(35), one_goes).read() >= set(range(1, 35))


def test_rows_that_arrive_meanwhile_cost_none_and_no_second_reading() -> None:
    def one_comes(ids: list[int], call: int) -> None:
        if call == 2:
            ids.insert(0, 99)

    listing = Listing(range(35), one_comes)
    assert listing.read() >= set(range(35)) and listing.calls == 4


def test_a_listing_that_shrinks_all_the_time_ends() -> None:
    def one_goes(ids: list[int], call: int) -> None:
        del ids[:1]

    listing = Listing(range(200), one_goes)
    read = listing.read()
    assert set(listing.ids) <= read and listing.calls < 70


@pytest.mark.parametrize("meta", [{"totalPages": 1}, {"totalPages": 1, "totalItems": 10}, {"totalItems": 0}])
def test_a_count_that_is_too_low_ends_no_listing(meta: Mapping[str, int]) -> None:
    assert Listing(range(35)).counting(meta).read() == set(range(35))


@pytest.mark.parametrize("count", [10, 20, 35])
def test_a_server_that_answers_what_lies_behind_the_last_page_with_it_ends_the_listing(count: int) -> None:
    """So do servers that know no pages: all rows, whatever page is asked for."""

    def ask(path: str, params: Params) -> Answer:
        return whole(path, {**params, "page": min(int(params["page"]), -(-count // 10))})

    whole = Listing(range(count))
    assert [int(row["id"]) for row in numbered(ask, "/x", size=10)] == list(range(count))


@pytest.mark.parametrize("meta", [{"totalPages": 9}, {"totalItems": 900}, {"totalPages": 9, "totalItems": 900}])
def test_a_count_that_is_too_high_is_not_waited_for(meta: Mapping[str, int]) -> None:
    listing = Listing(range(35)).counting(meta)
    assert listing.read() == set(range(35)) and listing.calls <= 5


@pytest.mark.parametrize("count", [0, 3, 10, 35])
def test_a_listing_that_has_cursors_in_place_of_numbers_is_read_by_them(count: int) -> None:
    def answered(path: str, params: Params) -> Answer:
        start = int(params.get("cursor", 0))
        rows = [{"id": f"{each}"} for each in range(count)][start : start + 10]
        meta = {"cursor": f"{start + 10}"} if start + 10 < count else {}
        return Answer(200, {"data": rows, "meta": {"limit": 10, **meta}})

    if count == 10:
        with pytest.raises(LangfuseError, match="does not end"):
            list(numbered(answered, "/x", size=10))  # a full page without a word may be all, or the first of many
    else:
        assert [int(row["id"]) for row in numbered(answered, "/x", size=10)] == list(range(count))


def test_a_page_smaller_than_asked_for_is_not_the_last() -> None:
    """A server may allow fewer rows a page than we ask for; then only its count says that there are more."""

    def ask(path: str, params: Params) -> Answer:
        return small(path, {**params, "limit": 4})

    small = Listing(range(10))
    assert {int(row["id"]) for row in numbered(ask, "/x", size=10)} == set(range(10))


def test_an_item_archived_while_the_items_are_read_makes_no_other_unknown(open_source_on: Opener) -> None:
    named = {key: {**item, "metadata": {"ragtui_item": f"own {key}"}} for key, item in items(130).items()}
    with StandIn("v3-late") as server:
        server.add_dataset("qa", named)
        server.add_run("qa", "base", results(130), start=server.clock() - 86_400)
        gone = {"i005": {"status": "ARCHIVED"}}
        server.fail(Fault("GET", "/dataset-items", skip=1, meanwhile=lambda: server.add_dataset("qa", gone)))
        source = open_source_on(server, "qa")
        run = source.load(listed(source)[0]["base"].id)
        assert set(run.scores.items) >= {f"own {key}" for key in items(130)} - {"own i005"}


# -- what is listed twice ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("newest", [0, 1, 2])
def test_of_rows_of_one_id_and_date_the_one_written_last_counts(newest: int) -> None:
    raw: list[dict[str, Any]] = [
        {"id": "s", "name": "n", "value": n, "timestamp": "2026-01-01T00:00:00Z",
         "updatedAt": f"2026-01-0{2 + (n == newest)}T00:00:00.000Z"}
        for n in range(3)
    ]  # fmt: skip
    (score,) = each_once(map(score_row, raw))
    assert score.value == newest


# -- rate limits ------------------------------------------------------------------------------------------------------


def http_time(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "body", "wanted"),
    [
        ({"retry-after": "30"}, None, 30),
        ({"retry-after": " 1.5 "}, None, 1.5),
        ({"retry-after": "-5"}, None, 0),
        ({"retry-after": "nan"}, None, None),
        ({"retry-after": "inf"}, None, None),
        ({"retry-after": "soon"}, None, None),
        ({"retry-after": ""}, None, None),
        ({}, {"details": {"retryAfterSeconds": 17}}, 17),
        ({}, {"details": "none"}, None),
        # The server's clock says what its date means, not ours.
        ({"retry-after": http_time(5_000), "date": http_time(4_960)}, None, 40),
        ({"retry-after": http_time(5_000), "date": http_time(5_060)}, None, 0),
        ({"retry-after": "Thu, 01 Jan 1970 01:23:20 -0000", "date": http_time(4_990)}, None, 10),
    ],
)
def test_how_long_to_wait_is_read_in_every_form(headers: dict[str, str], body: Any, wanted: float | None) -> None:
    assert asked_to_wait(Answer(429, body, headers)) == wanted


def test_a_date_alone_is_taken_by_our_clock() -> None:
    found = asked_to_wait(Answer(429, None, {"retry-after": http_time(time.time() + 40)}))
    assert found is not None and 35 < found <= 41


def test_a_limit_that_says_no_time_outlasts_a_window_in_four_pauses() -> None:
    assert sum(limit_pause(None, n) for n in range(4)) >= 58
    assert [limit_pause(7.0, n) for n in range(3)] == [7, 7, 7]


def test_a_limit_that_is_always_over_at_once_is_not_asked_a_hundred_times_a_second() -> None:
    pauses = [limit_pause(0.0, n) for n in range(12)]
    assert pauses[0] == 0 and sum(pauses) > 120


def test_a_limit_without_a_time_is_waited_out() -> None:
    with StandIn("v4") as server, sending_to(server) as http:
        server.fail(Fault("GET", "/projects", status=429, times=3))
        assert http.get("/projects").data
        assert http.clock.now() >= 25


@pytest.mark.parametrize("skew", [-7200, 0, 7200])
def test_a_limit_until_a_date_is_waited_for_whatever_the_two_clocks_say(skew: int) -> None:
    with StandIn("v4") as server, sending_to(server) as http:
        server.advance(skew)
        until = {"Retry-After": http_time(server.clock() + 50), "Date": http_time(server.clock())}
        server.fail(Fault("GET", "/projects", status=429, headers=until))
        assert http.get("/projects").data
        assert 48 <= http.clock.now() <= 51 and http.calls == 2
        assert http.ahead == pytest.approx(-skew - http.clock.now(), abs=5)
