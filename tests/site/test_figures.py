"""Figures as part of a page: colours by role, no styles, ids of their own, words."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from display_samples import SAMPLES

from kerasbook.drawing.theme import theme_named
from sitebuild.figures import inline_svg, palette_css, roles, themed


@pytest.fixture(params=SAMPLES.values(), ids=list(SAMPLES))
def drawn(request):
    """Each display, drawn for the page, and its SVG."""
    with themed():
        display = request.param().plot()
    svg = inline_svg(display.figure_, "k", title=display.title, description=display.alt_text)
    return display, ET.fromstring(svg), svg  # noqa: S314  Matplotlib wrote it


def test_every_display_passes_the_policy(drawn):
    """No style sheet, no `style`, no script, nothing from elsewhere."""
    _, root, svg = drawn
    assert "\n" not in svg
    assert {element.tag.rpartition("}")[2] for element in root.iter()}.isdisjoint(
        {"style", "script", "metadata"}
    )
    for element in root.iter():
        assert "style" not in element.attrib
        for name, value in element.attrib.items():
            if name.endswith("href"):
                assert value.startswith(("#k-", "data:image/png")), value


def test_every_display_follows_the_theme(drawn):
    """No colour of the light theme's paper, ink or grid is left, and none of the stand-ins."""
    _, root, _ = drawn
    light = theme_named("light")
    fixed = {light.text.lower(), light.muted.lower(), light.grid.lower(), "#fffffe", "#000001"}
    for element in root.iter():
        for name in ("fill", "stroke"):
            assert element.get(name, "").lower() not in fixed


@pytest.mark.parametrize("kind", ["neurons", "volumes", "graph"])
def test_boxes_of_diagrams_follow_the_theme(kind):
    """What is a mixture with the paper is mixed by the browser, with the paper that is there."""
    with themed():
        display = SAMPLES[kind]().plot()
    svg = inline_svg(display.figure_, "k", title="title", description="words")
    assert "color-mix(in srgb, var(--kb-color-" in svg
    assert re.findall(r'(?:fill|stroke)="#\w+"', svg) == []


def test_every_display_says_itself_in_words(drawn):
    """Title and alt text are those of the display, and the image is named by them."""
    display, root, _ = drawn
    title, description = root[0], root[1]
    assert (title.text, description.text) == (display.title, display.alt_text)
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert root.get("role") == "img"


def test_every_reference_has_its_id(drawn):
    """What an SVG refers to is in it, under ids that begin with its key."""
    _, root, svg = drawn
    ids = [element.get("id") for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    assert all(name.startswith("k-") for name in ids)
    assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= set(ids)


def test_each_role_has_a_colour_in_both_themes():
    """The style sheet gives every role its light and its dark colour."""
    css = palette_css()
    for name in ("light", "dark"):
        for role, color in roles(theme_named(name)).items():
            assert f"  {role}: {color};\n" in css


def test_drawing_for_the_page_leaves_the_displays_as_they_were():
    """Outside of the build the light theme has its own colours."""
    before = theme_named("light")
    with themed() as names:
        assert names["#fffffe"] == "var(--kb-background, #fffffe)"
        assert theme_named("light") != before
    assert theme_named("light") is before
