"""What happens to the site that MkDocs built, in order; each step is a function of its own."""

from __future__ import annotations

import re
from base64 import b64decode
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from sitebuild.cards import card
from sitebuild.examples import figure
from sitebuild.figures import palette_css
from sitebuild.formulas import (
    find_formulas,
    place_formulas,
    render_formulas,
    styles_css,
    without_styles,
)
from sitebuild.heads import about, llms_txt, with_head
from sitebuild.numbers import with_numbers
from sitebuild.policy import with_policy
from sitebuild.repairs import repaired
from sitebuild.searching import write_index
from sitebuild.stylesheets import in_one
from sitebuild.vendor import copy_vendored
from sitebuild.widgets.markers import with_widgets, write_assets

if TYPE_CHECKING:
    from pathlib import Path

    from sitebuild.heads import About

__all__ = ["post_build"]

_FIGURE = re.compile(r'(<figure class="kb-figure") data-figure="([^"]+)">')
_EMBEDDED = re.compile(r'href="data:image/png;base64,([^"]+)"')


def post_build(site: Path) -> None:
    """Finish a site: vendored files, palette, widgets, figures, formulas, policy."""
    copy_vendored(site)
    write_assets(site)
    pages = {path: path.read_text("utf-8") for path in sorted(site.rglob("*.html"))}
    pages = {path: with_widgets(html) for path, html in pages.items()}
    pages = {path: with_numbers(html) for path, html in pages.items()}
    write_index(site, pages)
    pages = {path: _with_figures(path, html, site) for path, html in pages.items()}
    pages = _with_formulas(pages, site)
    (site / "assets/css/palette.css").write_text(palette_css(), "utf-8")
    pages = in_one(pages, site)
    abouts = {path: about(html) for path, html in pages.items()}
    for path, html in pages.items():
        image = _card(path, abouts[path], site)
        html = with_head(html, abouts[path], image=image)  # noqa: PLW2901  the same page
        path.write_text(with_policy(repaired(html)), "utf-8")
    published = [page for page in abouts.values() if page.url]
    text = llms_txt(published, name="kerasbook", summary="Learn Keras by building it.")
    (site / "llms.txt").write_text(text, "utf-8")


def _card(path: Path, page: About, site: Path) -> str:
    """Draw the card of a page; gives the address that it will be published at."""
    parts = path.relative_to(site).parent.parts
    name = f"assets/cards/{'-'.join(parts) or 'home'}.png"
    (site / name).parent.mkdir(parents=True, exist_ok=True)
    (site / name).write_bytes(card(page))
    root = page.url.removesuffix("".join(f"{part}/" for part in parts))
    return root + name


def _up(path: Path, site: Path) -> str:
    """From a page to the site's root."""
    return "../" * (len(path.relative_to(site).parts) - 1)


def _with_figures(path: Path, html: str, site: Path) -> str:
    """The page with its pictures; photographs inside them become files beside the page."""
    up = _up(path, site)

    def photograph(match: re.Match[str]) -> str:
        content = b64decode(match[1])
        name = f"assets/figures/{sha256(content).hexdigest()[:16]}.webp"
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        # The same pixels in two thirds of the bytes.
        Image.open(BytesIO(content)).save(site / name, lossless=True)
        return f'href="{up}{name}"'

    def picture(match: re.Match[str]) -> str:
        return f"{match[1]}>{_EMBEDDED.sub(photograph, figure(match[2]))}"

    return _FIGURE.sub(picture, html)


def _with_formulas(pages: dict[Path, str], site: Path) -> dict[Path, str]:
    """The pages with their formulas as HTML, and one style sheet for all."""
    rendered = render_formulas([each for html in pages.values() for each in find_formulas(html)])
    classes: dict[str, str] = {}
    placed = {formula: without_styles(html, classes) for formula, html in rendered.items()}
    (site / "assets/css/formulas.css").write_text(styles_css(classes), "utf-8")
    return {path: place_formulas(html, placed) for path, html in pages.items()}
