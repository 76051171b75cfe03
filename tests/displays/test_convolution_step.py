"""One step of a convolution as a picture, and all of them as a page."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pytest

from kerasbook.displays import ConvolutionStepDisplay
from kerasbook.errors import ArgumentError
from kerasbook.filters import filter_image

ARTICLE = [[0.6, 0.4, 0.6], [0.1, -0.2, -0.3], [-0.5, -0.4, -0.3]]
STEP = np.array([[1.0] * 4] * 2 + [[0.0] * 4] * 2)


def texts(display):
    """Everything that is written on the axes."""
    return [text.get_text() for text in display.plot().ax_.texts]


# ----------------------------------------------------------------------------- the picture


def test_the_article_s_step_is_drawn_with_its_sum():
    """The figure of the article: nine products, a line a row, and 2.8."""
    display = ConvolutionStepDisplay.from_image(ARTICLE, "horizontal", padding="valid")
    assert display.title == "3×3 kernel on 3×3 pixels: the sum at row 0, column 0 is 2.8"
    assert texts(display)[-3:] == [
        "0.6·1 + 0.4·1 + 0.6·1 +",
        "0.1·0 + (−0.2)·0 + (−0.3)·0 +",
        "(−0.5)·(−1) + (−0.4)·(−1) + (−0.3)·(−1) = 2.8",
    ]
    assert display.alt_text == (
        "One step of a convolution. Image: 3×3 pixels, not padded. Kernel: 3×3, rows 1 1 1; "
        "0 0 0; −1 −1 −1; stride 1. Output: 1×1. At row 0, column 0 of the output the kernel lies "
        "on the pixels 0.6 0.4 0.6; 0.1 −0.2 −0.3; −0.5 −0.4 −0.3. The sum of the products is 2.8."
    )


def test_image_kernel_and_output_are_drawn_as_they_are():
    """The three pictures on the axes are the three arrays, and every cell has its number."""
    display = ConvolutionStepDisplay.from_image(STEP, "horizontal", row=1, column=1)
    drawn = [np.asarray(image.get_array()) for image in display.plot().ax_.images]
    assert all(map(np.array_equal, drawn, (STEP, display.step.kernel, display.output)))
    assert np.array_equal(display.output, filter_image(STEP, "horizontal"))
    written = texts(display)
    for array in (STEP, display.step.kernel, display.output):
        for value in array.flat:
            written.remove(f"{value:g}".replace("-", "−"))
    zeros_around = 6 * 6 - 4 * 4
    assert [text for text in written if text == "0"] == ["0"] * zeros_around


@pytest.mark.parametrize(
    ("size", "strides", "label", "sentence"),
    [
        (5, 1, "image 5×5\npadded to 7×7:\n1 on each side", "zeros to 7×7: 1 on each side"),
        (
            4,
            2,
            "image 4×4\npadded to 5×5:\n0 above, 1 below, 0 left and 1 right",
            "zeros to 5×5: 0 above, 1 below, 0 left and 1 right",
        ),
    ],
)
def test_keras_s_padding_is_shown_side_by_side(*, size, strides, label, sentence):
    """5×5 is padded to 7×7 all around; with stride 2 an even size is padded on two sides only."""
    image = np.ones((size, size))
    display = ConvolutionStepDisplay.from_image(image, "horizontal", strides=strides)
    assert label in texts(display)
    assert sentence in display.alt_text


def test_the_window_and_its_pixel_are_framed():
    """One border lies around the window in the padded image, one around the output's pixel."""
    display = ConvolutionStepDisplay.from_image(
        np.ones((6, 6)), "horizontal", row=2, column=1, strides=2
    )
    ax = display.plot().ax_
    window, pixel = (patch for patch in ax.patches if patch.get_zorder() == 5)
    image, _, output = ax.images
    assert (window.get_width(), window.get_height()) == (3, 3)
    assert (pixel.get_width(), pixel.get_height()) == (1, 1)
    left, _, _, top = image.get_extent()  # nothing is padded above and on the left here
    assert (window.get_x() - left, window.get_y() - top) == pytest.approx((2, 4))
    left, _, _, top = output.get_extent()
    assert (pixel.get_x() - left, pixel.get_y() - top) == pytest.approx((1, 2))


