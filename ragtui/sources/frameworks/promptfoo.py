"""promptfoo results: JSON (version 3 and later; before, with a `table`), the same as YAML, and JSON Lines.

A prompt for a provider is a run. promptfoo has no repeat number: `--repeat 3` writes each test three times, with a new
`testIdx`, so rows are regrouped by their test. Its `error` also holds the reason of a plain failure; an error is one
where `failureReason` says 2, or where nothing was graded.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragtui.errors import InputError
from ragtui.files.fields import mapping, number, text, timestamp, whole
from ragtui.model import COST, LATENCY, TOKENS, Problem, canonical_hash
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import id_of, keep_apart, repeats_if_even
from ragtui.sources.drafts.metrics import stated
from ragtui.sources.drafts.opened import read_document, read_rows, read_with
from ragtui.sources.drafts.values import listed, objects, positive, question_in, score, usage
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.generic.plain_yaml import load_yaml
from ragtui.sources.peek import Peek

_GRADER_FAILED = re.compile(
    r"^(API (call )?error|Could not extract JSON|No output\b|Error:? .*rate limit)", re.IGNORECASE
)
"""What promptfoo writes as the reason of a score of 0 when the grading model, not the answer, failed."""
_ERROR = 2

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Results with prompts, a table or promptfoo's rows; lines that are such rows."""
    if _is_row(peek.record):
        return True
    if peek.kind == "table":
        return _is_yaml(peek) or _is_markup(peek)
    results = mapping(peek.top.get("results"))
    table = mapping(results.get("table") or peek.top.get("table"))
    if {"head", "body"} <= set(table):
        return True
    rows = objects(results.get("results"))
    if rows:
        return _is_row(rows[0]) or ("vars" in rows[0] and "prompt" in rows[0])
    return "results" in results and bool({"timestamp", "stats", "prompts", "version"} & set(results))


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """One run a prompt and provider.

    Raises:
        InputError: it is a page for people, as HTML or XML.
    """
    if peek.record:
        yield from read_rows(peek, request, FORMAT, lambda rows, source: drafts({"results": {"results": rows}}, source))
    elif _is_yaml(peek):
        yield from read_with(peek.path, request, FORMAT, drafts, lambda path, _: load_yaml(path))
    elif peek.kind == "table":
        raise InputError(f"{peek.path}: is promptfoo's HTML or XML, which is not read", "write it with -o results.json")
    else:
        yield from read_document(peek, request, FORMAT, drafts)


def drafts(document: Any, source: Source) -> Iterator[Draft]:
    """One run a prompt and provider."""
    document = mapping(document)
    results = mapping(document.get("results")) or document
    config = mapping(document.get("config"))
    rows = objects(results.get("results")) or _rows_of_table(mapping(results.get("table") or document.get("table")))
    prompts = objects(results.get("prompts")) or objects(
        mapping(mapping(results.get("table")).get("head")).get("prompts")
    )
    repeat = whole(mapping(document.get("runtimeOptions")).get("repeat"))
    repeat = repeat or whole(mapping(config.get("evaluateOptions")).get("repeat"))
    if not repeat and "config" in document:
        repeat = 1
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        groups[_run_key(row)].append(row)
    names = _names_of_runs(groups)
    for place, (key, of_run) in enumerate(groups.items()):
        draft = _draft(of_run, prompts, config)
        draft.key = names[key] if len(groups) > 1 else ""
        draft.name = " · ".join(dict.fromkeys(part for part in (text(config.get("description")), names[key]) if part))
        draft.name = draft.name or source.path.stem
        draft.created = timestamp(results.get("timestamp")) or timestamp(results.get("createdAt"))
        if all(ids := [text(row.get("id")) for row in of_run]):
            draft.identity = canonical_hash([sorted(ids), place])
        _number(draft, repeat)
        yield draft


