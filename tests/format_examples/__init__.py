"""One small file of every format, made up here, with what is to be read from it, worked out by hand."""

from format_examples.benchmarks import BENCHMARKS
from format_examples.example import Example, Said, Told
from format_examples.frameworks import FRAMEWORKS
from format_examples.newer import NEWER
from format_examples.platforms import PLATFORMS
from format_examples.trackers import TRACKERS

EXAMPLES: tuple[Example, ...] = (*FRAMEWORKS, *PLATFORMS, *TRACKERS, *BENCHMARKS, *NEWER)

__all__ = ["EXAMPLES", "Example", "Said", "Told"]