def test_a_rounded_sum_is_not_called_equal():
    """With three digits a sum may only be about right, and then says so."""
    display = ConvolutionStepDisplay.from_image([[0.12345]], [[3.0]])
    assert texts(display)[-1] == "0.123·3 ≈ 0.37"
    assert texts(ConvolutionStepDisplay.from_image([[0.125]], [[4.0]]))[-1] == "0.125·4 = 0.5"


def test_a_large_kernel_is_counted_not_written_out():
    """The sum of a hundred products would be no help."""
    display = ConvolutionStepDisplay.from_image(np.ones((9, 9)), np.ones((9, 9)), row=4, column=4)
    assert texts(display)[-1] == "the sum of 81 products = 81"


def test_the_largest_image_is_drawn_within_bounds():
    """32×32 pixels make a figure of ordinary size."""
    display = ConvolutionStepDisplay.from_image(np.ones((32, 32)), "sobel_x").plot()
    assert max(display.figure_.get_size_inches()) <= 16


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (
            np.zeros((33, 5)),
            (
                "image.shape must be at most (32, 32), a cell for each pixel; "
                "received image.shape=(33, 5). Cut a piece out: image[:32, :32]."
            ),
        ),
        (
            np.zeros((5, 5, 3)),
            (
                "image.shape must be (height, width): one sum; received image.shape=(5, 5, 3). "
                "Take one of its channels: image[..., 0]."
            ),
        ),
    ],
)
def test_an_image_that_cannot_be_drawn_is_refused(image, message):
    """Too many pixels for cells, or several channels."""
    with pytest.raises(ArgumentError, match=f"^{re.escape(message)}$"):
        ConvolutionStepDisplay.from_image(image, "horizontal")


# -------------------------------------------------------------------------------- the page


