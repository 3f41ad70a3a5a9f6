"""The gate as JUnit XML, for CI systems that show test results."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from ragtui.gate.record import FindingLine, GateRecord

TITLE, SUFFIXES = "JUnit XML", (".xml",)

_SUITE = "ragtui gate"


def write(record: GateRecord) -> str:
    """One test case a gated mean, one more for every other reason; a regression is a failure, the rest are errors."""
    reasons: dict[str, list[FindingLine]] = {line.name: [] for line in record.means}
    for finding in record.findings:
        reasons.setdefault(finding.subject, []).append(finding)
    sentences = {line.name: line.sentence for line in record.means}
    failures = sum(any(found.verdict == "regression" for found in found_all) for found_all in reasons.values())
    errors = sum(bool(found_all) for found_all in reasons.values()) - failures
    counts = {"tests": str(len(reasons)), "failures": str(failures), "errors": str(errors)}
    root = Xml.Element("testsuites", {"name": _SUITE, **counts})
    suite = Xml.SubElement(root, "testsuite", {"name": _SUITE, "timestamp": record.created, "skipped": "0", **counts})
    properties = Xml.SubElement(suite, "properties")
    for name, value in (
        ("verdict", record.verdict), ("exit", str(record.exit)), ("question", record.question),
        ("baseline", record.baseline.label), ("candidate", record.candidate.label), ("version", record.version),
    ):  # fmt: skip
        Xml.SubElement(properties, "property", {"name": name, "value": value})
    for name, found_all in reasons.items():
        _case(suite, name, found_all, sentences.get(name, ""))
    said = [record.headline, *(f"note: {warning}" for warning in record.warnings)]
    Xml.SubElement(suite, "system-out").text = "\n".join(said)
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _case(suite: Xml.Element, name: str, found_all: list[FindingLine], sentence: str) -> None:
    case = Xml.SubElement(suite, "testcase", {"classname": "ragtui.gate", "name": name, "time": "0"})
    if found_all:
        regressed = [found for found in found_all if found.verdict == "regression"]
        first = (regressed or found_all)[0]
        tag = "failure" if regressed else "error"
        problem = Xml.SubElement(case, tag, {"type": first.verdict, "message": first.sentence})
        problem.text = "\n".join(found.sentence for found in found_all)
    if sentence:
        Xml.SubElement(case, "system-out").text = sentence
