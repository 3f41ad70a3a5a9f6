"""What a run will do, as values: nothing here reads a file or spends anything.

A plan has one or two sides. Two sides (a baseline and a candidate) are run in turn, so that drift of a shared model
endpoint hits both alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from ragtui.model import Kind, Metric

SIMULATED = "simulated"
"""Model name and run origin of everything the in-process endpoint says."""


BASELINE = "baseline"
"""What a pairwise judge may hold answers against: those of the launch's first side."""


class Retriever(StrEnum):
    """How the built-in pipeline finds passages."""

    LEXICAL = "lexical"
    EMBEDDINGS = "embeddings"
    HYBRID = "hybrid"
    """Both rankings, fused by reciprocal rank (Cormack, Clarke and Büttcher, 2009)."""


class Structured(StrEnum):
    """How a judge is made to answer in JSON; endpoints differ in what they accept."""

    AUTO = "auto"
    """The strictest that the endpoint takes: a refusal of one makes the next be tried."""
    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    NONE = "none"


class Order(StrEnum):
    """In which order item-repeats are started."""

    REPEATS = "repeats"
    """One whole pass after the other."""
    ITEMS = "items"
    """All repeats of an item together: kinder to the prompt cache of a slow local model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """One model behind an OpenAI-compatible endpoint, and how it is asked.

    Attributes:
        base_url: empty for the `openai` package's default.
        api_key_env: name of the environment variable that holds the key; the key itself is never in a plan.
        extra: further fields of the request body.
        headers: sent with every request; values may hold ${NAME}, replaced from the environment.
        query: added to every address, such as Azure's `api-version`.
    """

    model: str
    base_url: str = ""
    api_key_env: str = ""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    batch: bool = False
    """Whether it is asked through the provider's batch queue: within a day, at half price."""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RagTarget:
    """The built-in pipeline: chunk, retrieve, generate."""

    corpus: Path
    generator: ModelUse
    chunk_words: int = 120
    chunk_overlap: int = 20
    top_k: int = 4
    context_words: int | None = None
    retriever: Retriever = Retriever.LEXICAL
    embeddings: ModelUse | None = None
    prompt: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonTarget:
    """A callable `module:function`; it runs in processes apart from the runner's.

    Attributes:
        threads: calls at once in one warm process; None: as many as are under way; 1: a process for each call.
        processes: how many processes, with one call each.
        memory_mb: a process is ended above that; None: half of the machine's memory.
        input: template of what its first parameter is given; None: what its name asks for.
    """

    call: str
    input: Any = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    threads: int | None = None
    processes: int | None = None
    memory_mb: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTarget:
    """A program that is given an item and writes an answer, or JSON with one, to stdout.

    Attributes:
        command: its words, with templates in them.
        stdin: template of what it reads; None: the item as JSON.
    """

    command: tuple[str, ...]
    stdin: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTarget:
    """An address that is sent an item and answers in JSON.

    Attributes:
        url: may hold {question} and the like, and ${NAME} from the environment.
        headers: values may hold ${NAME}, replaced from the environment when a request is made.
        body: a template with {question}, {id}, {metadata.NAME} …; None: the whole item as JSON.
        output, contexts, usage: dotted paths into the reply; empty: found by their usual names.
        poll: the address of a job that answers later, with {name} for what the first reply has there.
    """

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    output: str = ""
    contexts: str = ""
    usage: str = ""
    poll: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


Target = RagTarget | PythonTarget | CommandTarget | HttpTarget


