import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtui.errors import InputError
from ragtui.model import Dataset, Item
from ragtui.sources import read_dataset, write_dataset


def test_a_dataset_comes_back_as_it_was_written(tmp_path: Path) -> None:
    items = (Item("018", "How?", "So.", {"topic": "billing", "n": 3}), Item("b", "Ümlaut \N{SNOWMAN}?", ""))
    dataset = Dataset("support", items, "7", "for tests")
    write_dataset(tmp_path / "d.json", dataset)
    assert read_dataset(tmp_path / "d.json") == dataset


def test_the_version_is_the_content_when_none_is_given(tmp_path: Path) -> None:
    dataset = Dataset("support", (Item("a", "How?"),))
    write_dataset(tmp_path / "d.json", dataset)
    assert read_dataset(tmp_path / "d.json").version == dataset.content_hash()


def test_a_bare_list_and_unknown_fields_are_read(tmp_path: Path) -> None:
    path = tmp_path / "golden.json"
    path.write_text(json.dumps([{"id": 7, "question": "How?", "expected": "So.", "gold_passage": "p1"}]))
    dataset = read_dataset(path)
    assert (dataset.name, dataset.items) == ("golden", (Item("7", "How?", "So.", {"gold_passage": "p1"}),))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not valid JSON"),
        ("{}", "no items"),
        ("[]", "no items"),
        ('[{"id": "a"}]', "item 1 has no question"),
        ('[{"id": "a", "question": "?"}, 5]', "item 2 is 5, not an object"),
        ('[{"id": "a", "question": "?"}, {"id": "a", "question": "!"}]', "items 1 and 2 are both called a"),
    ],
)
def test_a_dataset_that_cannot_be_used_says_why(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "d.json"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        read_dataset(path)
    assert caught.value.message.startswith(f"{path}: {message}")
    assert caught.value.hint


def test_a_dataset_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_dataset(tmp_path / "none.json")


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "d.json"
    with pytest.raises(InputError, match="cannot be written"):
        write_dataset(path, Dataset("d", (Item("a", "?"),)))


@given(st.lists(st.text(max_size=20), min_size=1, max_size=3))
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("d") / "d.json"
    items = tuple(Item(str(n), f"?{said}", said, {"note": said}) for n, said in enumerate(texts))
    write_dataset(path, Dataset("d", items, "1"))
    assert read_dataset(path).items == items
