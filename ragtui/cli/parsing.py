"""Arguments that fail closed: nothing empty, nothing silently replaced, nothing unknown without the nearest name.

An unset variable in a script becomes an empty word, and an empty path is the current folder: a gate would judge
whatever lies there. So no argument of any command may be empty, and that is decided here, once.
"""

from __future__ import annotations

import argparse
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from ragtui.errors import UsageError

UNSET = "an empty word (an unset variable?)"


class Parser(argparse.ArgumentParser):
    """The arguments of one command.

    - an empty word is an error, wherever it stands;
    - an option that takes one value refuses a second one, an option that takes several extends;
    - options are not abbreviated: what is short for one option today is short for two tomorrow;
    - an unknown option or choice names the nearest known one, also where it was to be a required one;
    - an option that says how another one is done is refused without it: passed over, it would promise what is not done.
    """

    _words: Sequence[str] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        kwargs.setdefault("allow_abbrev", False)
        super().__init__(*args, **kwargs)
        self.register("action", None, _Once)
        self.register("action", "store", _Once)

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse everything; what is left over is an error."""
        self._words = words
        found, rest = self.parse_known_args(words)
        if rest:
            self.error(_unknown(rest, self._option_string_actions))
        for action in self._actions:
            if isinstance(action, _Once) and action.needs and hasattr(found, _Once.GIVEN + action.dest):
                needed = self._option_string_actions[action.needs]
                if getattr(found, needed.dest) == needed.default:
                    self.error(
                        f"{action.option_strings[-1]} says how {action.needs} is done, and that is not asked for"
                    )
        for name in [name for name in vars(found) if name.startswith(_Once.GIVEN)]:
            delattr(found, name)
        return found

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        if any(map(is_blank, arg_strings)):
            raise argparse.ArgumentError(action, UNSET)
        return super()._get_values(action, arg_strings)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices or isinstance(action, argparse._SubParsersAction):
            super()._check_value(action, value)
            return
        raise argparse.ArgumentError(action, f"{value!r} is not one of them. {nearest(str(value), action.choices)}")

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in two lines; the whole usage would push the reason out of sight.

        Raises:
            UsageError: always.
        """
        if message.startswith(_REQUIRED) and (mistyped := self._mistyped()):
            message = _unknown(mistyped, self._option_string_actions)
        command = self.prog.removeprefix("ragtui").strip()
        said = f"{command}: {message}" if command else message
        raise UsageError(said, f"`{self.prog} --help` shows what it takes.")

    def _mistyped(self) -> list[str]:
        """Long options that do not exist: argparse complains of what is missing before it complains of these."""
        named = itertools.takewhile(lambda word: word != "--", self._words)
        return [
            word for word in named if word[:2] == "--" and word.partition("=")[0] not in self._option_string_actions
        ]


_REQUIRED = "the following arguments are required"


class _Once(argparse.Action):
    """Stores a value once; an option with several values takes further ones on every use.

    Args:
        needs: the option without which this one means nothing.
    """

    GIVEN = "_given_"

    def __init__(self, *args: Any, needs: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needs = needs
        if self.nargs == 0:
            raise ValueError("an option without a value is a flag")

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        mark = self.GIVEN + self.dest
        before = getattr(namespace, mark, None)
        if option is not None and before is not None:
            if not isinstance(values, list):
                raise argparse.ArgumentError(self, f"given twice, {before} and {values}; give one")
            values = [*before, *values]
        if option is not None:
            setattr(namespace, mark, values)
        setattr(namespace, self.dest, values)


_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")


def is_blank(word: str) -> bool:
    """Whether nothing of a word can be seen: spaces, and what a copied text brings along, such as U+200B."""
    return all(unicodedata.category(sign)[0] in "ZC" and not _is_byte(sign) for sign in word)


def _is_byte(sign: str) -> bool:
    """Whether it stands for a byte of a path that is not UTF-8."""
    return "\udc80" <= sign <= "\udcff"


def listed(word: str) -> list[str]:
    """The names in "ID,ID"; one comma at the end is no further name.

    Raises:
        UsageError: a name is empty, as where a variable is not set.
    """
    names = [name.strip() for name in word.removesuffix(",").split(",")]
    if any(map(is_blank, names)):
        raise UsageError(f"{word!r}: {UNSET} between the commas", "Write ID,ID.")
    return names


def number_in(word: str) -> float | None:
    """A number as people write it in a command; None for what Python alone takes for one, such as 1_0 or nan."""
    return float(word) if _NUMBER.fullmatch(word) else None


def kept(word: str) -> str:
    """A text that is written to a file, made a folder or sent: no key or password may stand in it; for `type=`.

    The message does not repeat it: it reaches the log of a CI job. A plan refuses the same in its texts.
    """
    if word:
        from ragtui.runner.plan.secrets import secret_written

        if secret_written(word):
            raise argparse.ArgumentTypeError("looks like a key or password, and would be kept: not taken")
    return word


def whole(least: int) -> Callable[[str], int]:
    """Reads a whole number from `least` up; for `type=`."""

    def read(word: str) -> int:
        number = int(word) if _WHOLE.fullmatch(word) else least - 1
        if number < least:
            raise argparse.ArgumentTypeError(f"{word}: give a whole number from {least} up")
        return number

    return read


def nearest(word: str, known: Iterable[str], what: str = "Known") -> str:
    """A hint: the known name a mistyped one is near to, and all of them where they are few."""
    names = list(map(str, known))
    near = get_close_matches(word, names, n=1)
    every = f"{what}: {', '.join(names)}." if 0 < len(names) <= 12 else ""
    return " ".join(part for part in (f"Did you mean {near[0]}?" if near else "", every) if part)


def _unknown(words: Sequence[str], options: Iterable[str]) -> str:
    first = words[0]
    if not first.startswith("-"):
        return f"does not take {', '.join(map(repr, words))}"
    near = get_close_matches(first.partition("=")[0], list(options), n=1)
    return f"no option {first.partition('=')[0]}" + (f"; did you mean {near[0]}?" if near else "")
