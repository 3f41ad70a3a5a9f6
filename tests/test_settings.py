"""Where things are kept, and the configuration file: one place, read strictly, nothing ignored."""

import sys
from pathlib import Path

import platformdirs.windows
import pytest

from ragtui import places
from ragtui.errors import UsageError
from ragtui.files.atomic import write_bytes
from ragtui.langfuse.read.source import open_langfuse
from ragtui.model import DirectionFrom, Kind, Metric
from ragtui.settings import read_settings
from ragtui.workbench.decisions import StateFile

KEYS = {"LANGFUSE_PUBLIC_KEY": "pk", "LANGFUSE_SECRET_KEY": "sk"}
STAGING = '[langfuse.staging]\nbase_url = "http://staging:1"\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    return path


def test_every_folder_has_one_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable, place in (
        ("RAGTUI_CONFIG", places.config_file),
        ("RAGTUI_STATE_DIR", places.state_folder),
        ("RAGTUI_CACHE_DIR", places.cache_folder),
    ):
        monkeypatch.setenv(variable, str(tmp_path / variable))
        assert place() == tmp_path / variable
        monkeypatch.delenv(variable)
        assert "ragtui" in str(place())


def test_the_state_folder_is_one_where_platformdirs_would_add_an_author(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAGTUI_STATE_DIR")
    monkeypatch.setattr(platformdirs, "user_state_dir", lambda *a, **k: platformdirs.windows.Windows(*a, **k).appname)
    assert places.state_folder() == Path("ragtui")
    assert StateFile(["."]).path.parent == places.state_folder()


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    found = read_settings(
        written(
            tmp_path,
            'theme = "nord"\nascii = true\n[keys]\n"compare.next_flagged" = "n"\n'
            "[langfuse]\nname_rule = 'a'\n[langfuse.staging]\nbase_url = \"http://h:1\"\nrequests_per_minute = 90\n"
            '[metrics.toxicity]\ndirection = "lower"\nscale = [0, 1]\nunit = "pt"\nkind = "unit"\n',
        )
    )
    assert (found.theme, found.ascii_only, found.keys) == ("nord", True, {"compare.next_flagged": "n"})
    assert found.profile("staging").requests_per_minute == 90
    assert found.metric(Metric("toxicity")) == Metric(
        "toxicity", Kind.UNIT, False, (0.0, 1.0), "pt", direction_from=DirectionFrom.CONFIG
    )
    assert found.metric(Metric("other")) == Metric("other")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("thme = 'nord'", "config.toml:1: thme: unknown key\n  Nearest known key: theme"),
        ("theme = 3", "theme: is 3"),
        ("ascii = 'yes'", "true or false"),
        ("[keys]\na = 1", "config.toml:2: keys.a: is 1"),
        ("[metrics.f]\ndirecton = 'lower'", "Nearest known key: direction"),
        ("[metrics.f]\ndirection = 'lowr'", "Did you mean 'lower'"),
        ("[metrics.f]\nscale = [5, 1]", "[lowest, highest]"),
        ("[metrics.f]\nscale = [0, nan]", "[lowest, highest]"),
        ("[metrics.f]\nkind = 'ordnal'", "Did you mean 'ordinal'"),
        ("[langfuse.p]\nbase_ur = 'x'", "Nearest known key: base_url"),
        ("[langfuse.p]\nsecret_key = 'sk-lf-oops'", "secret_key_env"),
        ("[langfuse]\nname_rle = 'x'", "is not a table"),
        ("[langfuse]\nname_rule = '('", "no regular expression"),
        ("theme = [", "it is TOML"),
    ],
)
def test_what_nobody_knows_is_an_error_that_names_line_and_way_out(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_settings(written(tmp_path, text))
    assert said in str(caught.value)
    assert "sk-lf-oops" not in str(caught.value)


def test_a_named_file_that_is_not_there_is_an_error_and_the_usual_place_may_be_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAGTUI_CONFIG", str(tmp_path / "confg.toml"))
    with pytest.raises(UsageError, match=r"RAGTUI_CONFIG: .*confg\.toml: no such file"):
        read_settings()
    monkeypatch.delenv("RAGTUI_CONFIG")
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda *_, **__: str(tmp_path / "nowhere"))
    assert read_settings().metrics == {}


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path, "theme = 'nord'")
    assert read_settings(path).theme == "nord"
    written(tmp_path, "theme = 'gruvbox'")
    assert read_settings(path).theme == "gruvbox"


def test_the_variable_moves_langfuse_profiles_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RAGTUI_CONFIG", str(written(tmp_path, STAGING)))
    source = open_langfuse("langfuse:staging/docs", environ=KEYS)
    try:
        assert source.key == "langfuse:staging/docs"
    finally:
        source.close()


@pytest.mark.parametrize("place", ["langfuse:stagin/docs", "langfuse:prod/docs/run"])
def test_an_unknown_profile_asks_nobody(place: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Profiles are staging"):
        open_langfuse(place, environ=KEYS, config=written(tmp_path, STAGING))


def test_without_profiles_two_words_ask_no_default_server(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'qa' is no profile .*no server is named") as refused:
        open_langfuse("langfuse:qa/faq", environ=KEYS, config=tmp_path / "none.toml")
    assert "[langfuse.qa]" in refused.value.hint and "langfuse:/qa/faq" in refused.value.hint
    source = open_langfuse("langfuse:qa/faq", environ={**KEYS, "LANGFUSE_HOST": "http://h:1"}, config=tmp_path / "none")
    assert source.key.endswith("qa/faq"), "a server was named: a dataset, or one of its runs"
    source.close()


def test_a_slash_in_front_says_that_no_profile_is_meant(tmp_path: Path) -> None:
    source = open_langfuse("langfuse:/qa/faq", environ=KEYS, config=written(tmp_path, STAGING))
    try:
        assert source.key == "langfuse:qa/faq"
    finally:
        source.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a read-only folder is no obstacle there")
def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    import os

    old, live = tmp_path / ".a.json.1-ab.tmp", tmp_path / ".a.json.2-cd.tmp"
    old.write_text("half")
    live.write_text("half")
    os.utime(old, (0, 0))
    write_bytes(tmp_path / "a.json", b"{}")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.json.2-cd.tmp", "a.json"]
