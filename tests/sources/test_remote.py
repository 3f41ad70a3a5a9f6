"""Runs in object stores: a real S3 server and a real web server on loopback, and what may go wrong between."""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ports import unused_port
from sources_kit import own_run, record
from waiting import STUCK_S, eventually

from ragtui.errors import RagtuiError, RemoteError, UsageError
from ragtui.model import Problem, RunHeader
from ragtui.sources.addresses import is_address
from ragtui.sources.remote.source import ObjectStoreSource
from ragtui.sources.remote.store import Store, checked, safe_name

pytest.importorskip("s3fs")
ITEMS = [record(f"i{number}", repeat, output=f"answer {number}") for number in range(3) for repeat in (1, 2)]


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """moto's stand-alone S3 on a free port of loopback."""
    port = unused_port()
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        assert server.poll() is None, "the server did not start"
        try:
            urllib.request.urlopen(f"{url}/moto-api/", timeout=STUCK_S).close()
        except OSError:
            return False
        return True

    eventually(answers)
    yield url
    server.terminate()
    server.wait()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """An empty bucket called "runs", and the environment that a person would have set."""
    import s3fs

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_ENDPOINT_URL": s3_server,
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    files = s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True)
    files.mkdir("runs")
    yield files
    files.rm("runs", recursive=True)


def listed(source: ObjectStoreSource) -> tuple[list[RunHeader], list[Problem]]:
    found = list(source.headers())
    return [f for f in found if isinstance(f, RunHeader)], [f for f in found if isinstance(f, Problem)]


