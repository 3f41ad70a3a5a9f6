"""Words that name a place behind a network, apart from those that name a file or a folder."""

from __future__ import annotations

from ragtui.places import user_path

LANGFUSE = "langfuse:"
"""A Langfuse project, dataset or run: `langfuse:PROFILE/DATASET/RUN`, every part optional."""

OBJECT_STORES = ("s3://", "gs://", "gcs://", "az://", "abfs://", "abfss://", "http://", "https://", "memory://")
"""What fsspec opens for us. `memory://` is fsspec's own store inside the process."""


def is_langfuse(word: str) -> bool:
    """Whether a word names something on a Langfuse server."""
    return word.startswith(LANGFUSE)


def is_object_store(word: str) -> bool:
    """Whether a word names a bucket, a folder in one, or a web address."""
    return word.lower().startswith(OBJECT_STORES)


def is_address(word: str) -> bool:
    """Whether a word names a place behind a network; such a word is never looked for on the disk."""
    return is_langfuse(word) or is_object_store(word)


def is_there(word: str) -> bool:
    """Whether a word names a place behind a network, which is not asked here, or a file or folder that exists."""
    return is_address(word) or user_path(word).exists()
