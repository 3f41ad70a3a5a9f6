"""The HTTP client against a server that refuses, fails, stalls and limits."""

import json
import signal
import sys
import threading
import traceback
from collections.abc import Callable

import pytest
from langfuse_standin import Fault, StandIn
from waiting import STUCK_S, eventually

from ragtui.errors import UsageError
from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp, in_parallel, path_value
from ragtui.langfuse.api.credentials import Credentials, find_credentials
from ragtui.langfuse.api.pages import cursored, numbered
from ragtui.langfuse.api.patience import Patience
from ragtui.langfuse.api.rates import Cancelled, Priority, Rates, Wait


def client(server: StandIn, **settings: object) -> LangfuseHttp:
    keys = Credentials(server.url, server.public_key, server.secret_key)
    tried = {name: settings.pop(name) for name in ("tries", "limits_s") if name in settings}
    patience = Patience(first_wait_s=0.01, **tried)  # type: ignore[arg-type]
    return LangfuseHttp(keys, **{"rates": Rates(), "patience": patience, **settings})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a/b %2F, ü 🙂 ?#&", ".hidden", "..", ".", "../up", "a\\b", "+ +"])
def test_names_with_every_sign_reach_the_server(name: str) -> None:
    with StandIn() as server, client(server) as http:
        server.add_dataset(name)
        assert http.get(f"/v2/datasets/{path_value(name)}").body["name"] == name
        assert http.get("/dataset-items", {"datasetName": name}).data == []


def test_failures_are_tried_again_and_then_named() -> None:
    with StandIn() as server, client(server, tries=3) as http:
        server.fail(Fault("GET", "/projects", status=524, times=2))
        assert http.get("/projects").data[0]["id"] == "test-project"
        server.fail(Fault("GET", "/projects", status=500, times=-1))
        with pytest.raises(LangfuseError) as caught:
            http.get("/projects")
        assert caught.value.status == 500
        assert server.url in caught.value.message
        assert caught.value.hint


def test_dropped_and_hanging_connections_are_tried_again() -> None:
    with StandIn() as server, client(server, timeout=3.0) as http:
        server.fail(Fault("GET", "/projects", drop=True), Fault("GET", "/projects", hang=60))
        assert http.get("/projects").ok
        assert len(server.asked("GET", "/projects")) >= 2


def test_a_call_that_must_not_be_doubled_is_sent_once() -> None:
    with StandIn() as server, client(server) as http:
        server.fail(Fault("POST", "/scores", status=500, times=-1))
        with pytest.raises(LangfuseError) as caught:
            http.send("POST", "/scores", body={"name": "a"})
        assert not caught.value.certain
        assert len(server.asked("POST", "/scores")) == 1


@pytest.mark.parametrize("body", ["json", "text"])
def test_a_rate_limit_is_waited_out_with_a_countdown(body: str) -> None:
    waits: list[Wait] = []
    with StandIn() as server, client(server, on_wait=waits.append, rates=Rates(window=0.6)) as http:
        server.limit_body, server.limit_window = body, 0.6
        server.limits = {"general": 2}
        for _ in range(3):
            assert http.get("/v3/scores").ok
        assert http.rates.limit("general") == 2
        assert any(wait.seconds > 0 for wait in waits)
        assert waits[-1].seconds == 0


def test_waiting_ends_when_it_is_cancelled() -> None:
    cancel = threading.Event()
    with StandIn() as server, client(server, on_wait=lambda _: cancel.set(), cancel=cancel) as http:
        server.fail(Fault("GET", "/v3/scores", status=429, headers={"Retry-After": "30"}, times=-1))
        with pytest.raises(Cancelled):
            http.get("/v3/scores")


def test_patience_has_an_end() -> None:
    with StandIn() as server, client(server, limits_s=5) as http:
        server.fail(Fault("GET", "/v3/scores", status=429, headers={"Retry-After": "3600"}, times=-1))
        with pytest.raises(LangfuseError) as caught:
            http.get("/v3/scores")
        assert caught.value.status == 429


