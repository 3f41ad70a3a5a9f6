"""A whole evaluation with no key and no network: packaged questions and pages, a baseline and a weaker candidate."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from ragtui.files.atomic import write_bytes
from ragtui.places import real_path
from ragtui.runner.launch.prepare import NO_OVERRIDES, Launch, Overrides, prepare
from ragtui.runner.plan.plan import Plan
from ragtui.runner.plan.planfile import plan_of

DATASET, CORPUS = "dataset.json", "corpus"


def demo_document(*, local: bool, repeats: int) -> dict[str, Any]:
    """The demo's plan, as a plan file would say it."""
    generator: dict[str, Any] = {"temperature": 0.7, "max_tokens": 120}
    judge: dict[str, Any] = {"temperature": 0.7, "max_tokens": 160}
    if local:
        generator["model"] = judge["model"] = "local"
        generator["base_url"] = judge["base_url"] = "http://127.0.0.1:1/v1"
    document: dict[str, Any] = {
        "name": "demo-baseline",
        "description": "Demo: answers from whole sections of the help pages.",
        "dataset": DATASET,
        "out": ".",
        "repeats": repeats,
        "concurrency": 4 if local else 16,
        "order": "items" if local else "repeats",
        "lexical": ["token_f1", "context_recall", "grounding"],
        "target": {"kind": "rag", "corpus": CORPUS, "chunk_words": 120, "top_k": 2, "generator": generator},
        "judge": judge,
        "candidate": {"name": "demo-candidate", "target": {"top_k": 1, "context_words": 25}},
    }
    if local:
        document["timeout_s"] = 600
    else:
        # No judge of a demo talks nonsense: one reply in 300 would leave a score out and end the first run anybody
        # makes with exit code 4.
        document["simulated"] = {"latency_s": 0.04, "nonsense": 0.0}
    return document


def demo_plan(folder: Path, *, local: bool = False, repeats: int = 5) -> Plan:
    """The demo's plan over material laid out in a folder."""
    return plan_of(demo_document(local=local, repeats=repeats), "the demo's plan", real_path(folder))


def lay_out(folder: Path) -> None:
    """Copy the packaged questions and pages into a folder; what is there already is left alone.

    Raises:
        InputError: the folder cannot be written.
    """
    packaged = resources.files("ragtui.runner").joinpath("demo_corpus")
    (folder / CORPUS).mkdir(parents=True, exist_ok=True)
    if not (folder / DATASET).exists():
        write_bytes(folder / DATASET, packaged.joinpath(DATASET).read_bytes())
    for page in packaged.joinpath(CORPUS).iterdir():
        if page.name.endswith(".md") and not (folder / CORPUS / page.name).exists():
            write_bytes(folder / CORPUS / page.name, page.read_bytes())


def prepare_demo(
    folder: Path, *, local: bool = False, repeats: int = 5, seed: int | None = None, overrides: Overrides = NO_OVERRIDES
) -> Launch:
    """Lay out the demo and make its run folders.

    Raises:
        RagtuiError: the folder cannot be used.
    """
    lay_out(folder)
    return prepare(demo_plan(folder, local=local, repeats=repeats), overrides=overrides, seed=seed)
