"""The command line: one module a command, imported only when that command is asked for."""

from ragtui.cli.main import main

__all__ = ["main"]
