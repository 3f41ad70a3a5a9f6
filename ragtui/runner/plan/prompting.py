"""Prompt files: the packaged ones, and the user's own in their place."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from ragtui.errors import InputError, UsageError
from ragtui.files.regular import read_regular_text
from ragtui.model import Context

_SLOT = re.compile(r"\{\{|\}\}|\{([A-Za-z_.]+)\}")
SLOTS = frozenset({"question", "expected", "output", "contexts", "item_id"})
PAIR_SLOTS = frozenset({"question", "expected", "first", "second", "first_contexts", "second_contexts", "item_id"})
"""Of a judge that holds two answers against each other."""
_MEANT = {
    name: slot
    for slot, names in {
        "question": "input query user_input user_query",
        "expected": "expected_output expected_answer reference reference_answer ground_truth",
        "output": "answer response prediction actual_output",
        "contexts": "context documents passages retrieved_contexts retrieval_context",
    }.items()
    for name in names.split()
}
"""What prompts written for other tools call the slots."""
_NAMED = re.compile(r"(?<!\{)\{(?:\{ *([A-Za-z_]+) *\}\}(?!\}(?!\}))| *([A-Za-z_]+) *\})")
"""A name in single or in double braces; three are a slot in plain braces."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text with slots such as {question}; doubled braces are plain braces."""

    text: str
    where: str

    @property
    def hash(self) -> str:
        """Eight hex digits of the text: a changed prompt is a changed judge."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:8]

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with its slots filled; what is filled in is never read for slots again."""

        def piece(match: re.Match[str]) -> str:
            name = match.group(1)
            return match.group(0)[0] if name is None else values[name]

        return _SLOT.sub(piece, self.text)

    def length(self, lengths: Mapping[str, float]) -> float:
        """Characters of the filled text when what is filled in is so long; unknown lengths count as nothing."""
        used = Counter(match.group(1) for match in _SLOT.finditer(self.text))
        own = len(_SLOT.sub(lambda match: "{" if match.group(1) is None else "", self.text))
        return own + sum(times * lengths.get(name, 0.0) for name, times in used.items() if name is not None)


def load_prompt(path: Path | None, packaged: str, needs: Sequence[str], slots: frozenset[str] = SLOTS) -> Prompt:
    """A prompt file, or the packaged one of that name.

    Args:
        needs: slots without which the prompt cannot work.
        slots: all that it may have.

    Raises:
        InputError: the file cannot be read.
        UsageError: a slot is unknown, or a needed one is missing.
    """
    if path is None:
        text = resources.files("ragtui.runner").joinpath("prompts", f"{packaged}.md").read_text("utf-8")
        prompt = Prompt(text, f"packaged prompt {packaged}")
    else:
        try:
            prompt = Prompt(read_regular_text(path), str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: the prompt cannot be read ({error})", "Correct the path in the plan.") from error
    prompt = replace(prompt, text=_in_our_names(prompt.text, slots))
    used = {match.group(1) for match in _SLOT.finditer(prompt.text) if match.group(1)}
    for name in sorted(used - slots):
        hint = f"Known slots: {', '.join(f'{{{slot}}}' for slot in sorted(slots))}; write plain braces doubled."
        raise UsageError(f"{prompt.where}: unknown slot {{{name}}}", hint)
    for name in needs:
        if name not in used:
            raise UsageError(f"{prompt.where}: the slot {{{name}}} is missing", "Add it where the text belongs.")
    return prompt


def _in_our_names(text: str, slots: frozenset[str]) -> str:
    """A prompt whose slots have our names: {answer} is {output}, and so is {{output}}, as Langfuse's prompts write it.

    Left as it is, a judge would be shown the braces in place of the answer. Braces around anything else stay.
    """

    def piece(match: re.Match[str]) -> str:
        said = match.group(1) or match.group(2)
        slot = said if said in slots else _MEANT.get(said)
        return f"{{{slot}}}" if slot in slots else match.group(0)

    return _NAMED.sub(piece, text)


def passages(contexts: Sequence[Context]) -> str:
    """Retrieved passages as one numbered text."""
    if not contexts:
        return "(none)"
    blocks = []
    for number, context in enumerate(contexts, start=1):
        title = f" {context.title}" if context.title else ""
        blocks.append(f"[{number}]{title}\n{context.text}")
    return "\n\n".join(blocks)
