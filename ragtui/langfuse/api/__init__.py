"""Talking to a Langfuse server of any generation."""
