"""The convolution stepper: every sum holds, and the keyboard moves it."""

from __future__ import annotations

import json
import re

import pytest

from sitebuild.places import SITE

from .widgets import STEPPER, ready


def test_every_sum_of_the_stepper_holds(visit):
    """All choices, all steps: the written products come to the number in the output."""
    page = visit(STEPPER)
    widget = ready(page, ".kb-stepper")
    settings = json.loads((SITE / "assets/data/steps.json").read_text("utf-8"))["settings"]
    for key, setting in settings.items():
        for name, value in zip(("image", "kernel", "strides", "padding"), key.split(), strict=True):
            widget.locator(f"select[name={name}]").select_option(value)
        texts = widget.evaluate(
            """root => Array.from(root.querySelectorAll(".kb-output td"), cell => {
            cell.click(); return root.querySelector(".kb-sum").textContent; })"""
        )
        assert len(texts) == sum(map(len, setting["output"]))
        for text in texts:
            products, sign, value = re.split(r" ([=≈]) ", text.partition(":\n")[2])
            total = sum(
                float(a) * float(b)
                for a, b in re.findall(
                    r"\(?(-?[\d.]+)\)?·\(?(-?[\d.]+)", products.replace("−", "-")
                )
            )
            given = float(value.replace("−", "-"))
            assert total == pytest.approx(given, abs=1e-9 if sign == "=" else 0.01), (key, text)


def test_stepper_shows_that_keras_pads_unevenly(visit):
    """6×6 pixels, stride 2, same: zeros below and on the right, none above and on the left."""
    page = visit(STEPPER)
    widget = ready(page, ".kb-stepper")
    rows = widget.locator(".kb-image tr")
    padding = [
        [place for place, cell in enumerate(row.locator("td").all()) if _is_padding(cell)]
        for row in rows.all()
    ]
    assert padding == [[6]] * 6 + [[0, 1, 2, 3, 4, 5, 6]]
    assert (
        "0 above, 1 below, 0 left and 1 right" in widget.locator(".kb-image caption").inner_text()
    )
    assert "⌊(6 + 0 + 1 − 3) / 2⌋ + 1 = 3" in widget.locator(".kb-size").inner_text()


def test_stepper_moves_by_keyboard_and_says_where_it_is(visit):
    """Arrows, Home and End; the slider's text names the place; playing stops at the end."""
    page = visit(STEPPER)
    widget = ready(page, ".kb-stepper")
    slider = widget.get_by_role("slider", name="Step")
    slider.focus()
    places = []
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "End", "ArrowUp", "Home"):
        page.keyboard.press(key)
        places.append(slider.get_attribute("aria-valuetext").partition(", sum")[0])
    assert places == [
        f"row {row}, column {column}"
        for row, column in ((0, 1), (1, 1), (1, 0), (2, 2), (1, 2), (0, 0))
    ]
    assert widget.locator(".kb-under").count() == 9
    page.clock.install()
    widget.get_by_role("button", name="Play").press("Enter")
    page.clock.run_for(8 * 700)
    assert widget.locator("[data-go=play]").inner_text() == "Play"
    assert slider.get_attribute("aria-valuetext").startswith("row 2, column 2")


def _is_padding(cell):
    return "kb-padding" in (cell.get_attribute("class") or "")


def test_the_script_writes_what_the_build_wrote(visit):
    """The first step before the script has run and after it: the same text, the same shades."""
    look = """root => Array.from(root.querySelectorAll("table, .kb-sum, .kb-size, .kb-shows"),
    node => [node.textContent.trim(), ...Array.from(node.querySelectorAll("td"), cell =>
    cell.dataset.level + cell.classList.contains("kb-padding"))])"""
    built = visit(STEPPER, java_script_enabled=False).locator(".kb-stepper").evaluate(look)
    assert ready(visit(STEPPER), ".kb-stepper").evaluate(look) == built
