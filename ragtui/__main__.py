"""`python -m ragtui` is the `ragtui` command."""

import sys

from ragtui.startup import collect_seldom, libraries_first


def run() -> int:
    """The `ragtui` command, in a process of its own."""
    libraries_first()
    collect_seldom()
    from ragtui.cli import main

    return main()


if __name__ == "__main__":
    sys.exit(run())
