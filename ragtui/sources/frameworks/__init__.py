"""Evaluation libraries that write result files: one module a format."""
