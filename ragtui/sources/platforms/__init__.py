"""Exports of evaluation platforms and trackers: one module a format."""
