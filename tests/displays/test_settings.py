"""Pictures under the user's own styles, and with characters that his fonts lack."""

from __future__ import annotations

import re
import warnings

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text

from kerasbook.displays import ClassMosaicDisplay, ConfusionDisplay

STYLES = (
    *("Solarize_Light2", "bmh", "classic", "dark_background", "fivethirtyeight", "ggplot"),
    *("grayscale", "petroff10", "seaborn-v0_8", "seaborn-v0_8-poster"),
)
FONT = {"font.family": ["DejaVu Sans"]}  # some styles ask for fonts that some machines have
MISSING = (
    "No installed font has {}: boxes are drawn. Load one that has, such as {}, before you draw: "
    "matplotlib.font_manager.fontManager.addfont('FILE.ttf')."
)


def test_no_style_changes_a_picture(display):
    """Ten styles give the same bytes as none."""
    with mpl.style.context(["default", FONT]):
        plain = display.plot()._rendered("svg")
    for style in STYLES:
        with mpl.style.context([style, FONT]):
            assert display.plot()._rendered("svg") == plain, style


def test_no_style_changes_colours_or_lines_on_given_axes(display):
    """Axes that were made under a style lose its grid, its ticks and its colours."""
    with mpl.style.context(["default", FONT]):
        plain = _drawn_on_given(display)
    for style in ("bmh", "dark_background", "ggplot", "grayscale", "seaborn-v0_8"):
        with mpl.style.context([style, FONT]):
            assert _drawn_on_given(display) == plain, style


def _drawn_on_given(display):
    """What is drawn on a user's axes: kinds, colours and widths."""
    figure = Figure(figsize=(8, 8), facecolor="#FFFFFF")
    if isinstance(display.plot().ax_, tuple):
        display.plot(fig=figure)
    else:
        display.plot(ax=figure.subplots())
    figure.draw_without_rendering()
    found = []
    backgrounds = [ax.patch for ax in figure.axes]
    for artist in (a for ax in figure.axes for a in ax.findobj() if a.get_visible()):
        if isinstance(artist, Text) and artist.get_text():
            found.append((artist.get_text(), to_hex(artist.get_color()), artist.get_weight()))
        elif isinstance(artist, Line2D):
            marks = artist.get_markeredgewidth(), to_hex(artist.get_markeredgecolor())
            line = artist.get_linewidth(), to_hex(artist.get_color())
            found.append(("line", line if artist.get_linestyle() != "None" else marks))
        elif isinstance(artist, Patch) and artist not in backgrounds:
            found.append(("patch", to_hex(artist.get_facecolor()), artist.get_linewidth()))
    return sorted(map(str, found))


@pytest.mark.parametrize(
    ("names", "characters", "fonts"),
    [
        (("猫", "狗"), "狗 and 猫", "Noto Sans CJK SC"),
        (("ねこ", "강"), "こ, ね and 강", "Noto Sans CJK JP and Noto Sans CJK KR"),
        (("แมว", "cat"), "ม, ว and แ", "Noto Sans Thai"),
        (("बिल्ली", "cat"), "ब and ल", "Noto Sans Devanagari"),
        (("🦥", "cat"), "🦥", "Noto Sans Symbols 2"),
    ],
)
def test_characters_that_no_font_has_are_warned_about_once(names, characters, fonts, tmp_path):
    """Once a picture, by name, with a font that has them; saving says nothing more."""
    display = ConfusionDisplay.from_predictions([0, 1, 1], [0, 1, 0], class_names=names)
    with pytest.warns(UserWarning, match=f"^{re.escape(MISSING.format(characters, fonts))}$") as w:
        display.plot()
    assert len(w) == 1
    assert w[0].filename == __file__
    with warnings.catch_warnings(record=True) as saved:
        for kind in ("png", "svg", "pdf"):
            display.save(tmp_path / f"x.{kind}")
    assert saved == []


def test_characters_of_other_fonts_are_taken_from_them(tmp_path, monkeypatch):
    """A font that was loaded and has what the user's lack is taken, without a warning."""
    monkeypatch.setattr(fontManager, "ttflist", list(fontManager.ttflist))
    fontManager.addfont(_font(tmp_path / "cats.ttf", "猫狗"))
    images = np.linspace(0, 1, 128).reshape(2, 8, 8)
    display = ClassMosaicDisplay.from_arrays(images, [0, 1], class_names=("猫", "狗")).plot()
    (text,) = (text for text in display.ax_.texts if text.get_text() == "猫")
    assert text.get_fontfamily()[-1] == "Cats"
    assert text.get_window_extent().width == pytest.approx(10 * 2 / 72 * 100, abs=2)  # 2 em


def _font(path, characters):
    """A font of nothing but squares, each two em wide."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 1000), (2000, 1000), (2000, 0)):
        pen.lineTo(corner)
    pen.closePath()
    square, names = pen.glyph(), [".notdef", *(f"uni{ord(c):X}" for c in characters)]
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(names)
    font.setupCharacterMap({ord(c): name for c, name in zip(characters, names[1:], strict=True)})
    font.setupGlyf(dict.fromkeys(names, square))
    font.setupHorizontalMetrics(dict.fromkeys(names, (2000, 0)))
    font.setupHorizontalHeader(ascent=1000, descent=0)
    font.setupNameTable({"familyName": "Cats", "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    font.save(path)
    return path
