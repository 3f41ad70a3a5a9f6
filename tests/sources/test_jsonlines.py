import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ragtui.errors import InputError
from ragtui.files.jsonlines import read_object_at, read_objects
from ragtui.files.problems import ProblemLog


def read(path: Path, content: bytes, max_line: int = 10_000) -> tuple[list[dict[str, object]], list[str]]:
    path.write_bytes(content)
    problems = ProblemLog("f")
    records = [line.record for line in read_objects(path, problems, max_line)]
    return records, [str(problem) for problem in problems.found()]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lines") / "f.jsonl"


@given(st.binary(max_size=400))
def test_arbitrary_bytes_never_crash(file: Path, content: bytes) -> None:
    read(file, content, max_line=64)


NO_NEWLINE = st.binary(max_size=80).map(lambda raw: raw.replace(b"\n", b" "))


@example(parts=[("junk", b"\xfe\xff"), ("good", 0)])
@example(parts=[("junk", b"\xfe\xff\0"), ("good", 0)])
@given(
    st.lists(
        st.one_of(
            st.integers(-(2**63), 2**63 - 1).map(lambda n: ("good", n)), NO_NEWLINE.map(lambda raw: ("junk", raw))
        )
    )
)
def test_every_good_line_survives_the_bad_ones(file: Path, parts: list[tuple[str, object]]) -> None:
    content = b"".join(
        (json.dumps({"good": part[1]}).encode() if part[0] == "good" else bytes(part[1])) + b"\n"  # type: ignore[call-overload]
        for part in parts
    )
    records, _ = read(file, content)
    assert [r["good"] for r in records if "good" in r] == [part[1] for part in parts if part[0] == "good"]


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20)), max_size=5))
def test_every_line_is_found_again_by_its_offset(file: Path, records: list[dict[str, str]]) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + b"".join(json.dumps(record).encode() + b"\n" for record in records))
    for line in read_objects(file, ProblemLog("f")):
        assert read_object_at(file, line.offset) == line.record


def test_a_bad_line_is_named_and_the_same_trouble_is_counted(file: Path) -> None:
    records, problems = read(file, b'{"a": 1}\n{"b": \n[1]\n{"c": 3}\n')
    assert records == [{"a": 1}, {"c": 3}]
    assert problems == [
        "f:2: line skipped: not valid JSON (Expecting value at character 8) (and 1 more like it)."
        " fix or remove the line"
    ]


def test_a_cut_last_line_is_not_an_error(file: Path) -> None:
    records, problems = read(file, b'{"a": 1}\n{"b": 2')
    assert records == [{"a": 1}]
    assert problems == [
        "f:2: the last line is incomplete (the writer was stopped); it is left out. resume the run to repair the file"
    ]


def test_a_whole_last_line_without_newline_counts(file: Path) -> None:
    assert read(file, b'{"a": 1}\n{"b": 2}')[0] == [{"a": 1}, {"b": 2}]


def test_a_huge_line_is_skipped_by_name(file: Path) -> None:
    content = b'{"a": 1}\n{"x": "' + b"y" * 5_000_000 + b'"}\n{"c": 3}\n'
    records, problems = read(file, content, max_line=1_000)
    assert records == [{"a": 1}, {"c": 3}]
    assert problems[0].startswith("f:2: line skipped: 5 MB long, the limit is under 1 MB")


def test_a_line_of_exactly_the_limit_is_read(file: Path) -> None:
    line = b'{"a": "12345"}'
    assert read(file, line + b"\n" + line, max_line=len(line))[0] == [{"a": "12345"}] * 2


def test_text_that_is_not_utf8_is_mended(file: Path) -> None:
    records, problems = read(file, b'{"a": "caf\xe9"}\n')
    assert records == [{"a": "caf�"}]
    assert "f:1: text is not UTF-8" in problems[0]


def test_nan_infinity_and_lone_surrogates_are_read(file: Path) -> None:
    records, problems = read(file, b'{"a": NaN, "b": -Infinity}\n{"a": "x\\ud800y"}\n')
    assert str(records[0]["a"]) == "nan"
    assert str(records[0]["b"]) == "-inf"
    assert "�" in str(records[1]["a"])
    assert not problems


def test_deep_nesting_and_long_numbers_are_bad_lines(file: Path) -> None:
    records, problems = read(file, b"[" * 5_000 + b"\n" + b'{"a": ' + b"9" * 5_000 + b'}\n{"c": 3}\n', max_line=20_000)
    assert records == [{"c": 3}]
    assert len(problems) == 1


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        list(read_objects(tmp_path / "none", ProblemLog("f")))


def test_a_file_that_changed_is_not_misread(file: Path) -> None:
    file.write_bytes(b'{"a": 1}\n')
    with pytest.raises(InputError, match="changed while it was open"):
        read_object_at(file, 3)


@pytest.mark.parametrize(
    "line",
    [
        b'{"item": "a", "scores": {"x": 1, "x": 2}}',
        b'{"item": "a", "scores": {"x" : 1, "x"  :2}}',
        b'{"item": "a", "output": "\\u0022:", "scores": {"x": 1, "x": 2}}',
        b'{"item": "a", "output": "\\"\\u003a", "scores": {"x": 1, "x": 2}}',
        b'{"item": "a", "output": "\\"\\u0020:", "scores": {"x": 1, "x": 2}}',
    ],
)
def test_a_field_said_twice_is_never_settled_by_the_parser(file: Path, line: bytes) -> None:
    file.write_bytes(line + b"\n")
    problems = ProblemLog("f")
    assert not list(read_objects(file, problems)) and "stands twice" in problems.found()[0].message


@pytest.mark.parametrize("text", ['"', '":', '" :', "é", "\\", '{"a": 1, "a": 2}', "12345678901234567890"])
def test_texts_with_signs_of_fields_are_texts(file: Path, text: str) -> None:
    record = {"item": "a", "output": text, "scores": {"x": 1}}
    for ascii_only in (False, True):
        file.write_text(json.dumps(record, ensure_ascii=ascii_only) + "\n", encoding="utf-8")
        problems = ProblemLog("f")
        assert [line.record for line in read_objects(file, problems)] == [record] and not problems.found()
