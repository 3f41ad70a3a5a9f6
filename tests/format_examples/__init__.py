"""One small file of every format, made up here, with what is to be read from it, worked out by hand."""

from format_examples.example import Example, Said, Told
from format_examples.frameworks import FRAMEWORKS
from format_examples.platforms import PLATFORMS

EXAMPLES: tuple[Example, ...] = (*FRAMEWORKS, *PLATFORMS)

__all__ = ["EXAMPLES", "Example", "Said", "Told"]