def _is_yaml(peek: Peek) -> bool:
    """A document as promptfoo writes it into any file that ends neither in .json nor in .html, .xml, .csv."""
    return peek.kind == "table" and peek.start.startswith(b"evalId:") and b"\nresults:" in peek.start[:4096]


def _is_markup(peek: Peek) -> bool:
    start = peek.start.lstrip().lower()
    return start.startswith(b"<") and b"promptfoo" in start


def _is_row(row: Row) -> bool:
    return {"promptIdx", "testIdx"} <= set(row) or ("gradingResult" in row and "testCase" in row)


def _run_key(row: Row) -> tuple[str, ...]:
    """What tells the runs of a result apart: the place of the prompt, or provider and prompt where none is given."""
    provider, prompt = _provider(row), mapping(row.get("prompt"))
    template = text(row.get("promptId")) or text(prompt.get("label")) or text(prompt.get("display"))
    return (text(row.get("promptIdx")), text(provider.get("id")), text(provider.get("label")), template)


def _provider(row: Row) -> Mapping[str, Any]:
    said = row.get("provider")
    return said if isinstance(said, dict) else {"id": text(said)}


def _names_of_runs(groups: Mapping[tuple[str, ...], Sequence[Row]]) -> dict[tuple[str, ...], str]:
    """The provider's label, with the prompt's where that is needed, with a number where even that is not enough."""
    found: dict[tuple[str, ...], str] = {}
    providers = [key[2] or key[1] for key in groups]
    for key, rows in groups.items():
        prompt = mapping(rows[0].get("prompt"))
        parts = [key[2] or key[1]]
        if providers.count(parts[0]) > 1:
            parts.append(_short(text(prompt.get("label")) or text(prompt.get("display"))))
        name = base = " ".join(part for part in parts if part) or "prompt"
        count = 1
        while name in found.values():
            count += 1
            name = f"{base} ({count})"
        found[key] = name
    return found


def _short(label: str) -> str:
    line = " ".join(label.split())
    return line if len(line) <= 40 else line[:39] + "…"


def _draft(rows: Sequence[Row], prompts: Sequence[Row], config: Row) -> Draft:
    rows = sorted(rows, key=lambda row: whole(row.get("testIdx")) or 0)
    place = whole(rows[0].get("promptIdx"))
    prompt = prompts[place] if place is not None and 0 <= place < len(prompts) else {}
    provider, said = _provider(rows[0]), mapping(rows[0].get("prompt"))
    pipeline = {
        "provider": provider.get("id"),
        "label": provider.get("label"),
        "provider_config": _provider_config(provider, config),
        "prompt": prompt.get("raw") or said.get("label") or said.get("display"),
        "prompt_config": said.get("config") or prompt.get("config"),
    }
    ids = _item_ids(rows)
    records = [_record(row, item) for row, item in zip(rows, ids, strict=True)]
    metrics = dict.fromkeys(name for record in records for name in record["scores"])
    return Draft(
        records=records,
        dataset=text(config.get("description")),
        dataset_version=f"{len(set(ids))} items, {canonical_hash(sorted(set(ids)), 6)}",
        pipeline={name: value for name, value in pipeline.items() if value not in (None, "", {}, [])},
        judges=_judges(rows),
        metrics=[stated(name) for name in metrics],
    )


def _provider_config(provider: Row, config: Row) -> Any:
    for known in objects(config.get("providers")):
        if known.get("id") == provider.get("id") and known.get("label") in (None, provider.get("label")):
            return known.get("config")
    return None


