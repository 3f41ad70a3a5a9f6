"""The server: asyncio on a thread of its own, so that the code under test may block as it likes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

from openai_standin.answers import completion, embeddings, is_judge
from openai_standin.batches import BatchDesk
from openai_standin.faults import Faults

_FOREVER_S = 3600.0


class StandIn:
    """An endpoint on 127.0.0.1.

    Attributes:
        url: base URL for `openai`.
        requests: how many arrived, by path and fault.
        keys: keys that were sent.
        most_under_way: the most requests at once so far.
    """

    def __init__(self, faults: Faults | None = None, port: int = 0) -> None:
        self.faults = faults or Faults()
        self.requests: Counter[str] = Counter()
        self.keys: set[str] = set()
        self.bodies: list[dict[str, Any]] = []
        self.most_under_way = 0
        self.desk = BatchDesk(self.faults, lambda body: completion(body, "", self._number, self.faults))
        self._port, self._under_way, self._number = port, 0, 0
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def start(self) -> StandIn:
        self._thread.start()
        self._run(self._listen())
        return self

    def stop(self) -> None:
        self._run(self._shut())
        self._run(self._end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def go_down(self) -> None:
        """Close the door and every connection."""
        self._run(self._shut())

    def come_up(self) -> None:
        """Listen on the same port again."""
        self._run(self._listen())

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(
                self._connection, "127.0.0.1", self._port, backlog=4096, limit=1 << 24, reuse_address=True
            )
            self._port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def _end_tasks(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None:  # accepted before the door closed, looked at after
            writer.transport.abort()
            return
        self._open.add(writer)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            with contextlib.suppress(RuntimeError):
                writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        raw = await self._body(reader, headers)
        self._number += 1
        self._under_way += 1
        self.most_under_way = max(self.most_under_way, self._under_way)
        try:
            method, path, _ = request.split(" ")
            if "/files" in path or "/batches" in path:
                return await self._batch(method, path, headers, raw, writer)
            return await self._answer(path, headers, json.loads(raw or b"{}"), writer)
        finally:
            self._under_way -= 1

    @staticmethod
    async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return await reader.readexactly(int(headers.get("content-length", 0)))
        chunks = []
        while size := int((await reader.readline()).partition(b";")[0], 16):
            chunks.append((await reader.readexactly(size + 2))[:-2])
        await reader.readline()
        return b"".join(chunks)

    async def _batch(
        self, method: str, path: str, headers: dict[str, str], raw: bytes, writer: asyncio.StreamWriter
    ) -> bool:
        key = headers.get("authorization", "").removeprefix("Bearer ")
        if self.faults.key is not None and key != self.faults.key:
            return await self._error(writer, 401, f"Incorrect API key provided: {key}")
        if self.faults.batch_lost_looks and re.search(r"/batches/", path):
            self.faults.batch_lost_looks -= 1
            return await self._error(writer, 503, "overloaded")
        answer = self.desk.route(method, path, raw)
        if answer is None:
            return await self._error(writer, 404, f"no such path: {path}")
        return await self._send(writer, answer if isinstance(answer, bytes) else json.dumps(answer).encode(), "")

    async def _answer(
        self, path: str, headers: dict[str, str], body: dict[str, Any], writer: asyncio.StreamWriter
    ) -> bool:
        faults, number = self.faults, self._number
        key = headers.get("authorization", "").removeprefix("Bearer ")
        self.keys.add(key)
        if faults.down_after is not None and number > faults.down_after:
            faults.down_after = None
            await self._shut()
            if faults.down_s is not None:
                self._later(faults.down_s)
            return False
        if faults.key is not None and key != faults.key:
            return await self._error(writer, 401, f"Incorrect API key provided: {key}")
        if faults.models and body.get("model") not in faults.models:
            return await self._error(writer, 404, f"The model `{body.get('model')}` does not exist")
        if faults.no_schema and "response_format" in body:
            return await self._error(writer, 400, "response_format is not supported")
        fault = faults.draw()
        crowded = faults.most_at_once is not None and self._under_way > faults.most_at_once
        if crowded or number <= faults.first_too_many:
            fault = "too_many"
        if number <= faults.first_server_error:
            fault = "server_error"
        if faults.quota:
            return await self._error(writer, 429, "You exceeded your current quota", code="insufficient_quota")
        self.requests[fault or path.rpartition("/v1/")[2]] += 1
        if fault == "too_many":
            extra = {"retry-after": faults.retry_after} if faults.retry_after else {}
            return await self._error(writer, 429, "Rate limit reached", extra)
        if fault == "server_error":
            return await self._error(writer, 503, "overloaded")
        if fault == "reset":
            writer.transport.abort()
            return False
        if fault == "hang":
            await asyncio.sleep(_FOREVER_S)
        if faults.latency_s:
            await asyncio.sleep(faults.latency_s)
        if path.endswith("/embeddings"):
            answer = embeddings(body, faults)
        else:
            said = faults.judge_fault() if is_judge(body) else ""
            answer = completion(body, said, number, faults)
            if faults.no_usage:
                del answer["usage"]
            if faults.thinks and is_judge(body):
                message = answer["choices"][0]["message"]
                message["content"] = f'<think>Is it {{"score": 1}}? No.</think>\n{message["content"]}'
        return await self._send(writer, json.dumps(answer).encode(), fault)

    async def _send(self, writer: asyncio.StreamWriter, payload: bytes, fault: str) -> bool:
        if fault == "malformed":
            payload = b'{"id": "chat-1", "choices": [{"index": 0, "mess'
        if fault == "other_shape":
            payload = b'{"status": "ok"}'
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(payload)}\r\n\r\n".encode()
        if fault == "truncated":
            writer.write(head + payload[: len(payload) // 2])
            await writer.drain()
            return False
        if fault == "slow_loris":
            writer.write(head)
            for place in range(len(payload)):
                writer.write(payload[place : place + 1])
                await writer.drain()
                await asyncio.sleep(0.2)
            return True
        writer.write(head + payload)
        await writer.drain()
        return True

    async def _error(
        self,
        writer: asyncio.StreamWriter,
        status: int,
        message: str,
        extra: dict[str, str] | None = None,
        code: str | None = None,
    ) -> bool:
        payload = json.dumps({"error": {"message": message, "type": "stand_in", "code": code}}).encode()
        lines = [f"HTTP/1.1 {status} Refused", "content-type: application/json", f"content-length: {len(payload)}"]
        lines += [f"{name}: {value}" for name, value in (extra or {}).items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + payload)
        await writer.drain()
        return True

    def _later(self, seconds: float) -> None:
        async def reopen() -> None:
            await asyncio.sleep(seconds)
            await self._listen()

        task = self._loop.create_task(reopen())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@contextlib.contextmanager
def standin(**knobs: Any) -> Iterator[StandIn]:
    """A running stand-in with some knobs turned."""
    server = StandIn(Faults(**knobs)).start()
    try:
        yield server
    finally:
        server.stop()