class Outline(HTMLParser):
    """Tables, attributes and addresses of a page."""

    def __init__(self, page):
        super().__init__()
        self.tables, self.attributes, self.open = {}, [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        """Note the element."""
        attrs = dict(attrs)
        self.attributes.append((tag, attrs))
        if tag == "table":
            self.name = attrs["class"]
            self.tables[self.name] = []
        elif tag == "tr":
            self.tables[self.name].append([])
        elif tag == "td":
            self.tables[self.name][-1].append("")
        if tag not in {"meta", "input", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close the innermost element, which must be this one."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Keep what stands in a cell."""
        if self.open and self.open[-1] == "td":
            self.tables[self.name][-1][-1] += data


@pytest.fixture
def display():
    """A step with padding on two sides and numbers that need rounding."""
    image = np.random.default_rng(0).standard_normal((6, 8))
    return ConvolutionStepDisplay.from_image(image, "sobel_x", row=1, column=2, strides=(2, 1))


def test_the_page_is_well_formed_and_needs_nothing_from_elsewhere(display, tmp_path):
    """Every element is closed, and no address is named that a browser would fetch."""
    page = display.save_html(tmp_path / "steps.html").read_text(encoding="utf-8")
    outline = Outline(page)
    assert outline.open == []
    assert not [attrs for _, attrs in outline.attributes if {"src", "href"} & set(attrs)]
    assert not re.search(r"https?:|//|url\(|@import|fetch\(", page.replace("  // ", "  "))


def test_the_page_s_tables_hold_the_arrays(display):
    """Padded image, kernel and output, cell by cell, as the picture writes them."""
    tables = Outline(display.to_html()).tables
    for name, array in (
        ("kb-image", display.padded),
        ("kb-kernel", display.step.kernel),
        ("kb-output", display.output),
    ):
        cells = [[float(cell.replace("−", "-")) for cell in row] for row in tables[name]]
        assert np.allclose(cells, array, rtol=5e-3, atol=1e-6)


def test_the_page_s_script_knows_strides_sizes_and_which_sums_are_rounded(display):
    """What the script computes from is the display's own."""
    data = re.search(r'<script type="application/json">(.*?)</script>', display.to_html())[1]
    data = json.loads(data)
    assert data["strides"] == [2, 1]
    assert data["columns"] == display.output.shape[1]
    assert data["width"] == display.padded.shape[1]
    assert len(data["signs"]) == display.output.size
    assert "≈" in data["signs"]
    exact = ConvolutionStepDisplay.from_image(ARTICLE, "horizontal").to_html()
    assert '"signs": ["=", "=", "=", "=", "=", "=", "=", "=", "="]' in exact


def test_the_page_can_be_worked_by_keyboard_and_heard(display):
    """Buttons and a slider take the focus; the sum is announced; table and section are named."""
    outline = Outline(display.to_html())
    tags = [tag for tag, _ in outline.attributes]
    assert tags.count("button") == 5
    assert tags.count("caption") == tags.count("table") == 3
    (slider,) = (attrs for tag, attrs in outline.attributes if tag == "input")
    assert (slider["type"], slider["min"], slider["max"]) == ("range", "0", "23")
    assert slider["value"] == "10"  # row 1, column 2 of 8 columns
    assert slider["aria-label"] == "Step"
    (section,) = (attrs for tag, attrs in outline.attributes if tag == "section")
    assert section["aria-label"].startswith("A convolution step by step: 3×3 kernel on 6×8 pixels")
    assert [attrs for _, attrs in outline.attributes if attrs.get("aria-live") == "polite"]


def test_without_scripts_the_page_shows_this_step(display):
    """The sum in the page is that of the picture before any script has run."""
    said = re.search(r'<p class="kb-sum"[^>]*>(.*?)</p>', display.to_html(), re.DOTALL)[1]
    row, *lines = unescape(said).split("\n")
    assert row == "Row 1, column 2:"
    assert lines == texts(display)[-3:]


@pytest.mark.parametrize(("theme", "rule"), [("auto", True), ("light", False), ("dark", False)])
def test_the_page_follows_the_reader_s_theme_or_a_fixed_one(display, tmp_path, theme, rule):
    """Only `auto` leaves the page's background to the reader's setting."""
    page = display.save_html(tmp_path / "steps.html", theme=theme).read_text(encoding="utf-8")
    assert f'data-theme="{theme}"' in page
    assert ("(prefers-color-scheme: dark) { body" in page) is rule
    assert ("body { margin: 0; background: #14181D; }" in page) is (theme == "dark")


def test_a_notebook_gets_the_picture(display):
    """Notebooks strip scripts: they show the picture, `to_html` is for pages."""
    assert display._repr_html_() == display.to_html("svg")
    assert display.to_html().startswith("<section")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("steps.svg",), "path must end in .html; received path='steps.svg'."),
        (
            ("nowhere/steps.html",),
            (
                "path must be in a folder that exists; received path='nowhere/steps.html'. "
                "Make the folder first."
            ),
        ),
        ((3,), "path must be a path that ends in .html; received path=3."),
    ],
)
def test_a_page_that_cannot_be_written_is_refused(display, arguments, message):
    """A wrong suffix, a folder that is missing, no path at all."""
    with pytest.raises(ArgumentError, match=f"^{re.escape(message)}$"):
        display.save_html(*arguments)


def test_an_unknown_theme_is_refused(display, tmp_path):
    """The page's themes are three."""
    with pytest.raises(ArgumentError) as caught:
        display.save_html(tmp_path / "steps.html", theme="drak")
    assert str(caught.value) == (
        "theme must be 'auto', 'light' or 'dark'; received theme='drak'. Did you mean 'dark'?"
    )
    assert not list(tmp_path.iterdir())
