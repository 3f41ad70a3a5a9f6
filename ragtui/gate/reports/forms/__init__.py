"""One module a form of a gate's record: `TITLE`, `SUFFIXES` of files, and `write(record)`, a pure function.

The module's name is the form's name on the command line; nothing else names it.
"""
