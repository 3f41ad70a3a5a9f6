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
from runner_kit import ITEMS, essence, lay_out, records, summary

from ragtui.cli import main
from ragtui.errors import UsageError
from ragtui.runner.endpoints.batches import JOURNAL, BatchQueue, request_id
from ragtui.runner.endpoints.calling import CallError, OverBudgetError, Usage
from ragtui.runner.launch.prepare import open_launch, prepare
from ragtui.runner.launch.rejudge import prepare_rejudge
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.engine import Ending
from ragtui.runner.work.worker import work

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
    return list(await asyncio.gather(*asked, return_exceptions=True))


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


# -- whole runs -------------------------------------------------------------------------------------------------------

PRICES = '\n[prices."m1"]\ninput = 1.0\noutput = 1.0\n'


def planned(folder: Path, server: StandIn, extra: str = "") -> Path:
    path = lay_out(folder, server.url, "repeats = 2\n" + extra)
    path.write_text(path.read_text().replace("[judge]", "[judge]\nbatch = true") + PRICES)
    return path


def test_a_run_makes_its_answers_first_and_judges_them_in_one_batch(tmp_path: Path, key: str) -> None:
    with standin() as server:
        batched = prepare(read_plan(planned(tmp_path / "a", server)))
        assert work(batched).stop.ending is Ending.COMPLETE
        assert len(server.desk.made) == 1
        assert server.desk.asked.total() == ITEMS * 2 * 3
        plain = prepare(read_plan(lay_out(tmp_path / "b", server.url, "repeats = 2\n")))
        work(plain)
    lines = records(batched.lead)
    assert [len(line["scores"]) for line in lines[: ITEMS * 2]] == [1] * ITEMS * 2  # written before anything is judged
    last = {(line["item"], line["repeat"]): line for line in lines}
    assert len(last) == ITEMS * 2
    whole = essence(plain.lead)
    for (item, repeat), line in last.items():
        for name in ("faithfulness", "relevance", "context_precision"):
            assert line["scores"][name]["value"] == whole[item, str(repeat)][2][name][0]
    assert summary(batched.lead)["aggregates"]["faithfulness"]["scored"] == ITEMS * 2


def test_a_batched_call_is_counted_at_half_price(tmp_path: Path, key: str) -> None:
    with standin() as server:
        folders = []
        for name, word in (("a", "true"), ("b", "false")):
            path = planned(tmp_path / name, server)
            path.write_text(path.read_text().replace("batch = true", f"batch = {word}"))
            launch = prepare(read_plan(path))
            work(launch)
            folders.append(launch.lead)
    dear, cheap = summary(folders[1])["spent"], summary(folders[0])["spent"]
    assert cheap["calls"] == dear["calls"]
    assert cheap["tokens"] == dear["tokens"]
    assert 0.4 * dear["cost_usd"] < cheap["cost_usd"] < 0.8 * dear["cost_usd"]  # the answers cost what they always do


def test_rejudging_through_the_queue_can_be_stopped_and_asks_nothing_twice(tmp_path: Path, key: str) -> None:
    with standin() as server:
        launch = prepare(read_plan(lay_out(tmp_path, server.url)))
        work(launch)
        again = prepare_rejudge(launch.lead, 2, batch=True)
        server.faults.batch_looks = 10_000
        stopping = _cancelled_when(again.lead, lambda: bool(server.desk.made))
        assert work(again).stop.ending is Ending.CANCELLED
        stopping.join()
        assert not records(again.lead)
        server.faults.batch_looks = 0
        assert work(open_launch(again.lead)).stop.ending is Ending.COMPLETE
    assert len(server.desk.made) == 1
    assert len(records(again.lead)) == ITEMS * 2
    assert set(server.desk.asked.values()) == {1}


def _cancelled_when(folder: Path, is_time: Any) -> Any:
    import threading
    import time

    from ragtui.runner.launch.control import Wish, write_order

    def wait() -> None:
        while not is_time():
            time.sleep(0.02)
        write_order(folder, Wish.CANCEL)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.parametrize("budget", ["cost_usd = 1.0", "tokens = 1000"])
def test_a_budget_that_a_batch_cannot_hold_is_refused(tmp_path: Path, key: str, budget: str) -> None:
    with standin() as server, pytest.raises(UsageError, match="batch queue and a budget"):
        read_plan(planned(tmp_path, server, f"[budget]\n{budget}\n"))


def test_rejudge_batch_is_a_word_of_the_command_line(
    tmp_path: Path, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with standin() as server:
        launch = prepare(read_plan(lay_out(tmp_path, server.url)))
        work(launch)
        assert main(["rejudge", str(launch.lead), "--times", "1", "--batch"]) == 0
    assert len(server.desk.made) == 1


def test_a_budget_of_calls_holds_with_a_batch_queue(tmp_path: Path, key: str) -> None:
    calls = ITEMS * 2 + 5
    with standin() as server:
        launch = prepare(read_plan(planned(tmp_path, server, f"[budget]\ncalls = {calls}\n")))
        assert work(launch).stop.ending is Ending.BUDGET
    assert server.requests["chat/completions"] + server.desk.asked.total() <= calls


def test_a_call_that_would_be_one_too_many_is_not_counted() -> None:
    usage = Usage(most_calls=1)
    usage.count_call()
    with pytest.raises(OverBudgetError):
        usage.count_call()
    assert usage.calls == 1
