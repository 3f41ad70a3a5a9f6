"""The stand-in's batch queue: files in, files out, done after some looks, with the ways in which that goes wrong."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from openai_standin.faults import Faults

Complete = Callable[[dict[str, Any]], dict[str, Any]]


class BatchDesk:
    """Files and batches of one server.

    Attributes:
        asked: how often each custom_id was answered.
        made: batches, in the order in which they were made.
    """

    def __init__(self, faults: Faults, complete: Complete) -> None:
        self._faults, self._complete = faults, complete
        self.files: dict[str, bytes] = {}
        self.made: list[dict[str, Any]] = []
        self.asked: Counter[str] = Counter()
        self.looks: Counter[str] = Counter()

    def route(self, method: str, path: str, body: bytes) -> dict[str, Any] | bytes | None:
        """The answer to a request; None when the path is none of this desk's."""
        where = path.partition("?")[0].rpartition("/v1")[2]
        if where == "/files" and method == "POST":
            return self._upload(body)
        if found := re.fullmatch(r"/files/([\w-]+)/content", where):
            return self.files[found[1]]
        if where == "/batches" and method == "POST":
            return self._make(json.loads(body))
        if where == "/batches":
            return {"object": "list", "data": self.made, "has_more": False}
        if found := re.fullmatch(r"/batches/([\w-]+)", where):
            return self._look(found[1])
        return None

    def _upload(self, body: bytes) -> dict[str, Any]:
        boundary = body.partition(b"\r\n")[0]
        parts = [part for part in body.split(boundary) if b'name="file"' in part]
        content = parts[0].partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
        name = f"file-{len(self.files)}"
        self.files[name] = content
        return {"id": name, "object": "file", "bytes": len(content), "created_at": 0, "filename": "x.jsonl",
                "purpose": "batch", "status": "processed"}  # fmt: skip

    def _make(self, asked: dict[str, Any]) -> dict[str, Any]:
        batch = {
            "id": f"batch_{len(self.made)}", "object": "batch", "endpoint": asked["endpoint"],
            "input_file_id": asked["input_file_id"], "completion_window": "24h", "status": "in_progress",
            "created_at": 0, "metadata": asked.get("metadata"), "output_file_id": None, "error_file_id": None,
        }  # fmt: skip
        self.made.append(batch)
        return batch

    def _look(self, name: str) -> dict[str, Any]:
        batch = next(one for one in self.made if one["id"] == name)
        self.looks[name] += 1
        if batch["status"] == "in_progress" and self.looks[name] > self._faults.batch_looks:
            self._finish(batch)
        return batch

    def _finish(self, batch: dict[str, Any]) -> None:
        faults, good, bad = self._faults, [], []
        requests = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        expires = faults.batch_expires > 0
        faults.batch_expires -= expires
        for place, request in enumerate(requests):
            if expires and place >= len(requests) // 2:
                error = {"code": "batch_expired", "message": "This request could not be executed in time."}
                bad.append({"custom_id": request["custom_id"], "response": None, "error": error})
                continue
            if faults.batch_refuses and place % faults.batch_refuses == 0:
                told = {"status_code": 400, "body": {"error": {"message": "too long", "code": "context_length"}}}
                bad.append({"custom_id": request["custom_id"], "response": told, "error": None})
                continue
            self.asked[request["custom_id"]] += 1
            told = {"status_code": 200, "body": self._complete(request["body"])}
            good.append({"custom_id": request["custom_id"], "response": told, "error": None})
        batch["status"] = "expired" if expires else "completed"
        for field, lines in (("output_file_id", good[::-1]), ("error_file_id", bad)):
            if lines:
                name = f"{field}-{batch['id']}"
                self.files[name] = b"\n".join(json.dumps(line).encode() for line in lines) + b"\n"
                batch[field] = name
        if faults.batch_garbles and batch["output_file_id"]:
            self.files[batch["output_file_id"]] += b'{"custom_id": "x", "resp\n[1]\n'
