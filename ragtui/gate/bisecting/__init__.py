"""The first commit that made an evaluation worse: a search over commits in which every step is decided by repeats."""
