"""`python -m ragtui` is the `ragtui` command."""

import sys

from ragtui.cli import main

if __name__ == "__main__":
    sys.exit(main())
