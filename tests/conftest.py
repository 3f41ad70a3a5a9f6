"""Every test has its own state, configuration and cache folders; none sees the developer's."""

import pytest


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("RAGTUI_STATE_DIR", str(home / "state"))
    monkeypatch.setenv("RAGTUI_CONFIG", str(home / "config.toml"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    for name in ("NO_COLOR", "TEXTUAL_THEME", "RAGTUI_ASCII", "EDITOR", "VISUAL"):
        monkeypatch.delenv(name, raising=False)
