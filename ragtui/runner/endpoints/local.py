"""A real model from a GGUF file, served on a free loopback port for as long as it is needed (extra `local`)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

from ragtui.errors import InputError, RagtuiError, UsageError
from ragtui.files.regular import open_regular
from ragtui.places import clean_environment

_START_S = 300.0
_GOODBYE_S = 10.0
_CONTEXT = 2048
_SLOTS = 4
_CACHE_MIB = 512
"""The server's own default lets the process grow by gigabytes."""


@contextmanager
def serve_model(model: Path, *, threads: int = 1) -> Iterator[str]:
    """Serve a model; yields its base URL, and stops the server at the end of the block.

    Raises:
        UsageError: the extra is not installed.
        InputError: the file is not there or is no model.
    """
    if find_spec("xllamacpp") is None:
        raise UsageError("a local model needs the package xllamacpp", "pip install 'ragtui[local]'")
    if not model.is_file():
        raise InputError(f"{model}: no such file", "Give a model file in GGUF format.")
    with open_regular(model) as file:
        if file.read(4) != b"GGUF":
            raise InputError(f"{model}: not a GGUF file", "Give a model file in GGUF format.")
    # In a process of its own: a model that does not load ends its process, and generation must not block the runner.
    words = [sys.executable, "-P", "-m", "ragtui.runner.endpoints.local", str(model), str(threads), str(os.getpid())]
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True, env=clean_environment()
    )
    try:
        yield _wait_until_ready(process, model)
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GOODBYE_S)
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _wait_until_ready(process: subprocess.Popen[bytes], model: Path) -> str:
    assert process.stdout is not None
    address = next((line for line in map(_text, process.stdout) if line.startswith("http")), "")
    if not address:
        raise InputError(f"{model}: the model cannot be loaded", "Check that the file is whole and fits into memory.")
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
                if answer.status == 200:
                    return f"{address}/v1"
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.2)
    raise RagtuiError(f"{model}: the server did not become ready", "Try a smaller model or fewer threads.")


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").strip()


def serve(model: str, threads: int, parent: int) -> None:
    """Load, listen, print the address, stay until told to stop or until the parent is gone."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_parallel = _SLOTS
    parameters.n_ctx = _CONTEXT * _SLOTS
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.cache_ram_mib = _CACHE_MIB
    parameters.model_alias = {"local"}
    server = xllamacpp.Server(parameters)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while os.getppid() == parent:
        time.sleep(0.5)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
