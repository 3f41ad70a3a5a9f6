"""Judges and evaluators."""
