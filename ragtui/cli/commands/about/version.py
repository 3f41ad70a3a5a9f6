"""`ragtui version`: which ragtui this is and where it keeps things."""

from __future__ import annotations

import argparse
import platform

from ragtui.exits import Exit
from ragtui.version import __version__

DESCRIPTION = "Print the version and where configuration, state and cache are: what a bug report needs."

EPILOG = """\
examples:
  ragtui version
  ragtui --version            the first line alone

exit codes: 0 done
"""


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It has none."""


def run(_args: argparse.Namespace) -> int:
    """Print."""
    from ragtui.places import cache_folder, config_file, state_folder

    config = config_file()
    print(f"ragtui {__version__}")
    print(f"python         {platform.python_version()} on {platform.system()} {platform.machine()}")
    print(f"configuration  {config}{'' if config.exists() else ' (none)'}")
    print(f"state          {state_folder()}")
    print(f"cache          {cache_folder()}")
    return Exit.OK
