"""Datasets seeded and runs published, and both read back."""
