"""How many calls are under way at once, and how a refused one is tried again."""

from __future__ import annotations

import asyncio

import pytest

from ragtui.runner.endpoints.calling import Caller, CallError, CallPatience, Fault, Usage, retry_after_seconds
from ragtui.runner.endpoints.limiter import Limiter


def test_the_limit_halves_once_a_second_and_grows_back() -> None:
    now = [0.0]
    limiter = Limiter(16, clock=lambda: now[0])
    limiter.in_flight = 16
    assert limiter.refused() and not limiter.refused()
    assert limiter.limit == 8
    now[0] = 2.0
    limiter.refused()
    assert limiter.limit == 4
    for _ in range(300):
        limiter.succeeded()
    assert limiter.limit == 16


async def test_never_more_at_once_than_the_limit() -> None:
    limiter, most, under_way = Limiter(3), 0, 0

    async def one() -> None:
        nonlocal most, under_way
        async with limiter.slot():
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1

    tasks = [asyncio.create_task(one()) for _ in range(50)]
    for task in tasks[5::7]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (most, limiter.in_flight) == (3, 0)


async def test_retries_are_counted_and_end() -> None:
    usage, tries = Usage(), 0
    caller = Caller(Limiter(2), CallPatience(timeout_s=1, retries=1), usage)

    async def attempt() -> str:
        nonlocal tries
        tries += 1
        raise CallError(Fault.BROKEN, "reset")

    with pytest.raises(CallError):
        await caller.call(attempt)
    assert (tries, usage.calls, usage.retries, usage.faults["connection broken"]) == (2, 2, 1, 2)


@pytest.mark.parametrize("fault", [Fault.SERVER, Fault.TOO_MANY])
async def test_an_overloaded_server_is_waited_for_as_long_as_patience_lasts(fault: Fault) -> None:
    usage = Usage()

    async def attempt() -> str:
        raise CallError(fault, "busy")

    with pytest.raises(CallError):
        await Caller(Limiter(2), CallPatience(timeout_s=1, retries=0, patience_s=0.5), usage).call(attempt)
    assert usage.retries >= 1, "however few retries other faults get"


async def test_a_server_that_asks_for_more_time_than_patience_is_said_and_tried_once_more() -> None:
    usage, notes = Usage(), []

    async def attempt() -> str:
        raise CallError(Fault.TOO_MANY, "busy", retry_after_s=0.2)

    caller = Caller(Limiter(2), CallPatience(patience_s=0.1), usage, lambda kind, said: notes.append((kind, said)))
    with pytest.raises(CallError):
        await caller.call(attempt)
    assert usage.calls == 2
    assert [said["message"] for kind, said in notes if kind == "waiting"] == [
        "the server asks to wait 0.2 s, longer than patience_s = 0.1; tried once more after it"
    ]


async def test_a_refused_request_is_not_tried_again() -> None:
    usage = Usage()

    async def attempt() -> str:
        raise CallError(Fault.REQUEST, "400")

    with pytest.raises(CallError):
        await Caller(Limiter(1), CallPatience(), usage).call(attempt)
    assert usage.calls == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "86400"}, None),
        ({"retry-after-ms": "soon", "retry-after": "2"}, 2.0),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_seconds(headers) == seconds


def test_a_date_to_wait_for_is_read_by_the_servers_own_clock() -> None:
    asked = {"retry-after": "Wed, 21 Oct 2015 07:28:10 GMT", "date": "Wed, 21 Oct 2015 07:28:00 GMT"}
    assert retry_after_seconds(asked) == 10
    assert retry_after_seconds({**asked, "date": "not a date"}) is None
