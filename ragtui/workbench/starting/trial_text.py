"""What one item came to, as text: answer, contexts as understood, prompts as sent, scores, tokens, seconds, cost."""

from __future__ import annotations

from ragtui.present.numbers import count, duration, money
from ragtui.runner.work.trying import Trial, Tried

_SHOWN = 400


def trial_text(trial: Trial, *, whole: bool = False) -> str:
    """All of it, for people."""
    lines = [line for side in trial.sides for line in [*_side(side, whole=whole), ""]]
    lines += [f"note: {note}" for note in trial.notes]
    numbers = trial.estimate
    times = ((numbers.items, "item"), (numbers.repeats, "repeat"), (numbers.sides, "side"))
    lines += [f"the whole run: {' x '.join(count(*one) for one in times)}", f"  {numbers.in_words()}"]
    return "\n".join(lines)


def _side(side: Tried, *, whole: bool) -> list[str]:
    result = side.result
    lines = [f"{side.side}: item {side.item.id}", f"  question  {_short(side.item.question)}"]
    if side.failure:
        return [*lines, *(f"  failed    {line}" for line in side.failure.splitlines())]
    if result.error:
        return [*lines, *(f"  error     {line}" for line in result.error.splitlines())]
    lines.append(f"  answer    {_short(result.output)}")
    lines += [f"  context   {context.id}: {_short(context.text, 120)}" for context in result.contexts]
    if not result.contexts:
        lines.append("  context   none")
    for name, asked in side.asked.items():
        lines.append(f"  asked     {name}: {asked if whole else _short(asked, 120)}")
    for name, said in result.judgements.items():
        value = said.label or ("not applicable" if said.value is None else f"{said.value:g}")
        lines.append(
            f"  score     {name}: {f'error: {said.error}' if said.error else value} {_short(said.rationale, 120)}"
        )
        if said.error and said.raw and said.raw != said.error:
            lines.append(f"            it said: {_short(said.raw)}")
    usage = side.usage
    cost = f", {money(usage.cost_usd)}" if usage.cost_usd else ""
    guessed = " (estimated: the server does not count them)" if usage.estimated_calls else ""
    own = f", {sum(result.tokens.values())} tokens of the target's own" if result.tokens else ""
    lines.append(
        f"  used      {usage.calls} calls, {usage.tokens} tokens{guessed}{own}{cost}, {duration(side.seconds)}"
    )
    return lines


def _short(text: str, most: int = _SHOWN) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"
