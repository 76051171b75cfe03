"""Cells: readable on every colour, and grey or diverging as their numbers are."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

from kerasbook.drawing.cells import colors_for, number_text, text_on
from kerasbook.drawing.theme import theme_named


def luminance(color):
    """Relative luminance as WCAG defines it."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("signed", [False, True])
def test_numbers_stand_out_on_every_colour_of_the_maps(theme, signed):
    """Black or white has a contrast of at least 4.5 to 1, whatever the value."""
    values = np.array([-1.0 if signed else 0.0, 1.0])
    name, _, _ = colors_for(values, theme_named(theme))
    for share in np.linspace(0, 1, 256):
        color = mpl.colormaps[name](share)
        lights = luminance(color[:3]), luminance(mpl.colors.to_rgb(text_on(color)))
        assert (max(lights) + 0.05) / (min(lights) + 0.05) >= 4.5


def test_signed_values_are_centred_at_zero():
    """A diverging map has 0 in its middle; an image of no negative values is grey from 0 up."""
    theme = theme_named("light")
    assert colors_for(np.array([-3.0, 1.0]), theme) == ("PuOr", -3, 3)
    assert colors_for(np.array([0.5, 2.0]), theme) == ("gray", 0, 2)
    assert colors_for(np.zeros(2), theme) == ("gray", 0, 1)


@pytest.mark.parametrize(
    ("value", "most", "text"),
    [
        (1.0, 0, "1"),
        (-0.43137255, 0, "−0.431"),
        (2e-8, 1, "0"),
        (2e-8, 0, "2e−08"),
        (-1234.6, 0, "−1,235"),
    ],
)
def test_a_number_fits_its_cell(value, most, text):
    """Three digits, and 0 for what rounding leaves beside large numbers."""
    assert number_text(value, most=most) == text
