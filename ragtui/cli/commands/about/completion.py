"""`ragtui completion`: shell completion scripts."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ragtui.cli.completing import WHAT, names
from ragtui.cli.output import emit
from ragtui.exits import Exit

DESCRIPTION = """\
Print a completion script for your shell: commands, options, their choices, files where files go, and in bash, zsh and
fish the names of runs, metrics and items at the places that the line speaks of (--in, or here).
"""

EPILOG = """\
examples:
  ragtui completion bash > ~/.local/share/bash-completion/completions/ragtui
  ragtui completion zsh > ~/.zfunc/_ragtui
  ragtui completion fish > ~/.config/fish/completions/ragtui.fish
  ragtui completion powershell >> $PROFILE

exit codes: 0 printed, 2 usage
"""

_SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")
_FILES = ("PATH", "RUN", "FILE", "FILE.gguf", "PLAN", "PLAN|RUN", "BASE", "CAND", "REF", "DATASET.json")
_FOLDERS = ("DIR",)
_NAMED = {
    "RUN": "runs", "BASE": "runs", "CAND": "runs", "METRIC": "metrics", "METRIC=DELTA": "metrics", "ITEM": "items",
    "ID": "items", "ID,ID": "items", "FILTER": "fields", "RUN-FILTER": "run_fields",
    "NAME=VALUE": "item_fields",
}  # fmt: skip
"""Metavariables that stand for a name, and of what."""
_BASH = """
_ragtui_{what}() {{
  local IFS=$'\\n'
  compgen -W "$(ragtui completion --names {what} --line "$COMP_LINE" 2>/dev/null)" -- "$1"
  {files}
}}
"""
# Bash takes a colon and an equals sign for the end of a word, and puts what is offered behind it.
_BASH_CONDITIONS = """
_ragtui_{what}() {{
  local IFS=$'\\n' typed=${{COMP_LINE:0:COMP_POINT}} one
  typed=${{typed##*[ \\'\\"]}}
  for one in $(compgen -W "$(ragtui completion --names {what} --line "$COMP_LINE" 2>/dev/null)" -- "$typed"); do
    printf '%s\\n' "${{one#"${{typed%"${{typed##*[:=]}}"}}"}}"
  done
}}
"""
_ZSH = """
_ragtui_{what}() {{
  local -a found
  found=("${{(@f)$(ragtui completion --names {what} --line "$BUFFER" 2>/dev/null)}}")
  compadd -a found
  {files}
}}
"""
_FISH = """
function _ragtui_{what}
  ragtui completion --names {what} --line (commandline -cp) 2>/dev/null
  {files}
end
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("shell", choices=_SHELLS, nargs="?")
    parser.add_argument("--names", choices=WHAT, help=argparse.SUPPRESS)  # the scripts ask this at every tab
    parser.add_argument("--line", default="", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    from ragtui.errors import UsageError

    if args.names:
        emit("".join(f"{name}\n" for name in names(args.names, args.line)), "names")
        return Exit.OK
    if args.shell is None:
        raise UsageError("of which shell", f"One of {', '.join(_SHELLS)}.")
    import shtab

    from ragtui.cli.main import build_parser

    if args.shell not in shtab.SUPPORTED_SHELLS:
        raise UsageError(f"shtab {shtab.__version__} knows no {args.shell}", "pip install --upgrade shtab")
    parser = build_parser(every=True)
    for action in _actions(parser):
        if action.metavar in _NAMED:
            action.complete = _completer(str(action.metavar))  # type: ignore[attr-defined]
        elif action.metavar in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.metavar in _FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    print(shtab.complete(parser, shell=args.shell))
    return Exit.OK


def _completer(metavar: str) -> dict[str, object]:
    """What asks for names in each shell that can; paths as well where a run may be one."""
    what, path = _NAMED[metavar], metavar in _FILES
    bash = _BASH_CONDITIONS if what.endswith("fields") else _BASH
    return {
        "bash": f"_ragtui_{what}",
        "zsh": f"_ragtui_{what}",
        "fish": f"(_ragtui_{what})",
        "preamble": {
            "bash": bash.format(what=what, files='compgen -f -- "$1"' if path else ""),
            "zsh": _ZSH.format(what=what, files="_files" if path else ""),
            "fish": _FISH.format(what=what, files="__fish_complete_path (commandline -ct)" if path else ""),
        },
    }


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for inner in dict.fromkeys(action.choices.values()):
                yield from _actions(inner)
