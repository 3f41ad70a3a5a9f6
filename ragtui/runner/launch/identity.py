"""What makes two runs repeats of each other: settings and content hashes, never places or keys."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ragtui.files.regular import read_regular
from ragtui.runner.plan.plan import BASELINE, CommandTarget, HttpTarget, ModelUse, Plan, PythonTarget, RagTarget, Target
from ragtui.runner.scoring.judges import Judge
from ragtui.runner.targets.rag import Corpus, answer_prompt
from ragtui.runner.usercode.ragtui_host.finding import folders_of
from ragtui.sources.own.runfolder import read_folder_header

_GIT_S = 5.0


def pipeline_settings(target: Target, base: Path) -> dict[str, Any]:
    """Settings of a target as they are recorded with its run.

    Raises:
        RagtuiError: the corpus or the prompt cannot be read.
    """
    if isinstance(target, RagTarget):
        settings = {
            "target": "rag",
            "corpus": Corpus.read(target.corpus).hash,
            "chunk_words": target.chunk_words,
            "chunk_overlap": target.chunk_overlap,
            "top_k": target.top_k,
            "context_words": target.context_words,
            "retriever": target.retriever.value,
            "embeddings": _model(target.embeddings) if target.embeddings else None,
            "generator": _model(target.generator),
            "prompt_hash": answer_prompt(target).hash,
        }
        return _given(settings)
    if isinstance(target, PythonTarget):
        code = code_hash(target.call, base)
        given = {"target": "python", "call": target.call, "code": code, "input": target.input}
        return _given({**given, "settings": target.settings})
    if isinstance(target, CommandTarget):
        given = {"target": "command", "command": list(target.command), "stdin": target.stdin}
        return _given({**given, "settings": target.settings})
    assert isinstance(target, HttpTarget)
    address = urlsplit(target.url)
    return _given({"target": "http", "address": f"{address.hostname or ''}{address.path}", "settings": target.settings})


def judge_settings(judges: tuple[Judge, ...], plan: Plan) -> dict[str, Any]:
    """Settings of all judges and evaluators by name."""
    found: dict[str, Any] = {judge.name: {**judge.identity(), **_against(judge)} for judge in judges}
    for spec in plan.evaluators:
        found[spec.call] = _given({"evaluator": spec.call, "code": code_hash(spec.call, plan.base)})
    return found


def _against(judge: Judge) -> dict[str, Any]:
    """The stored run that a pairwise judge holds answers against: another one makes it another judge."""
    against = judge.spec.against
    if against in ("", BASELINE):
        return {}
    return {"against": read_folder_header(Path(against), "stored", Path(against).name).id}


def code_hash(ref: str, base: Path) -> str:
    """Digest of the module's source file, looked up without importing anything; empty when it is not found."""
    parts = ref.partition(":")[0].split(".")
    near, far = folders_of(str(base))
    for place in map(Path, (*near, *sys.path, *far)):
        for path in (place.joinpath(*parts).with_suffix(".py"), place.joinpath(*parts, "__init__.py")):
            try:
                return hashlib.sha256(read_regular(path)).hexdigest()[:12]
            except OSError:
                continue
    return ""


def revision(folder: Path) -> dict[str, Any] | None:
    """Commit, branch and whether files were changed, where the folder is in a git repository."""
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return None
    branch = _git(folder, "rev-parse", "--abbrev-ref", "HEAD")
    return {"commit": commit, "branch": branch or "", "dirty": bool(_git(folder, "status", "--porcelain"))}


def _git(folder: Path, *words: str) -> str:
    try:  # without the monitor that a repository's own settings may name: looking must run nothing
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *words],
            capture_output=True,
            text=True,
            timeout=_GIT_S,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _model(use: ModelUse) -> dict[str, Any]:
    settings = {
        "model": use.model,
        "temperature": use.temperature,
        "top_p": use.top_p,
        "max_tokens": use.max_tokens,
        "extra": use.extra,
    }
    return _given(settings)


def _given(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value not in (None, "", {})}
