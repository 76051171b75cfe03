"""One style sheet for the whole site, and the font that is needed first.

A page is not drawn before its last style sheet has come: nine of them took several turns over a
slow line. One is fetched once, and serves every page.
"""

from __future__ import annotations

import re
from hashlib import sha256
from os.path import relpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["in_one", "merged", "with_stylesheet"]

_FOLDER = "assets/css"
_LINK = re.compile(r'<link rel="stylesheet" href="([^"]*?)(assets/[^"]+\.css)">')
_ADDRESS = re.compile(r"""url\((["']?)(?!data:|https?:|[#/])([^"')]+)\1\)""")
# KaTeX's fonts for browsers that do not know WOFF2, which are not vendored.
_OLD_FONTS = re.compile(r',\s*url\([^)]+\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)')
# Neither means anything within another file.
_OF_ONE_FILE = re.compile(r'@charset "[^"]*";|/\*# sourceMappingURL=[^*]*\*/')
# Asked for before the style sheet that names it has come.
_FIRST_FONT = "assets/vendor/inter/files/inter-latin-wght-normal.woff2"
_HEAD = (
    '<link rel="stylesheet" href="{root}{name}">'
    '<link rel="preload" href="{root}{font}" as="font" type="font/woff2" crossorigin>'
)


def in_one(pages: Mapping[Path, str], site: Path) -> dict[Path, str]:
    """The pages, each with one link to what all their style sheets say; writes it."""
    names = dict.fromkeys(name for html in pages.values() for _, name in _LINK.findall(html))
    css = merged({name: (site / name).read_text("utf-8") for name in names})
    one = f"{_FOLDER}/all.{sha256(css.encode()).hexdigest()[:8]}.css"
    (site / one).write_text(css, "utf-8")
    for name in names:
        (site / name).unlink()
    return {path: with_stylesheet(html, one) for path, html in pages.items()}


def merged(sheets: Mapping[str, str]) -> str:
    """Style sheets one after the other, as one that lies in `assets/css`.

    Args:
        sheets: the content of each, by its name from the site's root.

    Examples:
        >>> print(merged({"assets/a.css": '@charset "UTF-8";a{src:url(b/c.woff2)}'}))
        a{src:url(../b/c.woff2)}
        >>> print(merged({"assets/css/a.css": "a{b:url('data:,')}", "assets/css/c.css": "d{}"}))
        a{b:url('data:,')}
        d{}
    """

    def moved(name: str, css: str) -> str:
        folder = relpath(name.rpartition("/")[0], _FOLDER)

        def address(match: re.Match[str]) -> str:
            return f"url({match[1]}{relpath(f'{folder}/{match[2]}')}{match[1]})"

        return _ADDRESS.sub(address, _OLD_FONTS.sub("", _OF_ONE_FILE.sub("", css)))

    return "\n".join(moved(name, css) for name, css in sheets.items())


def with_stylesheet(html: str, name: str) -> str:
    """A page that links one style sheet where it had several, and asks for its font at once.

    Args:
        html: the page.
        name: of the style sheet, from the site's root.

    Examples:
        >>> head = "<title>A page</title>" + '<link rel="stylesheet" href="../assets/a.css">' * 2
        >>> with_stylesheet(head, "assets/css/all.css").partition('"><link rel="preload"')[0]
        '<title>A page</title><link rel="stylesheet" href="../assets/css/all.css'
    """
    first = _LINK.search(html)
    if not first:
        return html
    head = _HEAD.format(root=first[1], name=name, font=_FIRST_FONT)
    return _LINK.sub("", html).replace("</title>", f"</title>{head}", 1)
