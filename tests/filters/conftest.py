"""These tests are skipped without NumPy, which the package's arithmetic does not need."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("keras") else ["test_*.py"]
