"""What kind of server answers is found by asking it."""

from typing import Any

import pytest
from langfuse_standin import KINDS, Fault, StandIn

from ragtui.errors import RagtuiError, RemoteError
from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp
from ragtui.langfuse.api.credentials import Credentials
from ragtui.langfuse.api.patience import Patience
from ragtui.langfuse.api.probe import probe
from ragtui.langfuse.api.rates import Rates

EXPECTED = {
    "v4": ("v4", "v3", True),
    "v4-old": ("v4", "v3", True),
    "v4-dual": ("v4-dual", "v3", True),
    "v4-legacy": ("v4-legacy", "v3", False),
    "v3": ("v3", "v2", False),
    "v3-late": ("v3", "v3", False),
    "v3-early": ("v3", "v2", False),
    "v2": ("v2", "v1", False),
}


def client(server: StandIn) -> LangfuseHttp:
    return LangfuseHttp(
        Credentials(server.url, server.public_key, server.secret_key), rates=Rates(), patience=Patience(tries=1)
    )


@pytest.mark.parametrize("seeded", [False, True])
@pytest.mark.parametrize("kind", list(KINDS))
def test_every_generation_is_recognised_with_and_without_datasets(kind: str, seeded: bool) -> None:
    with StandIn(kind) as server, client(server) as http:
        if seeded:
            server.add_dataset("a/b, ü")
        found = probe(http)
        assert (found.generation, found.scores, found.observations) == EXPECTED[kind]
        assert (found.version, found.project_id) == (KINDS[kind].version, "test-project")
        assert found.version in found.label
        assert len(server.requests) <= 8


def test_an_empty_answer_of_legacy_mode_does_not_hide_its_runs() -> None:
    with StandIn("v4-legacy") as server, client(server) as http:
        server.empty_experiments = True
        assert probe(http).has_dataset_runs


def test_a_server_whose_health_is_silent_is_still_recognised() -> None:
    with StandIn("v4") as server, client(server) as http:
        server.fail(Fault("GET", "/health", status=404, body="<html></html>"))
        found = probe(http)
        assert found.generation == "v4"
        assert "unknown version" in found.label


def test_an_announcement_of_the_server_is_kept_for_the_user() -> None:
    with StandIn("v4") as server, client(server) as http:
        notice = {"message": "v3 ends", "sunsetAt": "2026-11-16T00:00:00Z"}
        server.fail(Fault("GET", "/experiments", status=200, body={"data": [], "meta": {}, "_deprecation": notice}))
        assert probe(http).notice == "v3 ends (until 2026-11-16)"


def test_what_is_no_langfuse_server_is_named() -> None:
    with StandIn("v4") as server, client(server) as http:
        server.fail(Fault("GET", "/experiments", status=404, body="<html></html>", times=-1))
        server.fail(Fault("GET", "/datasets", status=404, body="<html></html>", times=-1))
        with pytest.raises(RemoteError, match=server.url):
            probe(http)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 200, "body": "<html>Sign in</html>"}, ["no JSON", "login page"]),
        ({"status": 404, "body": "<html></html>"}, ["LANGFUSE_BASE_URL", "without /api/public"]),
        ({"status": 308, "headers": {"Location": "https://lf.example.com/x/api/public/projects"}, "body": ""},
         ["redirects to https://lf.example.com/x;", "LANGFUSE_BASE_URL"]),
        ({"status": 302, "headers": {"Location": "/login"}, "body": ""}, ["The server redirects;"]),
    ],
)  # fmt: skip
def test_an_address_that_leads_elsewhere_says_where(answer: dict[str, Any], words: list[str]) -> None:
    with StandIn("v4") as server, client(server) as http:
        server.fail(Fault("GET", "/projects", times=-1, **answer))
        with pytest.raises(RemoteError) as caught:
            probe(http)
        said = f"{caught.value.message} {caught.value.hint}"
        assert all(word in said for word in words), said


@pytest.mark.parametrize("proxy", ["socks9://127.0.0.1:1", "no address at all"])
def test_a_proxy_that_is_none_is_named(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with StandIn("v4") as server, client(server) as http, pytest.raises(RagtuiError) as caught:
        probe(http)
    assert "ALL_PROXY" in caught.value.hint


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("v4", "/experiments"), ("v4", "/v3/scores"), ("v4-dual", "/datasets/"), ("v3", "/v2/scores"),
        ("v3", "/v2/datasets"),
    ],
)  # fmt: skip
def test_keys_that_are_refused_meanwhile_make_no_other_server(kind: str, path: str, status: int) -> None:
    """For an hour a server would be taken for one without that endpoint, and its runs or scores for absent."""
    with StandIn(kind) as server, client(server) as http:
        server.add_dataset("qa")
        server.fail(Fault("GET", path, status=status, times=-1))
        with pytest.raises(LangfuseError, match=f"HTTP {status}"):
            probe(http)


def test_wrong_keys_are_said_at_once() -> None:
    with StandIn("v4") as server:
        wrong = Credentials(server.url, "pk-lf-no", "sk-lf-no")
        with LangfuseHttp(wrong, rates=Rates()) as http, pytest.raises(LangfuseError, match="401"):
            probe(http)
