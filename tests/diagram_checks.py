"""What tests of diagrams look at: texts, where they are, and lines."""

from __future__ import annotations

from itertools import combinations, pairwise

from kerasbook.displays import ArchitectureDisplay

WIDEST, TALLEST = 9.8, 13.2  # inches: a page with title and legend


def drawn(model, *, kind, theme="light", **options):
    """A display of a model, drawn."""
    return ArchitectureDisplay.from_model(model, kind=kind, **options).plot(theme=theme)


def labels(display):
    """The texts in the picture."""
    return [text.get_text() for text in display.ax_.texts]


def words(display):
    """All that is written in the picture, with plain spaces."""
    return " ".join(labels(display)).replace("\xa0", " ")


def boxes(display):
    """Where each text is, in pixels."""
    display.figure_.draw_without_rendering()
    return {
        text: text.get_window_extent().shrunk(0.98, 0.9)
        for text in display.ax_.texts
        if text.get_text().strip()
    }


def crosses(box, points):
    """Whether a line through points goes through a box."""
    return any(
        box.count_contains([one + (two - one) * n / 20 for n in range(21)])
        for one, two in pairwise(points)
    )


def assert_tidy(display):
    """No text overlaps another or the border of a box, and all is on a page."""
    places = boxes(display)
    for (one, first), (two, second) in combinations(places.items(), 2):
        assert not first.overlaps(second), (one.get_text(), two.get_text())
    frame = display.figure_.bbox
    for text, box in places.items():
        assert frame.x0 <= box.x0, text
        assert box.x1 <= frame.x1, text
        assert frame.y0 <= box.y0, text
        assert box.y1 <= frame.y1, text
        assert text.get_fontsize() >= 8
    width, height = display.figure_.get_size_inches()
    assert width <= WIDEST
    assert height <= TALLEST
    assert width / height > 0.5
