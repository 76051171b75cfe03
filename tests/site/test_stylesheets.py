"""One style sheet for all pages: what it says, and where its fonts are."""

from __future__ import annotations

import re

import pytest

from sitebuild.places import SITE
from sitebuild.stylesheets import in_one, merged, with_stylesheet

LINK = '<link rel="stylesheet" href="{}">'


def test_each_page_of_the_site_links_one_that_is_there():
    """The same one, and no other style sheet is left beside it."""
    names = {
        found.lstrip("./").removeprefix("kerasbook/")
        for page in SITE.rglob("*.html")
        for found in re.findall(LINK.format('([^"]+)'), page.read_text("utf-8"))
    }
    assert len(names) == 1
    assert (SITE / names.pop()).exists()
    left = [path for path in SITE.rglob("*.css") if "vendor" not in path.parts]
    assert [path.name.partition(".")[0] for path in left] == ["all"]


def test_its_fonts_are_where_it_says():
    """Each address of the style sheet leads to a file."""
    (sheet,) = (SITE / "assets/css").glob("all.*.css")
    addresses = re.findall(r"""url\(["']?(?!data:)([^"')]+)""", sheet.read_text("utf-8"))
    fonts = [sheet.parent / address for address in addresses]
    assert len(fonts) > 20
    assert [path for path in fonts if not path.exists()] == []


def test_style_sheets_follow_in_the_order_of_the_links(tmp_path):
    """What one page links and another does not is there as well; the files are gone."""
    for name in ("theme", "ours", "formulas"):
        (tmp_path / "assets/css").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"assets/css/{name}.css").write_text(f"{name}{{}}", "utf-8")
    head = "<title>x</title>"
    both = head + LINK.format("../assets/css/theme.css") + LINK.format("../assets/css/ours.css")
    pages = {tmp_path / "a": both, tmp_path / "b": head + LINK.format("assets/css/formulas.css")}
    pages = in_one(pages, tmp_path)
    (sheet,) = (tmp_path / "assets/css").iterdir()
    assert sheet.read_text("utf-8") == "theme{}\nours{}\nformulas{}"
    assert [
        html.count(f'rel="stylesheet" href="{up}assets/css/{sheet.name}"')
        for html, up in zip(pages.values(), ("../", ""), strict=True)
    ] == [1, 1]


@pytest.mark.parametrize("root", ["", "../", "/kerasbook/"])
def test_the_font_is_asked_for_from_where_the_page_is(root):
    """Its address begins where that of the theme's style sheet does."""
    html = with_stylesheet(f"<title></title>{LINK.format(f'{root}assets/a.css')}", "assets/b.css")
    assert f'href="{root}assets/vendor/inter/files/inter-latin-wght-normal.woff2" as="font"' in html


def test_addresses_that_lead_elsewhere_stay():
    """Data, fragments, and what begins at a host or at its root."""
    for address in ("'data:image/svg+xml,<svg/>'", "#mask", "https://a.b/c.woff2", "/a.woff2"):
        css = f"a{{src:url({address})}}"
        assert merged({"assets/css/a.css": css}) == css
