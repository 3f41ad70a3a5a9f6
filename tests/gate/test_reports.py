"""Every report from one record: golden files, the schema, and text of runs that must not act."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from xml.etree import ElementTree as Xml

import jsonschema
import numpy as np
import pytest
from gate_cases import side_from

from ragtui.errors import InputError, NotComparable, UsageError
from ragtui.gate.deciding.policy import ItemRule, Policy, SliceRule
from ragtui.gate.deciding.verdict import decide
from ragtui.gate.gathering import case_of, compare_by_policy, setting_of
from ragtui.gate.record import GateRecord, LookLine
from ragtui.gate.recording import refused_record, write_record
from ragtui.gate.reports.forms.html import write as as_html
from ragtui.gate.reports.forms.json import schema_text
from ragtui.gate.reports.forms.json import write as as_json
from ragtui.gate.reports.forms.junit import write as as_junit
from ragtui.gate.reports.forms.markdown import write as as_markdown
from ragtui.gate.reports.registry import form_of, gate_forms, render

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
SUFFIX = {"text": "txt", "markdown": "md", "junit": "xml"}
NASTY = "<script>alert(1)</script> | `x` [y](javascript:z) \x1b[31m\u202e ]]> @team %0A::error::z"


def regressed(policy: Policy | None = None, question: str = "") -> GateRecord:
    """Twelve items with little noise; two fall by two levels, one rises; a protected one among the fallen."""
    policy = policy or Policy(
        margin=0.1,
        items=ItemRule(never_regress=("q-02",)),
        slices=(SliceRule(by="topic", name="topic"),),
        source="gate.toml",
    )
    items = [f"q-{row:02d}" for row in range(1, 25)]
    base = np.full((24, 4), 4.0)
    base[np.arange(3, 24, 3), np.arange(7) % 4] = 3
    cand = base[:, ::-1].copy()
    cand[:3] = 2
    cand[20] = 5
    topics = {item: {"topic": "billing" if row < 10 else "login"} for row, item in enumerate(items)}
    a = side_from({"quality": base}, name="main-1", items=items, metadata=topics)
    b = side_from({"quality": cand}, name="pr-12", items=items, metadata=topics)
    result = compare_by_policy(policy, a, b)
    case = case_of(result, policy)
    setting = replace(setting_of(result, NOW), question=lambda item: question or f"What about {item}?")
    return write_record(case, policy, decide(case, policy), setting)


def passing() -> GateRecord:
    rng = np.random.default_rng(3)
    base = np.where(rng.random((24, 3)) < 0.1, 3.0, 4.0)
    cand = np.where(rng.random((24, 3)) < 0.1, 3.0, 4.0)
    policy = Policy(margin=0.3)
    result = compare_by_policy(
        policy, side_from({"quality": base}, name="main"), side_from({"quality": cand}, name="pr")
    )
    case = case_of(result, policy)
    return write_record(case, policy, decide(case, policy), setting_of(result, NOW))


@pytest.mark.parametrize("form", sorted(gate_forms()))
@pytest.mark.parametrize("story", ["regressed", "passing"])
def test_golden_reports(story: str, form: str) -> None:
    """RAGTUI_GOLDEN=write writes them anew; read the difference before committing it."""
    record = replace({"regressed": regressed, "passing": passing}[story](), version="0.0.0")
    path = GOLDEN / f"{story}.{SUFFIX.get(form, form)}"
    text = render(record, form)
    if os.environ.get("RAGTUI_GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("record", [regressed(), passing()], ids=["regressed", "passing"])
def test_json_keeps_its_schema(record: GateRecord) -> None:
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(as_json(record)))


def test_a_refused_gate_keeps_the_schema_too_and_every_form_says_so() -> None:
    for error, exit_code in ((InputError("base is gone", "Restore it."), 2), (NotComparable("no common items", ""), 5)):
        record = refused_record(error, Policy(), ("main", "pr"), NOW)
        assert record.exit == exit_code
        jsonschema.Draft202012Validator(json.loads(schema_text())).validate(json.loads(as_json(record)))
        for form in gate_forms():
            assert error.message in render(record, form)


def test_the_schema_names_every_field_and_no_other() -> None:
    document, schema = json.loads(as_json(regressed())), json.loads(schema_text())

    def same(value: object, part: dict[str, object]) -> None:
        if isinstance(value, dict):
            properties = part["properties"]
            assert isinstance(properties, dict)
            assert set(value) == set(properties) == set(part["required"])  # type: ignore[call-overload]
            for key, inner in value.items():
                same(inner, properties[key])
        elif isinstance(value, list):
            for inner in value:
                same(inner, part["items"])  # type: ignore[arg-type]

    same(document, schema)


def test_a_wrong_document_fails_the_schema() -> None:
    document = json.loads(as_json(regressed()))
    document["exit"] = 7
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json.loads(schema_text())).validate(document)


def test_junit_counts_failures_and_errors() -> None:
    root = Xml.fromstring(as_junit(regressed()))
    suite = root.find("testsuite")
    assert suite is not None
    assert int(suite.get("failures", "0")) == len(suite.findall("testcase/failure")) > 0
    assert int(suite.get("tests", "0")) == len(suite.findall("testcase"))
    passing_suite = Xml.fromstring(as_junit(passing())).find("testsuite")
    assert passing_suite is not None
    assert (passing_suite.get("failures"), passing_suite.get("errors")) == ("0", "0")


def test_markdown_is_short_before_its_folds_and_names_the_items() -> None:
    text = as_markdown(regressed())
    top = text.split("<details>")[0]
    assert len(top.splitlines()) <= 20
    assert "Regression" in top
    assert "q-01" in top
    assert "Did this suite change?" in top
    assert text.count("<details>") == text.count("</details>") >= 2


@pytest.mark.parametrize("form", sorted(gate_forms()))
def test_text_of_runs_cannot_act(form: str) -> None:
    text = render(regressed(question=NASTY), form)
    assert "\x1b" not in text
    assert "\u202e" not in text
    if form in ("html", "markdown"):
        assert "<script" not in text
    if form == "github":
        assert all(line.startswith("::") for line in text.splitlines())
    if form == "junit":
        Xml.fromstring(text)
    if form in ("json", "sarif"):
        json.loads(text)


def test_links_are_made_to_web_addresses_only() -> None:
    record = regressed()
    bad = replace(record, items=(replace(record.items[0], url="javascript:alert(1)"),))
    good = replace(record, items=(replace(record.items[0], url='https://x.test/"onload="y'),))
    assert "javascript:" not in as_html(bad)
    assert 'href="https://x.test/&quot;onload=&quot;y"' in as_html(good)


def test_the_page_asks_no_network_and_runs_no_script() -> None:
    page = as_html(regressed())
    assert "<script" not in page
    assert "default-src 'none'" in page
    for word in ("src=", "@import", "url("):
        assert word not in page.replace("default-src", "").replace("style-src", "").replace("img-src", "")


def test_looks_are_reported() -> None:
    record = replace(
        passing(), looks=(LookLine(1, 1, 0.025, "cannot tell"), LookLine(2, 2, 0.0083, "no regression shown"))
    )
    assert "look 2: 2 candidate repeats, alpha 0.0083" in render(record, "text")
    assert "Look 2" in as_markdown(record)
    assert "Looks" in as_html(record)


def test_a_report_file_says_its_form_by_its_suffix() -> None:
    assert form_of(PurePath("a/b.MD")) == "markdown"
    assert form_of(PurePath("junit.xml")) == "junit"
    with pytest.raises(UsageError, match=r"\.pdf"):
        form_of(PurePath("gate.pdf"))
