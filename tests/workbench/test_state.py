"""Decisions survive a restart, a broken file and a full disk."""

from pathlib import Path

import pytest

from ragtui.errors import RagtuiError
from ragtui.workbench import PlaceState, StateFile


def test_round_trip(tmp_path: Path) -> None:
    file = StateFile(["runs"], tmp_path)
    state = (
        PlaceState()
        .with_baseline("faq", ["s|a", "s|b"])
        .with_mark(["s|c"], "mine")
        .with_note("faq/018", "ask Ann")
        .with_view(theme="nord")
    )
    file.write(state)
    assert StateFile(["runs"], tmp_path).read() == state
    assert StateFile(["elsewhere"], tmp_path).read() == PlaceState()


def test_decisions_are_taken_back_by_the_former_state() -> None:
    state = PlaceState().with_note("faq/018", "x").with_mark(["a"], "")
    assert state.marks == {"a": ""}
    assert state.with_mark(["a"], None).marks == {}
    assert state.with_note("faq/018", "").notes == {}
    assert state.with_baseline("faq", ["a"]).with_baseline("faq", []).baselines == {}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"state": 3}', b'{"state": {"baselines": 7}}', b"\xff\xfe"])
def test_a_broken_file_is_set_aside_and_named(tmp_path: Path, content: bytes) -> None:
    file = StateFile(["runs"], tmp_path)
    file.path.write_bytes(content)
    assert file.read() == PlaceState()
    assert file.path.name in file.problem
    assert file.path.with_suffix(".broken").read_bytes() == content


def test_unknown_fields_of_a_newer_version_do_no_harm(tmp_path: Path) -> None:
    file = StateFile(["runs"], tmp_path)
    file.path.write_bytes(b'{"ragtui_state": 9, "state": {"notes": {"a/b": "c"}, "new": 1}}')
    assert file.read().notes == {"a/b": "c"}


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(RagtuiError, match="cannot be written"):
        StateFile(["runs"], blocked / "inside").write(PlaceState())


@pytest.mark.parametrize(
    "body",
    [
        b"[]", b"{}", b"null", b"5", b'{"state": []}', b'{"state": {"view": null}}', b'{"state": {"view": []}}',
        b'{"state": {"marks": [1]}}', b'{"state": {"columns": {"x": "y"}}}', b'{"state": {"overrules": [1]}}',
        b'{"state": {"notes": {"a": 1}}}', b'{"state": {"baselines": {"a": 3}}}', b"\xff\xfe", b"",
    ],
)  # fmt: skip
def test_a_state_of_any_other_shape_is_set_aside_with_one_message(body: bytes, tmp_path: Path) -> None:
    file = StateFile(["."], tmp_path)
    file.path.write_bytes(body)
    assert file.read() == PlaceState()
    if body != b'{"state": {}}':
        assert "set aside" in file.problem
        assert file.path.with_suffix(".broken").read_bytes() == body
    file.write(PlaceState(notes={"a": "b"}))
    assert StateFile(["."], tmp_path).read().notes == {"a": "b"}


def test_two_apps_on_one_folder_lose_nothing(tmp_path: Path) -> None:
    one, other = StateFile(["."], tmp_path), StateFile(["."], tmp_path)
    one.write(PlaceState(notes={"faq/1": "old"}))
    mine, theirs = one.read(), other.read()
    theirs = other.write(theirs.with_note("faq/2", "theirs").with_baseline("faq", ["b"]))
    mine = one.write(mine.with_note("faq/3", "mine").with_note("faq/1", ""))
    assert mine.notes == {"faq/2": "theirs", "faq/3": "mine"}
    assert mine.baselines == {"faq": ("b",)}
    assert StateFile(["."], tmp_path).read() == mine


def test_a_path_that_is_no_utf8_has_a_state(tmp_path: Path) -> None:
    file = StateFile([str(tmp_path / "run\udcff")], tmp_path)
    file.write(PlaceState(notes={"a": "b"}))
    assert StateFile([str(tmp_path / "run\udcff")], tmp_path).read().notes == {"a": "b"}
