"""Drawing a digit: by pointer and by keys, with the network's own filters and others."""

from __future__ import annotations

import pytest

from .widgets import DRAW, ready


def test_the_test_digits_are_named(visit):
    """Each of the ten on the buttons is told by the network, with probabilities that sum to 1."""
    page = visit(DRAW)
    widget = ready(page, ".kb-draw")
    for digit in range(10):
        widget.locator("button[data-sample]").nth(digit).click()
        assert widget.get_attribute("data-answer") == str(digit)
        shares = [float(text.removesuffix(" %")) for text in _shares(widget)]
        assert sum(shares) == pytest.approx(100, abs=0.6)
    page.wait_for_function(
        "() => document.querySelector('.kb-verdict').textContent.startsWith('It looks like 9: ')"
    )


def test_a_digit_drawn_by_pointer_is_named(visit):
    """A vertical stroke is a 1, wherever and however large it is drawn."""
    page = visit(DRAW)
    widget = ready(page, ".kb-draw")
    widget.get_by_role("button", name="Clear").click()
    assert widget.get_attribute("data-answer") == ""
    assert _shares(widget) == ["–"] * 10
    box = widget.locator(".kb-pad").bounding_box()
    path = [(0.35, 0.3), (0.5, 0.15), (0.5, 0.7)]
    page.mouse.move(*_at(box, *path[0]))
    page.mouse.down()
    for x, y in path[1:]:
        page.mouse.move(*_at(box, x, y), steps=8)
    page.mouse.up()
    assert widget.get_attribute("data-answer") == "1"


def test_a_digit_drawn_by_keys_is_named(visit):
    """The pen goes down with Space, moves with the arrows, and Delete clears the pad."""
    page = visit(DRAW)
    widget = ready(page, ".kb-draw")
    widget.get_by_role("button", name="Clear").click()
    widget.locator(".kb-pad").focus()
    for key, times in (
        ("ArrowUp", 6),
        ("ArrowLeft", 3),
        (" ", 1),
        ("ArrowRight", 6),
        ("ArrowDown", 12),
        ("ArrowLeft", 6),
        ("ArrowUp", 12),
    ):
        for _ in range(times):
            page.keyboard.press(key)
    assert widget.get_attribute("data-answer") == "0"
    assert widget.locator(".kb-pen").inner_text().startswith("Pen down, column 10, row ")
    page.keyboard.press("Delete")
    assert widget.get_attribute("data-answer") == ""


def test_a_hand_made_filter_takes_the_place_of_a_trained_one(visit):
    """Its map changes and no other of that layer; `as trained` brings the first answer back."""
    page = visit(DRAW)
    widget = ready(page, ".kb-draw")
    before = (_maps(widget, "conv_1"), widget.get_attribute("data-probabilities"))
    widget.locator(".kb-tile[aria-pressed]").nth(2).click()
    widget.locator(".kb-swap select[name=kernel]").select_option("horizontal")
    weights = widget.locator(".kb-kernel td").all_text_contents()
    assert weights == ["1.00"] * 3 + ["0.00"] * 3 + ["−1.00"] * 3
    maps = _maps(widget, "conv_1")
    assert widget.get_attribute("data-probabilities") != before[1]
    assert maps[2] != before[0][2]
    widget.locator(".kb-swap select[name=kernel]").select_option("")
    assert (_maps(widget, "conv_1"), widget.get_attribute("data-probabilities")) == before


def test_drawings_follow_the_theme(visit):
    """The ink is dark on light and light on dark, also after a switch."""
    page = visit(DRAW)
    widget = ready(page, ".kb-draw")
    ink = """canvas => {
    const copy = new OffscreenCanvas(8, 8).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, 8, 8);
    for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 250) return data[at]; }"""
    light = widget.locator(".kb-seen").evaluate(ink)
    page.locator("label[title='Switch to dark mode']").click()
    dark = widget.locator(".kb-seen").evaluate(ink)
    assert light < 100
    assert dark > 200


def _shares(widget):
    return widget.locator(".kb-bars output").all_text_contents()


def _at(box, x, y):
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def _maps(widget, layer):
    return widget.locator(f"[data-layer={layer}] canvas").evaluate_all(
        "all => all.map(canvas => canvas.toDataURL())"
    )
