"""The server generations and what each can do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServerKind:
    """One deployment: its version and, from 4 on, its write mode."""

    name: str
    version: str
    mode: str = ""
    """"" before v4, else "events_only", "dual" or "legacy"."""

    @property
    def number(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.version.split("."))

    def at_least(self, *number: int) -> bool:
        return self.number >= number

    @property
    def has_experiments(self) -> bool:
        return self.mode in ("events_only", "dual")

    @property
    def has_legacy_reads(self) -> bool:
        return self.mode != "events_only"

    @property
    def has_run_item_list(self) -> bool:
        return self.has_legacy_reads and self.at_least(3, 57, 1)

    @property
    def has_v3_scores(self) -> bool:
        return self.at_least(3, 179, 0)

    @property
    def has_v2_scores(self) -> bool:
        return self.has_legacy_reads and self.at_least(3, 0, 0)

    @property
    def v2_scores_by_trace(self) -> bool:
        return self.at_least(3, 133, 0)

    @property
    def has_otel(self) -> bool:
        return self.at_least(3, 22, 0)

    @property
    def takes_score_lists(self) -> bool:
        return self.at_least(4, 59, 0)

    @property
    def foreign_item_status(self) -> int:
        return 409 if self.at_least(3, 207, 0) else 404

    @property
    def media_references(self) -> bool:
        return self.at_least(3, 195, 0)

    @property
    def keeps_versions(self) -> bool:
        """Every write of an item makes a row of its own, with a creation date of its own."""
        return self.at_least(3, 139, 0)

    @property
    def gives_versions(self) -> bool:
        return self.at_least(3, 151, 0)

    @property
    def hides_archived(self) -> bool:
        return self.at_least(3, 164, 0)


KINDS = {
    kind.name: kind
    for kind in (
        ServerKind("v4", "4.62.0", "events_only"),
        ServerKind("v4-old", "4.16.0", "events_only"),
        ServerKind("v4-dual", "4.16.0", "dual"),
        ServerKind("v4-legacy", "4.16.0", "legacy"),
        ServerKind("v3", "3.150.0"),
        ServerKind("v3-late", "3.224.3"),
        ServerKind("v3-early", "3.120.0"),
        ServerKind("v2", "2.95.0"),
    )
}
