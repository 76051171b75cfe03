"""`python -m kerasbook`: the command `kerasbook`."""

import sys

from kerasbook.cli import main

if __name__ == "__main__":
    sys.exit(main())
