"""The key that the stand-in is sent; it must never be found in a file."""

from __future__ import annotations

import pytest

KEY = "sk-standin-secret-0123456789"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("STANDIN_KEY", KEY)
    return KEY