def upload(files: Any, folder: Path, to: str) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            files.pipe_file(f"{to}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def test_a_bucket_is_listed_by_its_headers_and_read_when_a_run_is_opened(bucket: Any, tmp_path: Path) -> None:
    upload(bucket, own_run(tmp_path / "a" / "main", ITEMS), "runs/team/main")
    bucket.pipe_file("runs/team/table.csv", b"id,question,score\n1,why,0.5\n2,how,1\n")
    source = ObjectStoreSource("s3://runs/team", tmp_path / "cache")
    headers, problems = listed(source)
    assert [header.location for header in headers] == ["s3://runs/team/main", "s3://runs/team/table.csv"]
    assert not problems
    copies = {path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()}
    assert "summary.json" in copies
    assert "results.jsonl" not in copies
    run = source.load(headers[0].id)
    assert run.scores.values.shape[0] == 3
    answer = run.result("i1", "2")
    assert answer is not None
    assert answer.output == "answer 1"
    assert run.header.location == "s3://runs/team/main"


def test_packed_files_and_tables_of_other_kinds_are_listed(bucket: Any, tmp_path: Path) -> None:
    table = b"id,question,old_score,new_score\n" + b"".join(b"%d,why %d,0.5,1\n" % (n, n) for n in range(4))
    bucket.pipe_file("runs/a.csv.gz", gzip.compress(table))
    bucket.pipe_file("runs/b.yaml", b"- {id: 1, answer: x, recall: 0.5}\n- {id: 2, answer: y, recall: 1}\n")
    source = ObjectStoreSource("s3://runs", tmp_path / "cache", roles={"arms": ()})
    headers, problems = listed(source)
    assert not problems
    means = {header.location: [metric.name for metric in header.metrics] for header in headers}
    assert means == {"s3://runs/a.csv.gz": ["old_score", "new_score"], "s3://runs/b.yaml": ["recall"]}


def test_golden_items_beside_the_runs_come_along(bucket: Any, tmp_path: Path) -> None:
    items = [{"id": f"i{number}", "question": f"Why {number}?"} for number in range(3)]
    bucket.pipe_file("runs/dataset.json", json.dumps({"name": "d", "items": items}).encode())
    upload(bucket, own_run(tmp_path / "main", ITEMS, dataset={"name": "d", "file": "../dataset.json"}), "runs/main")
    source = ObjectStoreSource("s3://runs", tmp_path / "cache")
    (header,), _ = listed(source)
    assert source.load(header.id).item("i1").question == "Why 1?"


def test_one_object_is_a_place_too(bucket: Any, tmp_path: Path) -> None:
    bucket.pipe_file("runs/table.csv", b"id,question,score\n1,why,0.5\n2,how,1\n")
    source = ObjectStoreSource("s3://runs/table.csv", tmp_path / "cache")
    (header,), _ = listed(source)
    assert header.location == "s3://runs/table.csv"
    assert source.load(header.id).scores.items == ("1", "2")


def test_what_changed_in_the_store_is_read_again_and_what_did_not_is_not(bucket: Any, tmp_path: Path) -> None:
    upload(bucket, own_run(tmp_path / "a" / "main", ITEMS), "runs/main")
    said: list[str] = []
    source = ObjectStoreSource("s3://runs", tmp_path / "cache", report=said.append)
    (header,), _ = listed(source)
    source.load(header.id)
    before = len(said)
    source.load(header.id)
    assert len(said) == before
    worse = [{**one, "scores": {"faithfulness": 1}} for one in ITEMS]
    upload(bucket, own_run(tmp_path / "b" / "main", worse), "runs/main")
    assert source.poll()
    assert float(source.refresh(header.id).scores.values.max()) == 1.0


def test_a_run_that_is_gone_from_the_store_is_gone_here(bucket: Any, tmp_path: Path) -> None:
    upload(bucket, own_run(tmp_path / "a" / "main", ITEMS), "runs/main")
    bucket.pipe_file("runs/table.csv", b"id,question,score\n1,why,0.5\n2,how,1\n")
    source = ObjectStoreSource("s3://runs", tmp_path / "cache")
    assert len(listed(source)[0]) == 2
    bucket.rm("runs/main", recursive=True)
    assert [header.location for header in listed(source)[0]] == ["s3://runs/table.csv"]


def test_without_the_store_the_last_reading_is_shown_and_says_so(
    bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(bucket, own_run(tmp_path / "a" / "main", ITEMS), "runs/main")
    listed(ObjectStoreSource("s3://runs", tmp_path / "cache"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        (header,), (problem,) = listed(ObjectStoreSource("s3://runs", tmp_path / "cache"))
    assert header.as_of is not None
    assert "as of the last reading" in problem.message
    with pytest.raises(RemoteError):
        list(ObjectStoreSource("s3://runs", tmp_path / "other").headers())


def test_half_a_copy_is_finished_not_begun_again(bucket: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragtui.sources.remote.store.BLOCK", 64)
    upload(bucket, own_run(tmp_path / "a" / "main", ITEMS), "runs/main")
    said: list[str] = []
    source = ObjectStoreSource("s3://runs", tmp_path / "cache", report=said.append)
    (header,), _ = listed(source)
    results = next(thing for thing in source._objects.values() if thing.name.endswith("results.jsonl"))
    blocks = Store("s3://runs").blocks(results, 0, lambda: False)
    part = source._mirror.part(results)
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(next(blocks) + next(blocks))
    before = len(said)
    assert source.load(header.id).scores.items == ("i0", "i1", "i2")
    assert results.size is not None
    assert len(said) - before == -(-(results.size - 128) // 64)


def test_a_web_server_is_a_place(tmp_path: Path) -> None:
    own_run(tmp_path / "site" / "main", ITEMS)
    (tmp_path / "site" / "table.csv").write_text("id,question,score\n1,why,0.5\n2,how,1\n")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(tmp_path / "site"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/table.csv"
        source = ObjectStoreSource(address, tmp_path / "cache")
        (header,), _ = listed(source)
        assert source.load(header.id).scores.items == ("1", "2")
        assert header.location == address
        server.shutdown()


@pytest.mark.parametrize(
    "address",
    [
        "http://user:pw@host/x",
        "https://host/x?api_key=abc",
        "s3://key:secret@bucket/x",
        "https://host/x?X-Amz-Signature=1",
    ],
)
def test_a_credential_in_an_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(UsageError) as refused:
        checked(address)
    for secret in ("pw", "abc", "secret", "Signature=1"):
        assert secret not in refused.value.message


@pytest.mark.parametrize("name", ["../up.csv", "a/../../b.csv", "/abs.csv", "a\\b.csv", "a\0b", "C:x.csv", "x" * 2000])
def test_names_that_would_leave_the_folder_are_refused(name: str) -> None:
    assert not safe_name(name)


def test_an_object_with_such_a_name_costs_only_itself(bucket: Any, tmp_path: Path) -> None:
    bucket.pipe_file("runs/table.csv", b"id,question,score\n1,why,0.5\n2,how,1\n")
    bucket.call_s3("put_object", Bucket="runs", Key="a/../../../evil.csv", Body=b"id,score\n1,1\n")
    headers, problems = listed(ObjectStoreSource("s3://runs", tmp_path / "cache"))
    assert [header.location for header in headers] == ["s3://runs/table.csv"]
    assert "evil.csv" in problems[0].message
    assert not list(tmp_path.rglob("evil.csv"))


def test_a_bucket_that_is_not_there_is_one_message(bucket: Any, tmp_path: Path) -> None:
    with pytest.raises(RagtuiError) as failure:
        list(ObjectStoreSource("s3://nowhere-at-all", tmp_path / "cache").headers())
    assert "s3://nowhere-at-all" in failure.value.message
    assert failure.value.hint


def test_which_words_are_addresses() -> None:
    assert all(map(is_address, ("langfuse:", "s3://b/x", "GS://b", "https://h/x.csv")))
    assert not any(map(is_address, ("runs", "./s3", "C:\\runs", "s3:/b", "")))
