"""`python -m introducer` is the command `introducer`."""

import sys

from introducer.cli import main

if __name__ == "__main__":
    sys.exit(main())
