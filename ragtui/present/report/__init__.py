"""A comparison as a report: one content, and one module a form (see `ragtui.present.report.registry`)."""

from ragtui.present.report.content import CellLine, Subject, cell_lines, headline
from ragtui.present.report.forms.compare.csv import write as as_csv
from ragtui.present.report.forms.compare.json import write as as_json
from ragtui.present.report.forms.compare.markdown import write as as_markdown
from ragtui.present.report.forms.compare.text import write as as_text

__all__ = ["CellLine", "Subject", "as_csv", "as_json", "as_markdown", "as_text", "cell_lines", "headline"]
