"""Plans: what is accepted, and what every refusal names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtui.errors import InputError, RagtuiError, UsageError
from ragtui.model import Kind
from ragtui.runner.plan.plan import HttpTarget, PythonTarget, RagTarget
from ragtui.runner.plan.planfile import plan_of, read_plan

RAG: dict[str, Any] = {
    "name": "base",
    "dataset": "d.json",
    "target": {"kind": "rag", "corpus": "docs", "generator": {"model": "m1", "base_url": "http://h/v1"}},
}


def plan(**changes: Any) -> Any:
    return plan_of({**RAG, **changes}, "p.toml", Path("/base"))


def test_defaults_and_paths_start_at_the_plan() -> None:
    found = plan(judge={"model": "m2"})
    target = found.sides[0].target
    assert isinstance(target, RagTarget)
    assert (found.dataset, target.corpus, found.out) == (Path("/base/d.json"), Path("/base/docs"), Path("/base/runs"))
    assert [judge.metric.name for judge in found.judges] == ["faithfulness", "relevance", "context_precision"]
    assert [judge.metric.kind for judge in found.judges] == [Kind.ORDINAL, Kind.ORDINAL, Kind.BINARY]
    assert {use.model for use in found.models()} == {"m1", "m2"}


def test_an_unknown_key_names_file_line_and_nearest_key(tmp_path: Path) -> None:
    path = tmp_path / "ragtui.toml"
    path.write_text('name = "x"\ndataset = "d.json"\nrepaets = 3\n[target]\nkind = "python"\ncall = "a:b"\n')
    with pytest.raises(UsageError) as refused:
        read_plan(tmp_path)
    assert f"{path}:3: repaets: unknown key" in refused.value.message
    assert "repeats" in refused.value.hint


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"repeats": 0}, "repeats: is 0"),
        ({"repeats": True}, "repeats: is True"),
        ({"concurrency": "8"}, "concurrency: is '8'"),
        ({"timeout_s": -1}, "timeout_s: is -1"),
        ({"order": "items first"}, "order: is 'items first'"),
        ({"lexical": ["token_f2"]}, "'token_f2' is not known"),
        ({"target": {"kind": "rga"}}, "target.kind: is 'rga'"),
        ({"target": {"kind": "python", "call": "no colon"}}, "target.call"),
        ({"target": {"kind": "command"}}, "target.command: missing"),
        ({"target": {"kind": "http", "url": "ftp://x"}}, "target.url"),
        ({"target": {**RAG["target"], "chunk_overlap": 200}}, "chunk_overlap: is 200"),
        ({"target": {**RAG["target"], "retriever": "hybrid"}}, "needs embeddings"),
        ({"judge": {"model": "m", "metrics": ["tone"]}}, "'tone' is not known"),
        ({"judges": {"tone": {"model": "m"}}}, "judges.tone.prompt: missing"),
        ({"judges": {"tone": {"model": "m", "prompt": "t.md", "scale": [5, 1]}}}, "scale: is [5, 1]"),
        ({"judge": {"model": "m", "api_key_env": "sk-secret value"}}, "is not the name of a variable"),
        ({"budget": {"cost_usd": 1.0}}, "no price for m1"),
        ({"prices": {"m1": {"output": 1.0}}}, "prices.m1.input: missing"),
        ({"candidate": {"name": "base"}}, "is the baseline's name"),
        ({"lexical": ["token_f1"], "judges": {"token_f1": {"model": "m", "prompt": "x"}}}, "token_f1 is defined twice"),
        ({"dataset": 3}, "dataset: is 3"),
        ({"evaluators": [{"call": "a:b", "nmae": "x"}]}, "evaluators.nmae: unknown key"),
    ],
)  # fmt: skip
def test_every_value_is_checked(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        plan(**changes)
    assert said in refused.value.message
    assert refused.value.hint


def test_secrets_are_named_never_held() -> None:
    http = {"kind": "http", "url": "http://h/ask", "headers": {"Authorization": "Bearer abc"}}
    with pytest.raises(UsageError, match="holds its value in the file"):
        plan(target=http)
    found = plan(target={**http, "headers": {"Authorization": "Bearer ${MY_KEY}", "X-Team": "search"}})
    target = found.sides[0].target
    assert isinstance(target, HttpTarget)
    assert target.headers["Authorization"] == "Bearer ${MY_KEY}"


def test_a_candidate_changes_the_target_key_by_key() -> None:
    found = plan(candidate={"name": "new", "target": {"top_k": 9, "generator": {"temperature": 0.1}}})
    base, candidate = (side.target for side in found.sides)
    assert isinstance(base, RagTarget) and isinstance(candidate, RagTarget)
    assert (base.top_k, candidate.top_k) == (4, 9)
    assert (candidate.generator.model, candidate.generator.temperature) == ("m1", 0.1)


def test_a_candidate_of_another_kind_replaces_the_target() -> None:
    found = plan(candidate={"target": {"kind": "python", "call": "a:b"}})
    assert isinstance(found.sides[1].target, PythonTarget)


def test_listed_sides_stand_alone() -> None:
    document = {key: value for key, value in RAG.items() if key != "target"}
    sides = [{"name": "a", "target": RAG["target"]}, {"name": "b", "target": {"kind": "python", "call": "a:b"}}]
    found = plan_of({**document, "sides": sides}, "p", Path("/base"))
    assert [side.name for side in found.sides] == ["a", "b"]


def test_a_file_that_is_no_toml_says_where(tmp_path: Path) -> None:
    (tmp_path / "ragtui.toml").write_text("name = \n")
    with pytest.raises(InputError, match="line 1"):
        read_plan(tmp_path)


json_values = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
keys = st.sampled_from(
    ["name", "dataset", "target", "candidate", "sides", "judge", "judges", "evaluators", "lexical", "repeats", "budget",
     "prices", "simulated", "seed", "order", "timeout_s", "what"]
)  # fmt: skip


@given(st.dictionaries(keys, json_values))
def test_whatever_the_file_says_the_answer_is_a_plan_or_a_refusal(changes: dict[str, Any]) -> None:
    try:
        plan(**changes)
    except RagtuiError as refused:
        assert refused.message.startswith("p.toml")


def test_listed_prices_stand_in_for_missing_ones_and_name_their_list() -> None:
    pytest.importorskip("genai_prices")
    hosted = {"kind": "rag", "corpus": "docs", "generator": {"model": "gpt-4o-mini"}}
    found = plan(target=hosted, budget={"cost_usd": 1.0}).prices["gpt-4o-mini"]
    assert found.input > 0 and found.output > found.input and found.source.startswith("genai-prices ")
    own = plan(target=hosted, prices={"gpt-4o-mini": {"input": 7.0}}).prices["gpt-4o-mini"]
    assert (own.input, own.source) == (7.0, "")
    local = {**hosted, "generator": {"model": "gpt-4o-mini", "base_url": "http://127.0.0.1:8000/v1"}}
    assert not plan(target=local).prices


def test_a_typo_in_a_repeated_table_names_its_own_line(tmp_path: Path) -> None:
    path = tmp_path / "ragtui.toml"
    path.write_text(
        'name = "x"\ndataset = "d.json"\n[target]\nkind = "python"\ncall = "a:b"\n'
        '[[evaluators]]\ncall = "a:c"\n[[evaluators]]\ncalls = "a:d"\n'
    )
    with pytest.raises(UsageError) as refused:
        read_plan(path)
    assert refused.value.message == f"{path}:9: evaluators.calls: unknown key"
    assert refused.value.hint == "Nearest known key: call."
    path.write_text(path.read_text().replace("calls = ", "call = ").replace('"a:d"', '"no colon"'))
    with pytest.raises(UsageError, match=r"ragtui.toml:9: evaluators.call: is 'no colon'"):
        read_plan(path)
    path.write_text(path.read_text().replace("[target]", '[[sides]]\nname = "s"\n[target]'))
    with pytest.raises(UsageError, match=r"target: stands beside \[\[sides\]\]"):
        read_plan(path)


WRITTEN = "sk-VERYSECRETVALUE12345"
HOLD_A_SECRET = {
    "query": f'query = {{ api_key = "{WRITTEN}" }}',
    "extra": f'extra = {{ auth = {{ token = "{WRITTEN}" }} }}',
    "a custom header": f'headers = {{ X-Custom = "Bearer {WRITTEN}" }}',
    "body": f'body = {{ Authorization = "Bearer {WRITTEN}", q = "{{question}}" }}',
    "body of text": 'body = \'{"api_key": "hush-hush"}\'',
    "settings": 'settings = { db = { password = "hush-hush" } }',
    "a word of a command": 'command = ["x", "--api-key=hush-hush"]',
    "two words of a command": 'command = ["x", "--token", "hush-hush"]',
    "a header in a command": 'command = ["curl", "-H", "Authorization: Bearer hush-hush"]',
    "an address in a command": 'command = ["x", "postgresql://me:hush-hush@h/db"]',
    "fragment": 'url = "http://h/x#access_token=hush-hush"',
    "second kind of separator": 'url = "http://h/x?a=1;api_key=hush-hush"',
    "upper case": 'url = "HTTP://me:hush-hush@h/x"',
    "short name": 'url = "http://h/x?sig=hush-hush"',
    "the value of a variable": 'settings = { note = "zebra-zebra-7" }',
}


@pytest.mark.parametrize("name", HOLD_A_SECRET)
def test_a_secret_that_is_written_out_is_refused_and_not_repeated(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_API_KEY", "zebra-zebra-7")
    key = HOLD_A_SECRET[name]
    kind = "command" if key.startswith("command") else "python" if key.startswith("settings") else "http"
    needed = {"python": 'call = "a:b"', "command": 'command = ["x"]', "http": 'url = "http://h/x"'}[kind]
    of_model = key.startswith(("query", "extra"))
    own = "" if of_model else key
    target = f'[target]\nkind = "{kind}"\n{own}\n' + ("" if own.startswith(needed.partition(" ")[0]) else f"{needed}\n")
    judge = f'[judge]\nmodel = "m"\nbase_url = "http://h"\n{key}\n' if of_model else ""
    plan = tmp_path / "ragtui.toml"
    plan.write_text(f'name = "x"\ndataset = "d.json"\nlexical = ["token_f1"]\n{target}{judge}')
    with pytest.raises(UsageError) as refused:
        read_plan(plan)
    said = str(refused.value)
    assert not any(secret in said for secret in ("hush", "VERYSECRET", "zebra")), said
    assert str(plan) in said


def test_what_only_sounds_like_a_secret_is_no_secret(tmp_path: Path) -> None:
    plan = tmp_path / "ragtui.toml"
    plan.write_text(
        'name = "x"\ndataset = "d.json"\nlexical = ["token_f1"]\n[target]\nkind = "http"\nurl = "http://h/x?q={question}"\n'
        'headers = { Authorization = "Bearer ${MY_KEY}" }\n'
        'body = { max_tokens = 400, keywords = "a, b", author = "me", token = "{metadata.token}", key = "value" }\n'
        'settings = { tokenizer = "cl100k", key_prefix = "docs" }\n[judge]\nmodel = "m"\nbase_url = "http://h"\n'
        'extra = { token_limit = 5, reasoning_effort = "low" }\nquery = { api-version = "2024-10-21" }\n'
    )
    assert read_plan(plan).judges
