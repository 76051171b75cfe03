"""What a page says of itself to search engines, to who shares it, and to language models."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape

__all__ = ["About", "about", "llms_txt", "with_head"]

_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_ARTICLE = re.compile(r"<article.*?</article>", re.DOTALL)
_PARAGRAPH = re.compile(r"<p[^>]*>(.*?)</p>", re.DOTALL)
_SKIPPED = re.compile(r'<a class="headerlink".*?</a>|<(script|style|svg).*?</\1>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_CANONICAL = re.compile(r'<link rel="canonical" href="([^"]+)">')
_DESCRIPTION = re.compile(r'<meta name="description" content="[^"]*">')
_LONGEST = 160  # what search engines show
_SHORTEST = 30


@dataclass(frozen=True, slots=True)
class About:
    """A page in a few words.

    Attributes:
        url: where it will be published; empty for the page of what is not there.
        title: its first heading.
        description: its first paragraph, cut at a word.
    """

    url: str
    title: str
    description: str


def about(html: str) -> About:
    """What a page is about, from its own text.

    Examples:
        >>> page = '<article><h1>The line<a class="headerlink">¶</a></h1><p>One neuron &amp; '
        >>> about(page + "its two parameters find a line.</p></article>")
        About(url='', title='The line', description='One neuron & its two parameters find a line.')
    """
    article = match[0] if (match := _ARTICLE.search(html)) else html
    heading = match[1] if (match := _HEADING.search(article)) else ""
    canonical = match[1] if (match := _CANONICAL.search(html)) else ""
    paragraphs = (_plain(paragraph) for paragraph in _PARAGRAPH.findall(article))
    first = next((text for text in paragraphs if len(text) >= _SHORTEST), "")
    return About(canonical, _plain(heading), _cut(first))


def with_head(html: str, page: About, *, image: str) -> str:
    """A page with its description, its card and its first fonts in the head.

    Args:
        html: the page.
        page: what it is about.
        image: the address of its card, complete, as those who show it need it.
    """
    said = {
        "og:type": "website",
        "og:site_name": "kerasbook",
        "og:title": page.title,
        "og:description": page.description,
        "og:url": page.url,
        "og:image": image,
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": f"kerasbook: {page.title}",
    }
    tags = [f'<meta property="{name}" content="{escape(text)}">' for name, text in said.items()]
    tags.append('<meta name="twitter:card" content="summary_large_image">')
    described = f'<meta name="description" content="{escape(page.description)}">'
    html = _DESCRIPTION.sub(lambda _: described, html, count=1)
    return html.replace("</head>", "\n".join(tags) + "\n</head>", 1)


def llms_txt(pages: list[About], *, name: str, summary: str) -> str:
    """The pages as a list for language models, by the part of the site that they are in.

    Reference:
        https://llmstxt.org
    """
    root = min((page.url for page in pages), key=len)
    parts: dict[str, list[str]] = {}
    for page in pages:
        part = page.url.removeprefix(root).partition("/")
        heading = {"book": "The book", "reference": "Reference"}.get(part[0], "The site")
        line = f"- [{page.title}]({page.url}): {page.description}"
        parts.setdefault(heading, []).append(line)
    order = sorted(parts.items(), key=lambda item: (item[0] != "The book", item[0]))
    sections = (f"## {heading}\n\n" + "\n".join(lines) for heading, lines in order)
    return f"# {name}\n\n> {summary}\n\n" + "\n\n".join(sections) + "\n"


def _plain(html: str) -> str:
    return " ".join(unescape(_TAG.sub("", _SKIPPED.sub("", html))).split())


def _cut(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return text[: _LONGEST - 1].rpartition(" ")[0].rstrip(",;:") + "…"