def test_a_date_to_wait_for_is_read_by_the_servers_own_clock() -> None:
    said = {"Retry-After": "Wed, 21 Oct 2015 08:28:00 GMT", "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}
    with StandIn() as server, client(server, limits_s=5) as http:
        server.fail(Fault("GET", "/v3/scores", status=429, headers=said, times=-1))
        with pytest.raises(LangfuseError):
            http.get("/v3/scores")
        assert len(server.asked("GET", "/v3/scores")) == 1, "an hour is beyond its patience, whatever our clock says"


def test_keys_are_in_no_text() -> None:
    with StandIn() as server:
        wrong = Credentials(server.url, "pk-lf-wrong", "sk-lf-secret-word")
        with LangfuseHttp(wrong, rates=Rates()) as http:
            with pytest.raises(LangfuseError) as caught:
                http.get("/projects", {"note": "sk-lf-secret-word"})
            shown = f"{caught.value} {caught.value!r} {http!r} {wrong!r} {wrong} {[wrong]}"
        assert caught.value.status == 401
        assert "secret-word" not in shown
        assert "pk-lf-wrong" not in shown
        # A server that echoes what it was sent must not leak through its message either.
        server.fail(Fault("GET", "/projects", status=400, body={"message": "bad key sk-lf-secret-word"}))
        with LangfuseHttp(wrong, rates=Rates()) as http, pytest.raises(LangfuseError) as echoed:
            http.get("/projects")
        assert "secret-word" not in str(echoed.value)


def test_a_server_that_is_not_there_is_said_plainly() -> None:
    with StandIn() as server:
        http = client(server, tries=1)
    with pytest.raises(LangfuseError) as caught, http:
        http.get("/projects")
    assert caught.value.status == 0
    assert caught.value.certain


def test_an_answer_that_is_no_json_does_not_break_reading() -> None:
    with StandIn() as server, client(server) as http:
        answer = http.send("GET", "/nosuch")
        assert answer.status == 404
        assert answer.data == []
        assert answer.message == ""


def test_numbers_that_json_does_not_know_are_refused() -> None:
    with StandIn() as server, client(server) as http, pytest.raises(ValueError, match="JSON"):
        http.send("POST", "/scores", body={"value": float("nan")})


@pytest.mark.parametrize("walk", [numbered, cursored])
def test_a_listing_that_never_ends_is_an_error_not_a_short_answer(walk: Callable[..., object]) -> None:
    """A proxy that drops the query gives the first page for ever."""
    with StandIn() as server, client(server) as http:
        page = {"data": [{"id": "a"}], "meta": {"cursor": "again", "totalPages": 99_999}}
        server.fail(Fault("GET", "/v3/scores", status=200, times=-1, body=page))
        with pytest.raises(LangfuseError, match="does not end"):
            list(walk(http.get, "/v3/scores", {}))  # type: ignore[call-overload]
        assert len(server.requests) < 10


# -- credentials -------------------------------------------------------------------------------------------------------

KEYS = {"LANGFUSE_PUBLIC_KEY": "pk-lf-a", "LANGFUSE_SECRET_KEY": "sk-lf-b"}


def test_address_and_keys_come_from_the_environment() -> None:
    found = find_credentials(environ={**KEYS, "LANGFUSE_HOST": "http://h:1/", "LANGFUSE_BASE_URL": "http://b:2/x/"})
    assert found.base_url == "http://b:2/x"
    assert find_credentials(environ=KEYS).is_cloud
    assert not found.is_cloud


@pytest.mark.parametrize("environ", [{}, {**KEYS, "LANGFUSE_SECRET_KEY": " "}])
def test_missing_keys_are_named(environ: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="LANGFUSE_SECRET_KEY"):
        find_credentials(environ=environ)


@pytest.mark.parametrize("address", ["cloud.langfuse.com", "ftp://x", "http://user:sk-lf-b@host"])
def test_an_address_that_is_none_is_refused_without_showing_keys(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_credentials(environ={**KEYS, "LANGFUSE_BASE_URL": address})
    assert "sk-lf-b" not in str(caught.value)


def test_a_profile_names_variables(tmp_path) -> None:  # type: ignore[no-untyped-def]
    config = tmp_path / "config.toml"
    config.write_text(
        '[langfuse.acme]\nbase_url = "http://h:1"\npublic_key_env = "A_PK"\nsecret_key_env = "A_SK"\n'
        "requests_per_minute = 1000\n"
    )
    found = find_credentials("acme", {"A_PK": "pk", "A_SK": "sk"}, config)
    assert (found.profile, found.base_url, found.per_minute) == ("acme", "http://h:1", 1000)
    with pytest.raises(UsageError, match="A_PK and A_SK"):
        find_credentials("acme", KEYS, config)
    with pytest.raises(UsageError, match="no Langfuse profile named"):
        find_credentials("other", KEYS, config)


# -- rates -------------------------------------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_window_never_lets_more_through_than_its_limit_less_one() -> None:
    clock = Clock()
    rates = Rates({"general": 10}, clock)
    for _ in range(9):
        rates.acquire("general")
        clock.now += 1
    assert rates.delay("general") == pytest.approx(51)
    clock.now += 51
    assert rates.delay("general") == 0


def test_background_leaves_room_and_waits_behind_freezes() -> None:
    clock = Clock()
    rates = Rates({"general": 11}, clock)
    for _ in range(7):
        rates.acquire("general", Priority.BACKGROUND)
    assert rates.delay("general", Priority.BACKGROUND) > 0
    assert rates.delay("general", Priority.INTERACTIVE) == 0
    rates.freeze("general", 20)
    assert rates.delay("general", Priority.INTERACTIVE) == 20
    assert rates.delay("datasets") == 0


def test_unlimited_until_a_limit_is_learnt() -> None:
    rates = Rates({}, Clock())
    for _ in range(100):
        rates.acquire("general")
    assert rates.delay("general") == 0
    rates.learn("general", 30)
    assert rates.delay("general") == 60


def test_an_interactive_call_overtakes_background_ones() -> None:
    rates = Rates()
    rates.freeze("general", 0.3)
    order: list[str] = []

    def call(name: str, priority: Priority) -> None:
        rates.acquire("general", priority)
        order.append(name)

    threads = [threading.Thread(target=call, args=(f"background {n}", Priority.BACKGROUND)) for n in range(3)]
    for thread in threads:
        thread.start()
    threads.append(threading.Thread(target=call, args=("key press", Priority.INTERACTIVE)))
    threads[-1].start()
    for thread in threads:
        thread.join()
    assert order[0] == "key press"


def test_bodies_keep_their_signs() -> None:
    with StandIn() as server, client(server) as http:
        http.send("POST", "/v2/datasets", body={"name": "ü\ud800"})
        assert json.loads(server.asked("POST")[0].body)["name"] == "ü?"


@pytest.mark.skipif(sys.platform == "win32", reason="a signal to one thread is POSIX")
def test_a_ctrl_c_that_wakes_nobody_still_ends_what_is_under_way() -> None:
    """As one does that comes in the instant before a wait begins: it is noted, and the wait goes on."""
    keys = Credentials("http://localhost:9", "pk", "sk")
    given_up = []

    def waits() -> bool:
        """Whether the main thread sits in its wait for what is under way."""
        stack = traceback.extract_stack(sys._current_frames()[threading.main_thread().ident or 0])
        calls = {frame.name for frame in stack}
        return {"in_parallel", "wait"} <= calls and "submit" not in calls

    def sits_out(http: LangfuseHttp) -> None:
        eventually(waits)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        given_up.append(http.cancel.wait(STUCK_S))

    with LangfuseHttp(keys, rates=Rates()) as http, pytest.raises(KeyboardInterrupt):
        list(in_parallel(http, 1, sits_out, [http]))
    assert given_up == [True]
