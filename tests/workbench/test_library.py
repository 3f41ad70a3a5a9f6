"""The library of runs, while it is read and after."""

from pathlib import Path

from builders import steady, write_run

from ragtui.workbench import open_library


def test_who_asks_beside_a_reader_what_is_listed_reads_nothing(tmp_path: Path) -> None:
    write_run(tmp_path / "run", steady(5, 2, 1))
    library = open_library([str(tmp_path)])
    reading = library.scan()
    first = next(reading)
    assert not library.listed and not library.listed  # asking is no reason to read: the reader is not done
    assert list(reading) == []
    assert list(library.listed.values()) == [first]
