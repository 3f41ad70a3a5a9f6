"""Names of a package whose modules are imported when such a name is used first.

The list of runs stands without numpy and without the statistics, which take as long to import as Textual draws a
frame. A package that offers both light and heavy things defers the heavy ones with this.

Imports nothing that a project could replace: it runs before `ragtui.startup`.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any


def lazily(package: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The `__getattr__` of a package.

    Args:
        package: its `__name__`.
        homes: names by the module that has them. None is called like a module of the package itself: importing that
            would put the module in the name's place.
    """
    home_of = {name: home for home, names in homes.items() for name in names}

    def named(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        from importlib import import_module

        found = getattr(import_module(home_of[name]), name)
        setattr(sys.modules[package], name, found)
        return found

    return named
