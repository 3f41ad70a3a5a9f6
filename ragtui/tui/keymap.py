"""Checks `[keys]` of the configuration: every binding exists, every key is one, and no screen has a key twice."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from difflib import get_close_matches
from importlib import import_module

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import Keys, _character_to_key

from ragtui.errors import UsageError
from ragtui.settings import UserSettings

_ROOMS = ("screens", "dialogs", "widgets", "widgets.table")
_MODIFIERS = ("ctrl", "alt", "shift", "super", "hyper", "meta")


def check_keys(settings: UserSettings) -> None:
    """See that the remapped keys can be used.

    Raises:
        UsageError: a binding id or a key does not exist, or two bindings that are live at once share a key.
    """
    known = {binding.id: binding for bindings in bindings_by_class().values() for binding in bindings if binding.id}
    said = f"{settings.path}: [keys]"
    for name, keys in settings.keys.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise UsageError(
                f"{said} {name}: no such binding",
                f"Did you mean {near[0]}?" if near else f"Ids are {', '.join(sorted(known)[:8])}, …",
            )
        for key in keys.split(","):
            _check_key(key.strip(), f"{said} {name}")
    for screen, bindings in bindings_by_class().items():
        _check_clashes(settings, screen, bindings)


def bindings_by_class() -> dict[str, list[Binding]]:
    """Every class with bindings, and those live together with it: its bases', the tables' and the app's."""
    from ragtui.tui.app import RagtuiApp
    from ragtui.tui.widgets.table.cursor_view import CursorView

    everywhere = [*_own(RagtuiApp), *_own(CursorView)]
    found = {}
    for kind in _classes():
        own = [binding for base in kind.__mro__ if issubclass(base, DOMNode) for binding in _own(base)]
        found[kind.__name__] = [*own, *everywhere]
    return found


def _classes() -> Iterator[type[DOMNode]]:
    for room in _ROOMS:
        package = import_module(f"ragtui.tui.{room}")
        for module in pkgutil.iter_modules(package.__path__):
            for kind in vars(import_module(f"{package.__name__}.{module.name}")).values():
                if isinstance(kind, type) and issubclass(kind, DOMNode) and kind.__module__.startswith("ragtui."):
                    yield kind


def _own(kind: type[DOMNode]) -> list[Binding]:
    if not kind.__module__.startswith("ragtui."):
        return []
    return list(Binding.make_bindings(vars(kind).get("BINDINGS", ())))


def _check_key(key: str, said: str) -> None:
    *modifiers, base = key.split("+") if len(key) > 1 else (key,)
    for modifier in modifiers:
        if modifier not in _MODIFIERS:
            near = get_close_matches(modifier, _MODIFIERS, n=1)
            hint = f"Did you mean {near[0]}+{base}?" if near else "Such as ctrl+n."
            raise UsageError(f"{said}: {key!r} is no key", hint)
    names = [name.value for name in Keys]
    if len(base) != 1 and base not in names and not _is_named(base):
        near = get_close_matches(base, names, n=1)
        hint = f"Did you mean {near[0]}?" if near else "Such as n, ctrl+n, f5 or question_mark."
        raise UsageError(f"{said}: {key!r} is no key", hint)


def _is_named(base: str) -> bool:
    """Whether it is a character by its Unicode name, as Textual spells it ("question_mark", "colon")."""
    import unicodedata

    try:
        unicodedata.lookup(base.replace("_", " ").upper())
    except KeyError:
        return base in ("minus", "plus", "slash", "underscore", "backslash", "pipe", "space")
    return True


def _check_clashes(settings: UserSettings, screen: str, bindings: list[Binding]) -> None:
    moved = [binding for binding in bindings if binding.id in settings.keys]
    kept = [binding for binding in bindings if binding.id not in settings.keys]
    holder: dict[str, Binding] = {}
    for binding in (*moved, *kept):
        for key in settings.keys.get(binding.id or "", binding.key).split(","):
            sign = key.strip()
            other = holder.setdefault(_character_to_key(sign) if len(sign) == 1 else sign, binding)
            if other.action != binding.action and other in moved:
                name = binding.id or binding.action
                raise UsageError(
                    f"{settings.path}: [keys] {other.id}: the key {sign} is that of {name} in {screen}",
                    f"Give it another key, or move {name} away as well.",
                )
