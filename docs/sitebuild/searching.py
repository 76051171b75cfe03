"""What the search finds: also tables that are placed after MkDocs made its index, and no source.

Every page loads the index. The source of what the reference describes would be more than half of
it, and repeats each docstring.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["placed_tables", "without_source", "write_index"]

_TABLE = re.compile(r'<h2 id="([^"]+)">(?:(?!</?h2).)*</h2>\s*(<table>.*?</table>)', re.DOTALL)
_SOURCE = re.compile(r"\s*Source code in <code>[^<]*</code> <pre>.*?</pre>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


@cache
def placed_tables(html: str) -> dict[str, str]:
    """The words of the tables that begin a section of a page, by the section's anchor.

    Examples:
        >>> placed_tables('<h2 id="a-line">A line</h2> <table><td>bias</td><td>-1</td></table>')
        {'a-line': 'bias -1'}
    """
    return {match[1]: " ".join(_TAG.sub(" ", match[2]).split()) for match in _TABLE.finditer(html)}


def without_source(text: str) -> str:
    """What an entry of the search says, less the source.

    Examples:
        >>> without_source("<p>The sum.</p> Source code in <code>a.py</code> <pre>def …</pre>")
        '<p>The sum.</p>'
    """
    return _SOURCE.sub("", text)


def write_index(site: Path, pages: Mapping[Path, str]) -> None:
    """Write the site's index anew: without the source, and empty sections with their tables."""
    index = site / "search/search_index.json"
    found = json.loads(index.read_text("utf-8"))
    for entry in found["docs"]:
        page, _, anchor = entry["location"].partition("#")
        text = without_source(entry["text"])
        if anchor and not text:
            text = placed_tables(pages[site / page / "index.html"]).get(anchor, "")
        entry["text"] = text
    index.write_text(json.dumps(found, separators=(",", ":")), "utf-8")
