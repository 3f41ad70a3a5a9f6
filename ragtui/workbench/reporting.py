"""From two sides to a report's subject."""

from __future__ import annotations

from collections.abc import Mapping

from ragtui.errors import RagtuiError
from ragtui.present.clean import one_line
from ragtui.present.diff import setting_diff
from ragtui.present.origin import origin_field
from ragtui.present.report import Subject
from ragtui.present.sentences.evidence import say_taught
from ragtui.present.sentences.people import say_people
from ragtui.present.sentences.settings import SettingChange, text_change, version_of
from ragtui.stats.why.causes import Causes
from ragtui.workbench.comparing import SideComparison
from ragtui.workbench.library import Library
from ragtui.workbench.people import people_said
from ragtui.workbench.sides import Side


def subject_of(
    result: SideComparison,
    item_notes: Mapping[str, str] | None = None,
    causes: Causes | None = None,
    library: Library | None = None,
) -> Subject:
    """Words and numbers of a comparison, ready to be written in any form.

    Args:
        result: what was compared.
        item_notes: what a person wrote on items, by "dataset/item" (see `ragtui.workbench.State`).
        causes: why the flagged items changed (see `ragtui.workbench.why.causes.find_causes`).
        library: where texts of managed prompts that changed are read; None leaves it at their versions.
    """
    configuration = result.a.configuration
    version = f"@{configuration.dataset_version}" if configuration.dataset_version else ""

    def question(item: str) -> str:
        return result.a.item(item).question or result.b.item(item).question

    return Subject(
        comparison=result.comparison,
        label_a=result.a.label,
        label_b=result.b.label,
        dataset=f"{configuration.dataset}{version}",
        question=question,
        evidence=say_taught(result.evidence),
        notes=result.notes,
        blockers=result.blockers,
        origin=origin_field(result.origins),
        causes=causes,
        item_notes=_with_people(result, notes_on(result, item_notes or {})),
        fresh=None if result.fresh is None else result.fresh.comparison,
        runs_a=tuple(header.name for header in result.a.headers),
        runs_b=tuple(header.name for header in result.b.headers),
        changes=changed_settings(result, library),
    )


def changed_settings(result: SideComparison, library: Library | None = None) -> tuple[SettingChange, ...]:
    """Settings that differ between the sides; of managed prompts what changed in their text, where it can be read."""
    hosted = "" if library is None else next((uid for uid in _hosted(result) if library.has_traces(uid)), "")
    changes = []
    for name, before, after in setting_diff(result.a.configuration.flat(), result.b.configuration.flat()):
        if name in ("dataset", "dataset_version"):
            continue  # of which the report speaks elsewhere
        diff = ""
        if library is not None and hosted and before and after and version_of(before) and version_of(after):
            try:
                diff = text_change(library.prompt(hosted, before), library.prompt(hosted, after))
            except RagtuiError as error:
                diff = f"the texts cannot be read ({error.message})"
        changes.append(SettingChange(name, before, after, diff))
    return tuple(changes)


def _hosted(result: SideComparison) -> list[str]:
    return [header.uid for header in (*result.b.headers, *result.a.headers)]


def _with_people(result: SideComparison, notes: Mapping[str, str]) -> dict[str, str]:
    """Notes on items with what people said of the candidate's answers."""
    found = dict(notes)
    for item, metric, words in people_words(result.b):
        said = f"{one_line(metric)}: {words}"
        found[item] = f"{found[item]}; {said}" if found.get(item) else said
    return {item: text for item, text in found.items() if item in result.comparison.row_of}


def people_words(side: Side) -> list[tuple[str, str, str]]:
    """What people said of a side's answers: item, metric, words."""
    return [
        (one.item, one.metric, say_people(one.score, one.labels, one.other, one.other_labels, one.ratings))
        for one in people_said(side)
    ]


def notes_on(result: SideComparison, item_notes: Mapping[str, str]) -> dict[str, str]:
    """What a person wrote on the items of this comparison, by item.

    Args:
        result: what was compared.
        item_notes: by "dataset/item".
    """
    prefix = f"{result.a.configuration.dataset}/"
    found = {key.removeprefix(prefix): text for key, text in item_notes.items() if key.startswith(prefix)}
    return {item: text for item, text in found.items() if text and item in result.comparison.row_of}
