"""One run published from two machines at once, to servers whose links are not idempotent."""

import shutil
import threading
from collections import Counter
from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn
from publishing_kit import abilities, load, publish, simple_run
from waiting import STUCK_S

from ragtui.langfuse.api.client import LangfuseHttp
from ragtui.langfuse.api.credentials import Credentials
from ragtui.langfuse.api.rates import Rates
from ragtui.langfuse.write.publish import Options, Publication, publish_run
from ragtui.langfuse.write.publisher import Phase

ITEMS = 12
LINKS = "/dataset-run-items"


def links(server: StandIn) -> Counter[str]:
    """How often each trace is linked."""
    return Counter(str(record.value["traceId"]) for record in server.store.run_items.records.values())


def two_copies(folder: Path) -> tuple[Path, Path]:
    simple_run(folder / "a" / "run", ITEMS)
    shutil.copytree(folder / "a", folder / "b")
    return folder / "a" / "run", folder / "b" / "run"


def publish_now(server: StandIn, folder: Path) -> Publication:
    """With a clock of its own: whoever waits for the other must really wait."""
    with LangfuseHttp(Credentials(server.url, server.public_key, server.secret_key), rates=Rates()) as http:
        return publish_run(load(folder), http, abilities(server), Options())


@pytest.mark.parametrize("kind", ["v3-late", "v3-early"])
@pytest.mark.parametrize(("made_before", "most_doubled"), [(0, 1), (1, 0)])
def test_one_of_two_goes_on_and_the_other_waits(
    kind: str, made_before: int, most_doubled: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither had a link when both began: their first link decides. The other had one: it is left alone."""
    monkeypatch.setenv("RAGTUI_STATE_DIR", str(tmp_path / "state"))
    first, second = two_copies(tmp_path)
    found: list[Publication] = []
    with StandIn(kind) as server:
        other = threading.Thread(target=lambda: found.append(publish_now(server, second)))
        never = threading.Event()

        def begin() -> None:
            """The other begins and comes as far as it can while this link is not there yet."""
            looks = len(server.asked("GET"))
            other.start()
            for _ in range(int(STUCK_S * 20)):
                made = len(server.asked("POST", LINKS)) > made_before
                if made or (made_before and len(server.asked("GET")) > looks + 8) or never.wait(0.05):
                    break

        server.fail(Fault("POST", LINKS, skip=made_before, times=1, meanwhile=begin))
        found.append(publish_now(server, first))
        other.join(STUCK_S)
        assert [each.phase for each in found] == [Phase.VERIFIED] * 2
        linked = links(server)
        assert len(linked) == ITEMS
        assert linked.total() - ITEMS <= most_doubled, linked


def test_a_publisher_that_died_is_not_waited_for_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGTUI_STATE_DIR", str(tmp_path / "state"))
    first, second = two_copies(tmp_path)
    with StandIn("v3-late") as server:
        fault = Fault("POST", LINKS, skip=3, status=400, times=-1)
        server.fail(fault)
        assert publish(server, load(first)).phase is Phase.PARTIAL
        server.faults.clear()
        assert publish(server, load(second)).phase is Phase.VERIFIED
        assert len(links(server)) == links(server).total() == ITEMS