def _item_ids(rows: Sequence[Row]) -> list[str]:
    """The test's description where it is one test's alone; else made from its variables, and from its assertions
    where tests share their variables."""
    tests = [mapping(row.get("testCase")) for row in rows]
    asked = [row.get("vars") if row.get("vars") else test.get("vars") for row, test in zip(rows, tests, strict=True)]
    by_vars = [
        id_of(said) or id_of(mapping(row.get("prompt")).get("raw")) for said, row in zip(asked, rows, strict=True)
    ]
    described = [
        text(row.get("description")) or text(test.get("description")) for row, test in zip(rows, tests, strict=True)
    ]
    asserted = [canonical_hash(test.get("assert")) for test in tests]
    variants, owners = defaultdict(set), defaultdict(set)
    for key, what, checks in zip(by_vars, described, asserted, strict=True):
        variants[key].add((what, checks))
        owners[what].add((key, checks))
    return [
        what if what and len(owners[what]) == 1
        else key if len(variants[key]) == 1
        else f"{key}-{canonical_hash([what, checks], 4)}"
        for key, what, checks in zip(by_vars, described, asserted, strict=True)
    ]  # fmt: skip


def _record(row: Row, item: str) -> Record:
    response, test = mapping(row.get("response")), mapping(row.get("testCase"))
    asked = row.get("vars") if row.get("vars") else test.get("vars")
    cached = response.get("cached") is True
    milliseconds = number(row.get("latencyMs"))
    failed = _error(row)
    tokens = usage(row.get("tokenUsage")) or usage(response.get("tokenUsage"))
    return {
        "item": item,
        "question": question_in(asked) or text(mapping(row.get("prompt")).get("raw")),
        "expected": _expected(test, mapping(asked)),
        "output": response.get("output"),
        "scores": {} if failed else _scores(row),
        "error": failed,
        "latency_s": None if cached or milliseconds is None else milliseconds / 1000,
        "cost_usd": number(row.get("cost")) if not cached else None,
        "tokens": tokens,
        "metadata": {**mapping(test.get("metadata")), **_plain(asked)},
    }


def _plain(asked: Any) -> dict[str, Any]:
    return {name: value for name, value in mapping(asked).items() if not isinstance(value, (dict, list))}


def _expected(test: Row, asked: Row) -> Any:
    for name in ("expected", "reference", "ground_truth", "answer"):
        if name in asked:
            return asked[name]
    checks = [check for check in objects(test.get("assert")) if isinstance(check.get("value"), (str, int, float))]
    return "\n".join(f"{text(check.get('type'))}: {text(check.get('value'))}" for check in checks)


def _error(row: Row) -> str:
    reason = whole(row.get("failureReason"))
    if reason is not None:
        return (text(row.get("error")) or "error") if reason == _ERROR else ""
    said = text(row.get("error")) or text(mapping(row.get("response")).get("error"))
    return said if said and not mapping(row.get("gradingResult")) else ""


def _scores(row: Row) -> dict[str, Any]:
    """Score and success of the test, named scores, and assertions without a name of which there is one of a kind.

    An assertion on latency or cost passes or fails: it is not the latency or the cost.
    """
    grading = mapping(row.get("gradingResult"))
    reason = text(grading.get("reason"))
    parts = objects(grading.get("componentResults"))
    found: dict[str, Any] = {}
    if (total := row.get("score", grading.get("score"))) is not None:
        found["score"] = score(total, rationale=reason)
    if isinstance(passed := row.get("success", grading.get("pass")), bool):
        found["success"] = score(passed, label="pass" if passed else "fail", rationale=reason)
    named = mapping(row.get("namedScores")) or mapping(grading.get("namedScores"))
    by_name: dict[str, list[Row]] = defaultdict(list)
    for part in parts:
        check = mapping(part.get("assertion"))
        by_name[_metric_of(check)].append(part)
    for name, value in named.items():
        found[_unlike_measured(text(name))] = _of_parts(value, by_name.get(_unlike_measured(text(name)), []))
    for name, same in by_name.items():
        if name and name not in found and len(same) == 1:
            found[name] = _of_parts(same[0].get("score"), same)
    return found


def _metric_of(check: Row) -> str:
    """The metric that an assertion fills."""
    return _unlike_measured(text(check.get("metric")) or text(check.get("type")))


