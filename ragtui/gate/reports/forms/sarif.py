"""The gate as SARIF 2.1.0, for code scanning. Only reasons are results; a gate that passes has none."""

from __future__ import annotations

import json
from typing import Any

from ragtui.gate.record import FindingLine, GateRecord

TITLE, SUFFIXES = "SARIF", (".sarif",)

_RULES = {
    "regression": "A gated mean or a protected item is worse beyond noise and by at least the margin.",
    "cannot tell": "Too few repeats or items to decide what the policy asks.",
    "incomplete": "Results are missing: coverage, errors, unfinished runs or fragments.",
    "not comparable": "Dataset, judge or prompt differ between the two sides.",
    "error": "The gate could not decide: usage, unusable input or an internal error.",
}


def write(record: GateRecord) -> str:
    """One run with a rule a verdict and a result a reason, placed on the policy file."""
    rules = [
        {"id": _rule(verdict), "name": verdict.title().replace(" ", ""), "shortDescription": {"text": text}}
        for verdict, text in _RULES.items()
    ]
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "ragtui gate", "version": record.version, "rules": rules}},
        "results": [_result(finding, record) for finding in record.findings],
        "properties": {"verdict": record.verdict, "exit": record.exit, "question": record.question},
    }
    if record.warnings:
        notes = [{"level": "note", "message": {"text": warning}} for warning in record.warnings]
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": notes}]
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _result(finding: FindingLine, record: GateRecord) -> dict[str, Any]:
    place = record.policy or (record.candidate.runs[0] if record.candidate.runs else record.candidate.label)
    return {
        "ruleId": _rule(finding.verdict),
        "level": "error" if finding.verdict == "regression" else "warning",
        "message": {"text": finding.sentence},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(place)}, "region": {"startLine": 1}}}],
        "partialFingerprints": {"ragtui/subject": f"{finding.verdict}/{finding.subject}"},
    }


def _rule(verdict: str) -> str:
    return "ragtui/" + verdict.replace(" ", "-")


def _uri(place: str) -> str:
    from urllib.parse import quote

    return quote(place.replace("\\", "/"))
