"""A gate's record in the forms that people and CI systems read. Every form is a pure function of the record."""

from ragtui.gate.reports.annotations import as_annotations
from ragtui.gate.reports.console import as_text
from ragtui.gate.reports.forms import FORMS, form_of, render
from ragtui.gate.reports.html import as_html
from ragtui.gate.reports.json_form import as_json, schema_text
from ragtui.gate.reports.junit import as_junit
from ragtui.gate.reports.markdown import as_markdown
from ragtui.gate.reports.sarif import as_sarif

__all__ = [
    "FORMS", "as_annotations", "as_html", "as_json", "as_junit", "as_markdown", "as_sarif", "as_text", "form_of",
    "render", "schema_text",
]  # fmt: skip
