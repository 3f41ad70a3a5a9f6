"""From two sides to a report's subject."""

from __future__ import annotations

from ragtui.present.origin import origin_field
from ragtui.present.report import Subject
from ragtui.workbench.comparing import SideComparison


def subject_of(result: SideComparison) -> Subject:
    """Words and numbers of a comparison, ready to be written in any form."""
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
        evidence=result.evidence,
        warnings=result.warnings,
        blockers=result.blockers,
        origin=origin_field(result.origins),
        fresh=None if result.fresh is None else result.fresh.comparison,
    )
