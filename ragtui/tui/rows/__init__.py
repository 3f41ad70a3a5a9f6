"""Rows and panes as text, without a widget."""
