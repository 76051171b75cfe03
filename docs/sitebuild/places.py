"""Where things lie."""

from __future__ import annotations

from pathlib import Path

__all__ = ["CACHE", "DOCS", "EXAMPLES", "PACKAGE", "PACKAGES", "ROOT", "SITE"]

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "kerasbook"
SITE = ROOT / "site"
CACHE = ROOT / ".cache"
EXAMPLES = CACHE / "examples"  # what docstrings printed and drew
PACKAGES = CACHE / "npm"  # what `npm ci` fetched
