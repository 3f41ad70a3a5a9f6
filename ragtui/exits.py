"""Exit codes of every command. They are part of the interface: CI scripts branch on them."""

from enum import IntEnum


class Exit(IntEnum):
    """What the process says to its caller."""

    OK = 0
    """Done; for `gate`: no regression shown."""
    REGRESSION = 1
    """A regression is proven beyond noise and beyond the margin."""
    ERROR = 2
    """Usage, unusable input or an internal error: nothing was decided."""
    CANNOT_TELL = 3
    """Too few repeats or items to decide what was asked."""
    INCOMPLETE = 4
    """Results are missing: errors, coverage, fragments, or a publication not yet fully visible."""
    NOT_COMPARABLE = 5
    """Dataset, judge or prompt differ between the two sides."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C; what was finished is kept."""
    TERMINATED = 143
    """Stopped by SIGTERM; what was finished is kept."""
