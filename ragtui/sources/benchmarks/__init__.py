"""Benchmark harnesses: one module a format."""