def _unlike_measured(name: str) -> str:
    return f"{name} assertion" if name in (LATENCY.name, COST.name, TOKENS.name) else name


def _of_parts(value: Any, parts: Sequence[Row]) -> dict[str, Any]:
    reason = "\n".join(text(part.get("reason")) for part in parts if part.get("reason"))
    broken = value == 0 and len(parts) == 1 and _GRADER_FAILED.match(reason)
    return score(None if broken else value, rationale=reason, error=reason if broken else "")


def _judges(rows: Sequence[Row]) -> dict[str, Any]:
    """Kind and grading model of each assertion, by the metric it fills."""
    found: dict[str, Any] = {}
    for row in rows:
        for check in objects(mapping(row.get("testCase")).get("assert")):
            grader = check.get("provider")
            said = {"type": check.get("type"), "provider": grader, "threshold": check.get("threshold")}
            name = _metric_of(check)
            found.setdefault(name, {key: value for key, value in said.items() if value is not None})
    found.pop("", None)
    return found


def _number(draft: Draft, repeat: int | None) -> None:
    """Repeats of each test, in the order of their test numbers."""
    if repeat is None:
        repeats_if_even(draft, "promptfoo's --repeat writes them so")
        return
    if repeat <= 1:
        keep_apart(draft)
        return
    counts: dict[str, int] = defaultdict(int)
    for record in draft.records:
        item = record["item"]
        copy, within = divmod(counts[item], repeat)
        counts[item] += 1
        record["repeat"] = str(within + 1)
        if copy:
            record["item"] = f"{item} ({copy + 1})"
    uneven = sum(count % repeat != 0 for count in counts.values())
    if uneven:
        draft.note(f"{uneven} of {len(counts)} tests have fewer rows than the {repeat} repeats asked for", "")
    if any(count > repeat for count in counts.values()):
        draft.note("some tests are identical: which repeat belongs to which of them cannot be told", "describe tests")


def _rows_of_table(table: Row) -> list[dict[str, Any]]:
    """Rows of the older `table`: one row a test, one output a prompt."""
    head = mapping(table.get("head"))
    names, prompts = [text(name) for name in listed(head.get("vars"))], objects(head.get("prompts"))
    rows = []
    for test_place, line in enumerate(objects(table.get("body"))):
        given = listed(line.get("vars"))
        test = mapping(line.get("test")) or {"vars": dict(zip(names, given, strict=False))}
        for place, output in enumerate(objects(line.get("outputs"))):
            prompt = prompts[place] if place < len(prompts) else {}
            rows.append(
                {
                    **output,
                    "promptIdx": place,
                    "testIdx": line.get("testIdx", test_place),
                    "provider": {"id": output.get("provider") or prompt.get("provider")},
                    "prompt": {"raw": output.get("prompt"), "label": prompt.get("label") or prompt.get("display")},
                    "vars": dict(zip(names, given, strict=False)) or test.get("vars"),
                    "testCase": test,
                    "response": mapping(output.get("response")) or {"output": output.get("text")},
                    "success": output.get("pass"),
                    "description": line.get("description"),
                    "cost": positive(output.get("cost")),
                }
            )
    return rows


FORMAT = Format(
    name="promptfoo",
    tool="promptfoo",
    files="results as .json (any version), .yaml and .jsonl",
    told_by="`results` with `prompts`, or with a `table` of `head` and `body`; lines with `promptIdx` and `testIdx`",
    item="test description; made from `vars` (and assertions where tests share them) without one",
    repeat="rows of one test in the order of `testIdx`, as many as --repeat says",
    configuration="one run a prompt and provider: provider, its config, the prompt; judges: the assertions",
    error="`failureReason` 2; a reason that says that the grading model failed is an error of its metric",
    directions="stated: promptfoo passes what scores high",
    endings=(".json", ".jsonl", ".yaml", ".yml"),
    sniff=sniff,
    read=read,
)
