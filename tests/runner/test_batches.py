"""The provider's batch queue, through the real client: nothing asked twice, nothing lost, whatever the queue does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from openai_standin import StandIn, standin

from ragtui.runner.endpoints.batches import JOURNAL, BatchQueue, request_id
from ragtui.runner.endpoints.calling import CallError

KEY = "sk-standin-secret-0123456789"


def body(number: int) -> dict[str, Any]:
    return {"model": "m1", "messages": [{"role": "user", "content": f"question {number}"}]}


@asynccontextmanager
async def queue_in(folder: Path, server: StandIn, key: str = KEY) -> AsyncIterator[tuple[BatchQueue, Any]]:
    notes: list[str] = []
    queue = BatchQueue(folder, lambda kind, said: notes.append(f"{kind} {said}"), poll_s=0.05)
    async with openai.AsyncOpenAI(base_url=server.url, api_key=key, max_retries=0) as client:
        yield queue, client
        await queue.close()


async def ask_all(queue: BatchQueue, client: Any, url: str, count: int) -> list[Any]:
    asked = [queue.ask(client, url, body(number), f"judge {number}") for number in range(count)]
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_many_requests_travel_together_and_come_back_to_whom_they_belong(tmp_path: Path) -> None:
    with standin() as server:
        async with queue_in(tmp_path, server) as (queue, client):
            said = await ask_all(queue, client, server.url, 40)
    assert len(server.desk.made) == 1
    assert all(isinstance(one, dict) and one["choices"] for one in said)
    assert set(server.desk.asked.values()) == {1}
    for number in range(40):
        assert request_id(server.url, body(number), f"judge {number}") in server.desk.asked


@pytest.mark.parametrize(
    ("knobs", "batches"),
    [
        ({"batch_looks": 5}, 1),
        ({"batch_lost_looks": 3}, 1),
        ({"batch_garbles": True}, 1),
        ({"batch_expires": 1}, 2),
    ],
)
async def test_what_goes_wrong_with_a_batch_costs_time_and_nothing_else(
    tmp_path: Path, knobs: dict[str, Any], batches: int
) -> None:
    with standin(**knobs) as server:
        async with queue_in(tmp_path, server) as (queue, client):
            said = await ask_all(queue, client, server.url, 10)
    assert all(isinstance(one, dict) for one in said), said
    assert len(server.desk.made) == batches
    assert set(server.desk.asked.values()) == {1}


async def test_a_refused_request_is_its_own_error_and_is_not_asked_again(tmp_path: Path) -> None:
    with standin(batch_refuses=5) as server:
        async with queue_in(tmp_path, server) as (queue, client):
            said = await ask_all(queue, client, server.url, 10)
    assert [isinstance(one, CallError) for one in said] == [number % 5 == 0 for number in range(10)]
    assert "too long" in str(said[0])
    assert len(server.desk.made) == 1


async def test_batches_that_expire_for_ever_are_given_up(tmp_path: Path) -> None:
    with standin(batch_expires=99) as server:
        async with queue_in(tmp_path, server) as (queue, client):
            said = await ask_all(queue, client, server.url, 8)
    failed = [one for one in said if isinstance(one, CallError)]
    assert failed
    assert "unanswered in 3 batches" in str(failed[0])
    assert len(server.desk.made) == 3
    assert max(server.desk.asked.values()) == 1


async def test_a_wrong_key_ends_it_for_all(tmp_path: Path) -> None:
    with standin(key="another") as server:
        async with queue_in(tmp_path, server) as (queue, client):
            said = await ask_all(queue, client, server.url, 3)
    assert all(isinstance(one, CallError) and one.hopeless for one in said)
    assert KEY not in "".join(map(str, said))


async def test_whoever_comes_back_asks_nothing_again(tmp_path: Path) -> None:
    """Stopped while the batch is under way, and again after it was answered but nothing was recorded."""
    with standin(batch_looks=10_000) as server:
        async with queue_in(tmp_path, server) as (queue, client):
            asking = asyncio.create_task(ask_all(queue, client, server.url, 6))
            while not server.desk.made:
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.2)
            asking.cancel()
        server.faults.batch_looks = 0
        for _ in range(2):
            async with queue_in(tmp_path, server) as (queue, client):
                said = await ask_all(queue, client, server.url, 6)
            assert all(isinstance(one, dict) for one in said)
    assert len(server.desk.made) == 1


async def test_a_batch_whose_making_was_not_written_down_is_found_again(tmp_path: Path) -> None:
    with standin() as server:
        async with queue_in(tmp_path, server) as (queue, client):
            await ask_all(queue, client, server.url, 4)
        lines = (tmp_path / JOURNAL).read_text().splitlines()
        (tmp_path / JOURNAL).write_text(lines[0] + "\n")  # killed between making it and writing that down
        async with queue_in(tmp_path, server) as (queue, client):
            said = await ask_all(queue, client, server.url, 4)
        assert all(isinstance(one, dict) for one in said)
        assert len(server.desk.made) == 1
        (tmp_path / JOURNAL).write_text(json.dumps({**json.loads(lines[0]), "sent": "never made"}) + '\n{"cut": "of')
        async with queue_in(tmp_path, server) as (queue, client):
            await ask_all(queue, client, server.url, 4)
    assert len(server.desk.made) == 2
