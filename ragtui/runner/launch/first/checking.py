"""What a plan names is there: code, dataset, prompts, interpreter and at least one metric. Nothing is imported."""

from __future__ import annotations

import ast
import os
import shutil
import sys
from pathlib import Path

from ragtui.errors import UsageError
from ragtui.files.regular import read_regular
from ragtui.runner.plan.plan import BASELINE, CommandTarget, HttpTarget, JudgeSpec, Plan, PythonTarget, RagTarget
from ragtui.runner.plan.secrets import key_variable, variables_in
from ragtui.runner.scoring.judges import Judge
from ragtui.runner.targets.rag import Corpus, answer_prompt
from ragtui.runner.usercode.ragtui_host.finding import folders_of
from ragtui.sources.own.summary import SUMMARY


def check_plan(plan: Plan, *, scores: bool = True) -> None:
    """Refuse a plan that cannot work.

    Args:
        scores: whether it needs a metric; a trial of one item shows the answer without.

    Raises:
        RagtuiError: it scores nothing, or a module, function, command, prompt or document it names is not there.
    """
    if plan.python and not (shutil.which(plan.python) or Path(plan.python).is_file()):
        raise UsageError(f"{plan.source}: python: {plan.python} is not there", "Name the project's interpreter.")
    for spec in plan.judges:
        Judge.load(spec)
        _check_opponent(plan, spec)
    for side in plan.sides:
        target = side.target
        if isinstance(target, RagTarget):
            Corpus.read(target.corpus)
            answer_prompt(target)
        elif isinstance(target, PythonTarget):
            _check_function(plan, target.call, "target.call")
        elif isinstance(target, CommandTarget):
            _check_command(plan, target)
    for evaluator in plan.evaluators:
        _check_function(plan, evaluator.call, "evaluators.call")
    if scores and not plan.scores_anything:
        raise UsageError(
            f"{plan.source}: no metric at all",
            'Add [judge], [[evaluators]] or lexical = ["token_f1"]: a run needs scores; `ragtui try` shows one answer '
            "without.",
        )


def check_keys(plan: Plan) -> None:
    """Refuse to start where a variable that holds a key is not set: a run folder would lie there with nothing in it.

    Raises:
        UsageError: one is missing.
    """
    texts = [text for use in plan.models() for text in (f"${{{key_variable(use)}}}", *use.headers.values())]
    for side in plan.sides:
        if isinstance(side.target, HttpTarget):
            texts += [side.target.url, *side.target.headers.values()]
    missing = [name for name in variables_in(*texts) if not os.environ.get(name)]
    if missing and plan.simulation is None:
        raise UsageError(
            f"{missing[0]} is not set", f"export {missing[0]}=... and start again; keys never go to files."
        )


def _check_opponent(plan: Plan, spec: JudgeSpec) -> None:
    """A pairwise judge needs somebody to hold answers against."""
    where = f"{plan.source}: judges.{spec.metric.name}.against"
    if spec.against == BASELINE and len(plan.sides) == 1 and plan.repeats == 1:
        raise UsageError(
            f"{where}: one side and one repeat: there is nobody to hold it against",
            "Add [candidate] or [matrix], or name a run folder with answers.",
        )
    if spec.against and spec.against != BASELINE and not (Path(spec.against) / SUMMARY).is_file():
        raise UsageError(f"{where}: {spec.against} is no run folder", 'Name one, or write against = "baseline".')


def _check_command(plan: Plan, target: CommandTarget) -> None:
    name = target.command[0]
    found = shutil.which(name) if os.sep not in name else (plan.base / name).is_file() or None
    if not found:
        raise UsageError(f"{plan.source}: target.command: {name} is not there", "Correct the first word.")


def _check_function(plan: Plan, call: str, key: str) -> None:
    """Look for the module's file and the function's name in it; the rest is left to its import."""
    module, _, path = call.partition(":")
    file = module_file(module, plan.base)
    if file is None:
        if plan.python or _is_importable(module):  # installed somewhere: another interpreter's packages are not seen
            return
        raise UsageError(
            f"{plan.source}: {key}: there is no module {module} in {plan.base}",
            "Write it as seen from the plan's folder: package.module:function.",
        )
    names = _names_in(file)
    first = path.partition(".")[0].removesuffix("()")
    if names is not None and first not in names:
        from difflib import get_close_matches

        near = get_close_matches(first, sorted(names), n=1)
        hint = f"Did you mean {module}:{near[0]}?" if near else f"It has {', '.join(sorted(names))[:200] or 'nothing'}."
        raise UsageError(f"{plan.source}: {key}: {file} has no {first}", hint)


def module_file(module: str, base: Path) -> Path | None:
    """The file of a module of the project; None where there is none."""
    parts = module.split(".")
    near, far = folders_of(str(base))
    places = [Path(folder).joinpath(*parts) for folder in (*near, *far)]
    files = (path for place in places for path in (place.with_suffix(".py"), place / "__init__.py"))
    return next((path for path in files if path.is_file()), None) or next((p for p in places if p.is_dir()), None)


def _is_importable(module: str) -> bool:
    """Whether the first part of a name is found on the path, without importing anything."""
    from importlib.machinery import PathFinder

    first = module.partition(".")[0]
    return first in sys.builtin_module_names or PathFinder.find_spec(first) is not None


def _names_in(file: Path) -> set[str] | None:
    """Names that a module binds at its top; None where a star import or `__getattr__` may bind any."""
    if file.is_dir():
        return None
    try:
        tree = ast.parse(read_regular(file))
    except (SyntaxError, ValueError, OSError, RecursionError):
        return None  # its import will say it better
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            return None
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return None if "__getattr__" in names else names
