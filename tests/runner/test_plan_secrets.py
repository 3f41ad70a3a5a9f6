"""A secret in any text of a plan is refused and not repeated; what only looks a little like one is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ragtui.errors import RagtuiError, UsageError
from ragtui.files.tomltable import Table
from ragtui.runner.plan.keylike import like_a_key, secret_in_url
from ragtui.runner.plan.keys import SECTIONS
from ragtui.runner.plan.planfile import plan_of
from ragtui.runner.plan.schema import Key, PlanTable

HIDDEN = "Zx81Qw73Er64Ty55"
SECRETS = {
    "a provider's key": f"sk-proj-{HIDDEN}",
    "a key in a sentence": f"the one with hf_{HIDDEN} in it",
    "user and password": f"s3://user:{HIDDEN}@bucket/runs",
    "user and password of the web": f"https://user:{HIDDEN}@host/v1",
    "a parameter": f"https://host/v1?jwt={HIDDEN}",
    "a parameter of another name": f"https://host/v1?x=sk-{HIDDEN}",
    "a fragment": f"https://host/v1#access_token={HIDDEN}",
    "a parameter of the path": f"https://host/v1;token={HIDDEN}/ask",
    "a step of the path": f"https://host/sk-{HIDDEN}/ask",
    "a step that is written in codes": f"https://host/sk%2D{HIDDEN}/ask",
    "a step after its name": f"https://host/apikey/{HIDDEN}/ask",
    "a token of the web": f"eyJhbGciOiJIUzI1NiJ9.{HIDDEN}.c2ln",
    "a header": f"Authorization: Bearer {HIDDEN}",
    "a connection": f"AccountName=a;AccountKey={HIDDEN}",
    "a word of a command": f"--api-key={HIDDEN}",
    "a variable's value": f"as {HIDDEN[:8]}-of-the-environment",
}
REFUSALS = ("key or password", "holds its value in the file", "is not a plain value")
KEYS = [(section, key) for section in SECTIONS for key in section.keys]


def _places(key: Key, secret: str) -> Iterator[Any]:
    """A secret where a text may stand: alone, in a list, in a table, in a list of a table, as a name in one."""
    yield secret
    yield [secret]
    if "table" in key.kind:
        yield {"x": secret}
        yield {"x": ["y", secret]}
        yield {"x": {"y": secret}}


@pytest.mark.parametrize("name", SECRETS)
def test_no_text_of_a_plan_may_hold_a_secret(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key of every table, as the tables themselves list them: one that is added is tried without being named."""
    monkeypatch.setenv("OTHER_API_KEY", f"{HIDDEN[:8]}-of-the-environment")
    for section, key in KEYS:
        # Tables that are read by tables of their own have their keys in this list as well.
        own = key.read.__name__ in ("inner", "several")
        for value in list(_places(key, SECRETS[name]))[: 2 if own else None]:
            with pytest.raises(UsageError) as refused:
                _only(section, key).read(Table({key.name: value}, "p.toml", ""))
            assert HIDDEN[:8] not in str(refused.value), (section.header, key.name, value)
            assert any(said in str(refused.value) for said in REFUSALS), (section.header, key.name, value)


def _only(section: PlanTable, key: Key) -> PlanTable:
    return PlanTable(section.header, section.says, (key,))


RAG = {"kind": "rag", "corpus": "docs", "generator": {"model": "m", "base_url": "http://h/v1"}}
SECRET = f"sk-{HIDDEN}"


@pytest.mark.parametrize(
    "changes",
    [
        {"description": f"with {SECRET}"}, {"out": f"s3://u:{HIDDEN}@b/runs"}, {"name": SECRET},
        {"target": {"kind": SECRET}}, {"target": {**RAG, "generator": {"model": SECRET}}},
        {"matrix": {"corpus": ["docs", SECRET]}}, {"matrix": {"generator.base_url": ["http://h/a", f"http://h/{SECRET}"]}},
        {"candidate": {"target": {"corpus": SECRET}}}, {"prices": {SECRET: {"input": 1.0}}},
        {"judges": {SECRET: {"model": "m"}}}, {"resources": {SECRET: 1}}, {"repeats": SECRET}, {"order": SECRET},
        {"evaluators": [{"call": SECRET}]}, {"evaluators": [{"call": "a:b", "metrics": [{"name": SECRET}]}]},
        {"judges": {"tone": {"model": "m", "panel": [SECRET]}}}, {"columns": {"question": SECRET}},
    ],
)  # fmt: skip
def test_a_whole_plan_with_a_secret_is_refused_wherever_it_stands(changes: Mapping[str, Any]) -> None:
    with pytest.raises(RagtuiError) as refused:
        plan_of({"name": "x", "dataset": "d.json", "target": RAG, **changes}, "p.toml", Path("/base"))
    assert HIDDEN not in str(refused.value)
    assert "key or password" in str(refused.value)


HONEST = (
    "Basic retrieval pipeline", "basic question-answering with gpt-4o-mini", "basic LangChain chain, v2",
    "bearer authentication is on", "the token limit is 512", "keys and values", "top_k=8, temperature=0.123456",
    "sk-wikipedia-questions-2024.jsonl", "hf-internal-testing/tiny-random-gpt2", "data/sk_SK_questions_of_the_web.json",
    "langfuse:support docs/v1", "s3://bucket/runs/2024-10-21", "abfss://container@account.dfs.core.windows.net/runs",
    "ssh://git@host/team/prompts", "runs/3fc6624b1e0d8c9a7f5e4d3c2b1a09f8e7d6c5b4",
    "../shared/9f1c2d3e-4b5a-6789-8abc-def012345678",
    "meta-llama/Llama-3.1-70B-Instruct", "ft:gpt-4o-mini-2024-07-18:acme::9AbCdEfG", "task-pk-something-of-the-day",
    "What is the password policy? Say: token={question}",
)  # fmt: skip
ADDRESSES = (
    "http://h/datasets/9f1c2d3e-4b5a-6789-8abc-def012345678/ask", "http://h/v1/3fc6624b1e0d8c9a7f5e4d3c2b1a09f8e7d6c5b4",
    "https://h/v1/projects/clx1a2b3c4d5e6f7g8h9/items", "https://h/token/refresh", "https://h/auth/{question}",
    "https://h/deployments/gpt-4o-mini/chat?api-version=2024-10-21", "https://h/key/${MY_KEY_OF_THE_SERVICE_2}/ask",
    "https://h/v1;v=2/ask", "https://h/apikey/${MY_KEY_OF_2024_AND_ON}/ask",
)  # fmt: skip


@pytest.mark.parametrize("said", [*HONEST, *ADDRESSES])
def test_hashes_ids_and_plain_words_are_no_secrets(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_KEY_FOLDER", str(Path("/")))
    monkeypatch.setenv("KEYCLOAK_ADDRESS", "http://h")
    assert not like_a_key(said) and not (said in ADDRESSES and secret_in_url(said))
    document = {"name": said, "dataset": said, "description": said, "out": said, "target": RAG}
    if said in ADDRESSES:
        document["target"] = {"kind": "http", "url": said, "output": "."}
        document["lexical"] = ["token_f1"]
    assert plan_of(document, "p.toml", Path("/base")).description == said
