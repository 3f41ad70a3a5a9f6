"""The gate as GitHub Actions workflow commands, which annotate the check of a pull request."""

from __future__ import annotations

from ragtui.gate.record import FindingLine, GateRecord

TITLE, SUFFIXES = "GitHub annotations", ()

MOST = 9
"""GitHub shows ten annotations of a kind and step; the first is the verdict."""


def write(record: GateRecord) -> str:
    """One command a line: the verdict, then its reasons; then notes as lines of the log, which annotate nothing."""
    level = "notice" if record.passed else "error"
    lines = [_command(level, f"ragtui gate: {record.title}", record.headline, record.policy)]
    lines += [_of(finding, record.policy) for finding in record.findings[:MOST]]
    lines += [_data(f"note: {warning}") for warning in record.warnings]
    return "\n".join(lines) + "\n"


def _of(finding: FindingLine, policy: str) -> str:
    return _command("error", f"{finding.verdict}: {finding.subject}", finding.sentence, policy)


def _command(level: str, title: str, message: str, file: str) -> str:
    place = f"file={_property(file)}," if file else ""
    return f"::{level} {place}title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
