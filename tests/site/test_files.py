"""The files of the built site: links, what is vendored, what machines read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

from sitebuild.places import DOCS, SITE
from sitebuild.vendor import VENDORED

from .conftest import pages

URL = "https://kerasbook.github.io/kerasbook/"


def test_every_link_and_anchor_holds():
    """The tool lychee follows each link between the pages, to its anchor."""
    lychee = Path(sys.executable).with_name("lychee")
    done = subprocess.run(  # noqa: S603  our own words
        [
            lychee,
            "--offline",
            "--include-fragments",
            "--no-progress",
            "--index-files=index.html",
            f"--root-dir={SITE}",
            "--exclude-path=404.html",  # its links begin at the host's root: see test_reading
            str(SITE),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_vendored_brings_its_licence():
    """Each package is in the site with a licence, or with the text that names it."""
    for package in VENDORED:
        folder = SITE / "assets/vendor" / package.rpartition("/")[2]
        assert {path.name for path in folder.iterdir()} & {"LICENSE", "README.md"}, package


def test_packages_are_pinned_to_no_host():
    """The lock names each version by its hash, and no registry."""
    lock = json.loads((DOCS / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not [name for name, entry in packages.items() if "resolved" in entry]


def test_the_site_map_names_every_page():
    """The site map and the pages are the same."""
    tree = ET.fromstring((SITE / "sitemap.xml").read_text("utf-8"))  # noqa: S314  MkDocs wrote it
    named = sorted(element.text.removeprefix(URL) for element in tree.iterfind(".//{*}loc"))
    assert named == sorted(pages())


def test_language_models_find_every_page():
    """`llms.txt` names each page with what is on it."""
    text = (SITE / "llms.txt").read_text("utf-8")
    linked = re.findall(rf"\]\({re.escape(URL)}([^)]*)\)", text)
    assert sorted(linked) == sorted(pages())


def test_no_example_was_left_to_run():
    """No page holds an example that did not run, or a place for a picture that is not there."""
    for page in SITE.rglob("*.html"):
        html = page.read_text("utf-8")
        assert "data-figure=" not in html, page
        assert "<blockquote>\n<blockquote>\n<blockquote>" not in html, page


def test_the_search_holds_no_source_code():
    """Every page loads the index: what the reference shows of the source stays out of it."""
    entries = json.loads((SITE / "search/search_index.json").read_text("utf-8"))["docs"]
    assert any(each["location"].startswith("reference/") for each in entries)
    assert not [each["location"] for each in entries if "Source code in" in each["text"]]


def test_no_signature_runs_off_its_page():
    """Mkdocstrings breaks long ones, if it finds a formatter, and says nothing if it does not."""
    blocks = [
        block
        for path in (SITE / "reference").rglob("index.html")
        for block in re.findall(
            r'doc-signature highlight"><pre>(.*?)</pre>', path.read_text("utf-8"), re.DOTALL
        )
    ]
    lines = [line for each in blocks for line in re.sub(r"<[^>]+>", "", each).splitlines()]
    assert len(blocks) > 100
    assert max(map(len, map(unescape, lines))) <= 80
