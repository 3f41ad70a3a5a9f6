"""Why a gate does not say "no regression": each reason as a value. `ragtui.present.sentences.gate` words them."""

from __future__ import annotations

from dataclasses import dataclass

from ragtui.exits import Exit
from ragtui.model import Note, RunStatus
from ragtui.stats.comparison import Coverage
from ragtui.stats.doubts.freshness import Freshness
from ragtui.stats.enough.needs import Needs
from ragtui.stats.explain import CellFacts
from ragtui.stats.means.claim import Claim
from ragtui.stats.refusal import Refusal


@dataclass(frozen=True, slots=True)
class NotOneRuler:
    """The sides are not two measurements of the same thing; `notes` say the same of one metric each."""

    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class MetricRefused:
    """A metric contradicts itself between or within the sides."""

    metric: str
    why: Refusal


@dataclass(frozen=True, slots=True)
class NoDirection:
    """Nobody said whether more of a metric is better, or which of its labels are good.

    `policy` is where it can be said, "" without a policy file; `labels` are those of a category.
    """

    metric: str
    policy: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NothingClaimed:
    """A gated metric of which nothing could be tested."""

    metric: str


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A run of a side has not ended, or ran chosen items only: then it has no status here."""

    side: str
    run: str
    status: RunStatus | None


@dataclass(frozen=True, slots=True)
class Copied:
    """A side's repeats are certainly copies of each other."""

    side: str
    fresh: Freshness
    repeats: int


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A side's repeats may prove nothing."""

    side: str
    fresh: Freshness
    repeats: int


@dataclass(frozen=True, slots=True)
class RestsOnLookalikes:
    """What would be decided rests on items that look cached having been run again.

    Attributes:
        items: how many look it.
        decided, if_cached: the exit with them, and with them counted once.
    """

    items: int
    decided: Exit
    if_cached: Exit


@dataclass(frozen=True, slots=True)
class CopyOfBaseline:
    """A side holds a copy of a run of the baseline: being the same is no finding."""

    side: str


@dataclass(frozen=True, slots=True)
class OnlyFragments:
    """A side has no repeat that covers at least half of the common items, but parts of some."""

    side: str
    fragments: int


@dataclass(frozen=True, slots=True)
class CandidateFragments:
    """Some repeats of the candidate cover less than half of the common items."""

    fragments: int


@dataclass(frozen=True, slots=True)
class LowCoverage:
    """Too few results of a side are scored; `wanted` is the share that is asked, 0..1."""

    metric: str
    side: str
    coverage: Coverage
    wanted: float


@dataclass(frozen=True, slots=True)
class NothingPaired:
    """No item has a score of the metric on both sides."""

    metric: str


@dataclass(frozen=True, slots=True)
class Unpaired:
    """Items of the baseline lack a score in the candidate: `missing` of `have`; `wanted` is the share asked, 0..1."""

    metric: str
    have: int
    missing: tuple[str, ...]
    wanted: float


@dataclass(frozen=True, slots=True)
class TooManyErrors:
    """More of a side's results failed than the policy allows; both are shares, 0..1."""

    side: str
    rate: float
    most: float


@dataclass(frozen=True, slots=True)
class TooFewRepeats:
    """A side has fewer repeats than the policy asks; `missing` leaves out those that are copies."""

    side: str
    repeats: int
    wanted: int
    missing: int


@dataclass(frozen=True, slots=True)
class MeanRegressed:
    """A mean is worse beyond noise.

    Attributes:
        claim: the mean.
        carriers: ids of the items behind the loss, those proven worse first.
        proven: whether any of them is proven worse alone.
    """

    claim: Claim
    carriers: tuple[str, ...] = ()
    proven: bool = False


@dataclass(frozen=True, slots=True)
class MeanOpen:
    """What is asked of a mean is neither shown nor ruled out; `needs` is what would tell, None when nothing would."""

    claim: Claim
    needs: Needs | None


@dataclass(frozen=True, slots=True)
class ProtectedUnscored:
    """An item that may never regress has no score in the candidate."""

    item: str
    metric: str


@dataclass(frozen=True, slots=True)
class ProtectedWorse:
    """An item that may never regress is worse, or looks worse."""

    item: str
    facts: CellFacts


@dataclass(frozen=True, slots=True)
class TooManyWorse:
    """More items are proven worse than the policy allows."""

    metric: str
    found: int
    most: int


RunsReason = (
    NotOneRuler
    | Unfinished
    | Copied
    | Doubtful
    | RestsOnLookalikes
    | CopyOfBaseline
    | OnlyFragments
    | CandidateFragments
    | TooManyErrors
    | TooFewRepeats
)
"""What is wrong with runs and repeats, whatever they measure."""

MetricReason = MetricRefused | NoDirection | NothingClaimed | LowCoverage | NothingPaired | Unpaired
"""Why a metric cannot be judged, or not enough of it."""

ChangeReason = MeanRegressed | MeanOpen | ProtectedUnscored | ProtectedWorse | TooManyWorse
"""What was found in the scores themselves."""

Reason = RunsReason | MetricReason | ChangeReason
