"""Before the first run: a plan to begin with, whether it can work, which items it takes."""
