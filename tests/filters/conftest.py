"""The tests of this folder are collected only if Keras is installed."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("keras") else ["test_*.py"]
