"""What the search finds: also tables that are placed after MkDocs made its index, and no source.

Every page loads the index. The source of what the reference describes would be more than half of
it, and repeats each docstring.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["find_sections", "without_source", "write_index"]

# MkDocs' own headings hold a link to themselves; those that are placed later do not.
_SECTION = re.compile(r'<h2 id="([^"]+)">([^<]+)</h2>\s*(<table>.*?</table>)', re.DOTALL)
_SOURCE = re.compile(r"\s*Source code in <code>[^<]*</code> <pre>.*?</pre>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def find_sections(html: str, address: str) -> Iterator[dict[str, str]]:
    """The entries of the search for the tables that were placed on a page.

    Args:
        html: the page.
        address: the page's, from the site's root.

    Examples:
        >>> table = "<table><tr><td>the line</td><td>-1.9</td></tr></table>"
        >>> list(find_sections(f'<h2 id="a-line">A line</h2>{table}', "numbers/"))
        [{'location': 'numbers/#a-line', 'title': 'A line', 'text': 'the line -1.9'}]
    """
    for match in _SECTION.finditer(html):
        text = " ".join(_TAG.sub(" ", match[3]).split())
        yield {"location": f"{address}#{match[1]}", "title": match[2], "text": text}


def without_source(text: str) -> str:
    """What an entry of the search says, less the source.

    Examples:
        >>> without_source("<p>The sum.</p> Source code in <code>a.py</code> <pre>def …</pre>")
        '<p>The sum.</p>'
    """
    return _SOURCE.sub("", text)


def write_index(site: Path, pages: Mapping[Path, str]) -> None:
    """Write the site's index anew, with the tables of the pages and without the source."""
    index = site / "search/search_index.json"
    found = json.loads(index.read_text("utf-8"))
    for entry in found["docs"]:
        entry["text"] = without_source(entry["text"])
    for path, html in pages.items():
        folder = path.relative_to(site).parent.as_posix()
        found["docs"] += find_sections(html, "" if folder == "." else f"{folder}/")
    index.write_text(json.dumps(found, separators=(",", ":")), "utf-8")
