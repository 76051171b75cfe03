from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from kerasbook.drawing.theme import theme_named

# What eyes without one kind of cone see, on linear RGB: Machado, Oliveira and Fernandes, 2009,
# https://doi.org/10.1109/TVCG.2009.113, severity 1.
SEEN = {
    "trichromat": np.eye(3),
    "protanope": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranope": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanope": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(color):
    """A colour in linear RGB."""
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(color, seen):
    """A colour in CIE L*a*b*, as such eyes see it."""
    xyz = TO_XYZ @ np.clip(np.array(SEEN[seen]) @ linear(color), 0, 1)
    x, y, z = np.cbrt(xyz / TO_XYZ.sum(axis=1))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one, two):
    """The contrast ratio of two colours: https://www.w3.org/TR/WCAG22/."""
    low, high = sorted(TO_XYZ[1] @ linear(color) for color in (one, two))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("name", ["light", "dark"])
def test_colours_differ_for_all_eyes(name, seen):
    """Right and wrong, and the first four categories, are far apart whatever cones one has."""
    theme = theme_named(name)
    pairs = [(theme.right, theme.wrong), *combinations(theme.colors[:4], 2)]
    for one, two in pairs:
        assert np.linalg.norm(lab(one, seen) - lab(two, seen)) > 15, (one, two)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_colours_stand_out_from_the_background(name):
    """Text has a contrast of 4.5 to 1; lines and borders that carry a meaning, of 3 to 1."""
    theme = theme_named(name)
    for color in (theme.text, theme.muted):
        assert contrast(color, theme.background) >= 4.5
    for color in (theme.right, theme.wrong, *theme.colors[:3]):
        assert contrast(color, theme.background) >= 3, color


def test_colours_begin_anew():
    """There is a colour for any number of categories."""
    theme = theme_named("light")
    assert theme.color(8) == theme.color(0) == theme.right
    assert len(set(theme.colors)) == 8
