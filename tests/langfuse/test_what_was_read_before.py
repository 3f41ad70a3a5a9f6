"""The same words give the same numbers, whatever was read of a project before."""

from collections.abc import Callable
from pathlib import Path

from langfuse_standin import Fault, StandIn
from langfuse_standin.examples import items, results

from ragtui.langfuse.read.source import LangfuseSource
from ragtui.workbench import Library, find_evidence, load_side
from ragtui.workbench.history import histories

Opener = Callable[..., LangfuseSource]
DAY = 86_400.0


def filled(server: StandIn) -> None:
    """Three repeats of one pipeline as the SDK dates them, one of another model, and a candidate."""
    server.add_dataset("qa", items(4))
    start = server.clock() - 9 * DAY
    for number, (name, model) in enumerate((("exp", "x"), ("exp", "x"), ("exp", "x"), ("exp", "y"), ("new", "x"))):
        named = f"{name} - 2026-11-0{number + 1}T10:00:00Z"
        server.add_run("qa", named, results(4, model=model), start=start + number * DAY)


def taught(library: Library) -> list[tuple[str, int]]:
    a, b = (load_side(library, [f"{name}T10:00:00Z"]) for name in ("exp - 2026-11-01", "new - 2026-11-05"))
    evidence = find_evidence(library, a, b)
    return [] if evidence is None else [(each.label, each.repeats) for each in evidence.taught]


def test_repeats_teach_noise_whether_or_not_anybody_read_them(tmp_path: Path, open_source_on: Opener) -> None:
    """One of two further repeats had been read: alone it told no noise, both together did."""
    with StandIn("v4-old") as server:
        filled(server)
        found = []
        for read in ((), (1,), (1, 2), (0, 1, 2, 3, 4)):
            cache = tmp_path / f"cache{len(read)}"
            source = open_source_on(server, "qa", cache_folder=cache)
            headers = sorted(source.headers(), key=lambda header: str(getattr(header, "name", "")))
            for number in read:
                source.load(getattr(headers[number], "id"))  # noqa: B009
            found.append(taught(Library((open_source_on(server, "qa", cache_folder=cache),))))
        assert found == [[("exp", 2)]] * 4


def test_a_repeat_that_cannot_be_read_is_left_out_and_named(open_source_on: Opener) -> None:
    with StandIn("v4-old") as server:
        filled(server)
        library = Library((open_source_on(server, "qa", retries=0),))
        broken = next(header for header in library.headers.values() if header.name.startswith("exp - 2026-11-03"))
        server.fail(Fault("GET", "/experiment-items", status=403, times=-1, contains=broken.id))
        assert taught(library) == [], "one further repeat alone tells no noise"
        assert any(problem.where == broken.location for problem in library.known_problems)


def test_a_history_of_one_configuration_knows_how_its_runs_were_made(open_source_on: Opener) -> None:
    with StandIn("v4-old") as server:
        filled(server)
        source = open_source_on(server, "qa")
        first = sorted(library_sizes(Library((source,))))
        for header in list(source.headers()):
            source.load(getattr(header, "id"))  # noqa: B009
        assert first == sorted(library_sizes(Library((source,)))) == [1, 1, 3]


def library_sizes(library: Library) -> list[int]:
    found = histories(library, library.headers.values(), one_configuration=True)
    return [max(len(series.points) for series in each.series) for each in found]
