"""What a reader does on the site: search, switch the theme, use the keyboard, lose the way."""

from __future__ import annotations

import pytest

from sitebuild.figures import palette_css

# What readers type, and a page that must be among the answers.
ASKED = {
    "conv_output_size": "reference/calculators/",
    "receptive field": "reference/calculators/",
    "confusion": "reference/displays/",
    "torchinfo": "comparison/",
    "646,260": "numbers/",
}


@pytest.mark.parametrize(("words", "address"), ASKED.items())
def test_search_finds_what_a_reader_types(visit, words, address):
    """The page that explains a word is among the answers."""
    page = visit("")
    page.keyboard.press("/")
    page.keyboard.type(words, delay=20)
    result = page.locator(f'.md-search-result__link[href*="{address}"]').first
    result.wait_for(state="attached", timeout=10_000)


def test_the_theme_is_the_readers(visit):
    """The switch changes page and figures, and the choice stays on the next page."""
    page = visit("")
    text = ".kb-svg text"
    before = page.locator(text).first.evaluate("node => getComputedStyle(node).fill")
    page.locator("label[title='Switch to dark mode']").click()
    after = page.locator(text).first.evaluate("node => getComputedStyle(node).fill")
    assert before != after
    page.goto(page.url + "comparison/")
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"


def test_figures_have_the_colours_of_the_displays(visit):
    """The page's palette is that of `kerasbook.displays`."""
    page = visit("")
    sheet = page.locator("link[rel=stylesheet]").get_attribute("href")
    said = page.evaluate("sheet => fetch(sheet).then(answer => answer.text())", sheet)
    assert palette_css() in said


def test_the_keyboard_reaches_everything(visit):
    """From the first key on, the focus is visible and first offers to skip the navigation."""
    page = visit("reference/calculators/")
    page.keyboard.press("Tab")
    assert "md-skip" in page.evaluate("document.activeElement.className")
    hidden = []
    for _ in range(40):
        page.keyboard.press("Tab")
        hidden += page.evaluate(
            """() => { const focused = document.activeElement, style = getComputedStyle(focused);
            const seen = style.outlineStyle !== "none" && style.outlineWidth !== "0px";
            return seen ? [] : [focused.outerHTML.slice(0, 120)]; }"""
        )
    assert hidden == []


def test_a_wrong_address_leads_back(visit):
    """The page for what is not there has style, navigation and a search."""
    page = visit("no/such/page/", missing=True)
    assert "404" in page.locator("h1").inner_text()
    assert page.locator("link[rel=stylesheet]").first.evaluate("link => link.sheet.cssRules.length")
    assert page.locator(".md-tabs__link").first.get_attribute("href")


def test_the_page_reads_without_scripts(visit):
    """Text, examples, figures and formulas are there where no script runs."""
    page = visit("reference/calculators/", java_script_enabled=False)
    assert page.locator(".language-pycon code").first.is_visible()
    assert page.locator(".katex").first.is_visible()
