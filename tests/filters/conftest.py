"""Where these tests can run: the package's arithmetic needs nothing, its filters need NumPy."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("keras") else ["test_*.py"]