@dataclass(frozen=True, slots=True)
class SideSpec:
    """One configuration under test and the name of its run."""

    name: str
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSpec:
    """One LLM judge: a metric, a prompt (None: the packaged one) and a model.

    Attributes:
        panel: several models instead of `use`, each asked the same.
        against: for a pairwise judge, what an answer is held against: BASELINE for the launch's first side, or the run
            folder of stored answers; empty for a judge of one answer.
    """

    metric: Metric
    use: ModelUse
    prompt: Path | None = None
    structured: Structured = Structured.AUTO
    panel: tuple[ModelUse, ...] = ()
    against: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatorSpec:
    """The user's own scoring function; `metrics` are declared where the file does so, else guessed from names.

    Attributes:
        threads, processes, memory_mb: as for `PythonTarget`.
    """

    call: str
    metrics: tuple[Metric, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    threads: int | None = None
    processes: int | None = None
    memory_mb: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A run stops by itself when one of these is reached; what was finished is kept."""

    cost_usd: float | None = None
    calls: int | None = None
    tokens: int | None = None
    minutes: float | None = None
    error_rate: float | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens.

    Attributes:
        source: the list it is taken from; empty when the user wrote it down.
    """

    input: float
    output: float = 0.0
    source: str = ""

    def of(self, input_tokens: int, output_tokens: int) -> float:
        """Dollars for a number of tokens."""
        return (self.input * input_tokens + self.output * output_tokens) / 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """Knobs of the in-process endpoint.

    Attributes:
        latency_s: median seconds of an answer.
        nonsense: share of judge replies that are no verdict.
    """

    seed: int | None = None
    latency_s: float = 0.05
    nonsense: float = 0.003


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a run needs to know.

    Attributes:
        source: the file it came from, for messages.
        base: folder that relative paths in it start from.
        document: the file's content as it was, kept with the run so that it can be resumed.
        selection: item ids the run is limited to; None for all.
        seed: sent to endpoints, different for every item and repeat; None sends none.
        timeout_s: for one call to a model, a command, an address or a function.
        patience_s: how long one call may wait out "too many requests" before it counts as an error.
        outage_s: how long a server that cannot be reached is waited for before the run stops.
        python: interpreter that the user's functions run under; empty for ragtui's own.
        columns: what the dataset's columns mean, where their names are unusual.
        cache: folder of replies kept from run to run; None keeps none.
        resources: what a worker of a cluster must have to do a unit, such as {"GPU": 1}.
        silent_s: after how long a cluster's worker counts as silent; None follows from the other times.
    """

    name: str
    dataset: Path
    sides: tuple[SideSpec, ...]
    judges: tuple[JudgeSpec, ...] = ()
    evaluators: tuple[EvaluatorSpec, ...] = ()
    lexical: tuple[str, ...] = ()
    repeats: int = 1
    concurrency: int = 8
    timeout_s: float = 60.0
    retries: int = 3
    patience_s: float = 300.0
    outage_s: float = 60.0
    seed: int | None = None
    order: Order = Order.REPEATS
    budget: Budget = Budget()
    prices: Mapping[str, Price] = field(default_factory=dict)
    out: Path = Path("runs")
    description: str = ""
    selection: tuple[str, ...] | None = None
    simulation: Simulation | None = None
    python: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    cache: Path | None = None
    resources: Mapping[str, float] = field(default_factory=dict)
    silent_s: float | None = None
    source: str = ""
    base: Path = Path()
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """ "simulated" when no real model answers."""
        return SIMULATED if self.simulation is not None else ""

    @property
    def scores_anything(self) -> bool:
        """Whether it names a metric."""
        return bool(self.judges or self.lexical or self.evaluators)

    @property
    def batched(self) -> bool:
        """Whether any judge is asked through a batch queue."""
        return self.simulation is None and any(judge.use.batch for judge in self.judges)

    def models(self) -> tuple[ModelUse, ...]:
        """Every model the plan asks, in order of first use."""
        uses: list[ModelUse] = []
        for side in self.sides:
            if isinstance(side.target, RagTarget):
                uses.extend(use for use in (side.target.embeddings, side.target.generator) if use is not None)
        uses.extend(use for judge in self.judges for use in judge.panel or (judge.use,))
        return tuple({(use.base_url, use.model): use for use in uses}.values())


BUILT_IN_JUDGES = {
    "faithfulness": Metric("faithfulness", Kind.ORDINAL, scale=(1.0, 5.0)),
    "relevance": Metric("relevance", Kind.ORDINAL, scale=(1.0, 5.0)),
    "context_precision": Metric("context_precision", Kind.BINARY, scale=(0.0, 1.0)),
}
"""The three judges whose prompts are packaged."""
