"""A comparison as text, Markdown, JSON or CSV: one content, four forms."""

from ragtui.present.report.content import CellLine, Subject, cell_lines, headline
from ragtui.present.report.data import as_csv, as_json
from ragtui.present.report.markdown import as_markdown
from ragtui.present.report.text import as_text

__all__ = ["CellLine", "Subject", "as_csv", "as_json", "as_markdown", "as_text", "cell_lines", "headline"]
