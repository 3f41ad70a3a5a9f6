"""Sources that read a stand-in server and keep their caches in the test's own folder."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from langfuse_standin import StandIn

from ragtui.langfuse.api.rates import Rates
from ragtui.langfuse.read.source import LangfuseSource, open_langfuse


@pytest.fixture
def open_source_on(tmp_path: Path) -> Iterator[Callable[..., LangfuseSource]]:
    opened: list[LangfuseSource] = []

    def opener(server: StandIn, dataset: str = "", **settings: object) -> LangfuseSource:
        known = {"cache_folder": tmp_path / "cache", "rates": Rates(), "timeout": 60.0, "retries": 1}
        source = open_langfuse(
            f"langfuse:{dataset}",
            environ=server.env,
            config=tmp_path / "no-config.toml",
            **{**known, **settings},
        )
        opened.append(source)
        return source

    yield opener
    for source in opened:
        source.close()
