"""What every display promises, held for each of them."""

from __future__ import annotations

import copy
import dataclasses
import os
import pickle
import re
import subprocess
import sys
from base64 import b64decode
from html import unescape
from io import BytesIO
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest
from display_samples import SAMPLES, refused
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from kerasbook import displays
from kerasbook.drawing.base import Display
from kerasbook.errors import ArgumentError

# They write on coloured cells, in black or white: their own tests look at that.
ON_CELLS = (
    displays.ConfusionDisplay,
    displays.ConvolutionStepDisplay,
    displays.DropoutDisplay,
    displays.EdgeFilterDisplay,
    displays.FilterDisplay,
)
SVG = "{http://www.w3.org/2000/svg}"


def test_every_display_has_a_sample():
    """No public display escapes the tests in this file."""
    public = {getattr(displays, name) for name in displays.__all__}
    shown = {type(make()) for make in SAMPLES.values()}
    assert {kind for kind in public if issubclass(kind, Display)} <= shown


def test_nothing_heavy_is_imported():
    """Neither the module nor the names of its classes load NumPy, Keras or Matplotlib."""
    names = [name for name in displays.__all__ if name != "LiveHistory"]  # a Keras callback
    code = (
        f"import sys, kerasbook.displays as d; [getattr(d, name) for name in {names}]; "
        "print([m for m in ('numpy', 'keras', 'matplotlib') if m in sys.modules])"
    )
    assert _run(code) == "[]\n"


def test_unknown_name():
    """A name that is no display is an ordinary missing attribute."""
    with pytest.raises(AttributeError, match=r"^module 'kerasbook.displays' has no attribute 'X'$"):
        _ = displays.X
    assert dir(displays) == sorted(displays.__all__)


def test_drawing_and_saving_never_import_pyplot(tmp_path):
    """No figure is registered anywhere: pyplot is not even loaded."""
    code = (
        "import sys; sys.path.insert(0, 'tests'); from display_samples import SAMPLES\n"
        "for make in SAMPLES.values():\n"
        f"    make().plot().save({str(tmp_path / 'x.png')!r})\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    assert _run(code) == "False\n"


def test_plot_returns_itself_with_figure_and_axes(display):
    """`plot` sets `figure_` and `ax_`, and nothing before it does."""
    assert not hasattr(display, "figure_")
    assert not hasattr(display, "ax_")
    assert display.plot() is display
    axes = display.ax_ if isinstance(display.ax_, tuple) else (display.ax_,)
    assert isinstance(display.figure_, Figure)
    assert all(ax.figure is display.figure_ for ax in axes)


def test_data_cannot_be_changed(display):
    """A display is its data, once: no field can be set, drawn or not."""
    field = dataclasses.fields(display)[0].name
    for _ in range(2):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(display, field, None)
        display.plot()
    assert not hasattr(display, "__dict__")


@pytest.mark.parametrize("again", [copy.copy, lambda d: pickle.loads(pickle.dumps(d))])  # noqa: S301  our own
def test_a_copy_is_the_data_not_yet_drawn(display, again):
    """Copies and pickles hold the data and draw the same picture."""
    other = again(display.plot())
    assert not hasattr(other, "figure_")
    assert other._rendered("svg") == display._rendered("svg")


def test_drawing_leaves_global_state_alone(display, tmp_path):
    """No setting of Matplotlib is different after drawing and saving."""
    before = dict(mpl.rcParams)
    display.plot(theme="dark").save(tmp_path / "x.svg")
    assert dict(mpl.rcParams) == before


def test_given_axes_are_drawn_on(display):
    """A user's axes, or figure, are used, and their figure keeps its colour and layout."""
    figure = Figure(figsize=(7, 5), facecolor="#123456", layout="constrained")
    if isinstance(display.plot().ax_, tuple):
        left, _ = figure.subfigures(1, 2)
        display.plot(fig=left)
        assert all(ax.figure is left for ax in display.ax_)
    else:
        ax = figure.subplots(1, 2)[1]
        display.plot(ax=ax)
        assert display.ax_ is ax
        assert ax.has_data() or ax.patches
    assert display.figure_ is figure
    assert figure.get_facecolor() == mpl.colors.to_rgba("#123456")
    assert type(figure.get_layout_engine()).__name__ == "ConstrainedLayoutEngine"


def test_what_is_no_axes_is_refused(display):
    """A wrong `ax` or `fig` is named, before anything is drawn."""
    several = isinstance(display.plot().ax_, tuple)
    name = "fig" if several else "ax"
    expected = (
        "fig must be a Matplotlib Figure or SubFigure; received fig=3. Leave it out for a new one."
        if several
        else "ax must be a Matplotlib Axes; received ax=3. Leave it out to draw on a new figure."
    )
    with pytest.raises(ArgumentError, match=f"^{re.escape(expected)}$"):
        display.plot(**{name: 3})


def test_unknown_theme_is_refused(display):
    """A theme is light or dark."""
    expected = "theme must be 'light' or 'dark'; received theme='drak'. Did you mean 'dark'?"
    with pytest.raises(ArgumentError, match=f"^{re.escape(expected)}$"):
        display.plot(theme="drak")


def test_alt_text_is_sentences_with_numbers(display):
    """The alt text stands alone: it ends like a sentence, and says more than a title."""
    assert display.alt_text.endswith(".")
    assert re.search(r"\d", display.alt_text)
    assert len(display.alt_text) > len(display.title)
    assert "\n" not in display.alt_text
    assert repr(display) == f"<{type(display).__name__}: {display.title}>"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_text_is_cut_off_or_tiny(display, theme, monkeypatch):
    """Every piece of text lies within the picture, in at least 8 points."""
    figure = display.plot(theme=theme).figure_
    texts = _texts(figure, monkeypatch)
    assert texts
    for text in texts:
        box = text.get_window_extent()
        assert text.get_fontsize() >= 8, text
        assert box.x0 >= -1, text
        assert box.y0 >= -1, text
        assert box.x1 <= figure.bbox.x1 + 1, text
        assert box.y1 <= figure.bbox.y1 + 1, text


def test_pictures_keep_their_proportions(display):
    """What is drawn of more than one row has square pixels."""
    axes = display.plot().ax_
    for ax in axes if isinstance(axes, tuple) else (axes,):
        for image in ax.images:
            height, width = image.get_array().shape[:2]
            box = image.get_window_extent()
            if height > 1 and not isinstance(display, displays.ConfusionDisplay):
                assert box.width / width == pytest.approx(box.height / height, rel=0.02)


def test_a_new_figure_is_as_wide_as_a_page(display):
    """Small data makes a figure whose text a page need not shrink; many long numbers a wider."""
    widest = 12 if isinstance(display, displays.ConvolutionStepDisplay) else 8.1
    assert display.plot().figure_.get_size_inches()[0] <= widest


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out(display, theme, monkeypatch):
    """Text has a contrast of at least 4.5 to 1 on its background, as WCAG asks."""
    figure = display.plot(theme=theme).figure_
    on_cells = {"#FFFFFF", "#000000"} if isinstance(display, ON_CELLS) else set()
    for text in _texts(figure, monkeypatch):
        if mpl.colors.to_hex(text.get_color()).upper() not in on_cells:
            assert _contrast(text.get_color(), figure.get_facecolor()) >= 4.5, text


def test_svg_is_the_same_on_repeat(display):
    """The same data gives the same bytes: drawn again, rendered again, in another theme between."""
    first = display.plot()._rendered("svg")
    assert display._rendered("svg") == first
    display.plot(theme="dark")
    assert display._rendered("svg") != first
    assert display.plot()._rendered("svg") == first


def test_svg_is_the_same_in_another_process(tmp_path):
    """Neither hash seeds nor dates get into a file."""
    code = (
        "import sys; sys.path.insert(0, 'tests'); from display_samples import SAMPLES\n"
        "for name, make in SAMPLES.items():\n"
        f"    make().plot().save(f'{tmp_path}/{{sys.argv[1]}}-{{name}}.svg')\n"
    )
    for seed in ("1", "2"):
        _run(code, seed, PYTHONHASHSEED=seed)
    for name in SAMPLES:
        one, two = ((tmp_path / f"{seed}-{name}.svg").read_bytes() for seed in ("1", "2"))
        assert one == two


def test_svg_has_role_name_and_description(display):
    """A screen reader finds title and alt text in the file."""
    root = ET.fromstring(display._rendered("svg"))  # noqa: S314  our own file
    assert root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert (title.text, desc.text) == (display.title, display.alt_text)


def test_files_hold_title_and_description(display, tmp_path):
    """PNG and PDF carry them in their metadata, and no date."""
    assert display.save(tmp_path / "x.PNG") == tmp_path / "x.PNG"
    with Image.open(tmp_path / "x.PNG") as image:
        assert image.text["Title"] == display.title
        assert image.text["Description"] == display.alt_text
    pdf = display.save(tmp_path / "x.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert b"/Subject" in pdf
    assert b"CreationDate" not in pdf


def test_notebooks_get_pictures_with_alt_text(display):
    """HTML holds the picture and its alt text, once: a notebook stores every form there is."""
    html = display._repr_html_()
    assert [name for name in dir(display) if name.startswith("_repr_")] == ["_repr_html_"]
    alt = re.search(r'alt="([^"]*)"', html)[1]
    data = re.search(r'src="data:image/svg\+xml;base64,([^"]*)"', html)[1]
    assert unescape(alt) == display.alt_text
    assert b64decode(data) == display._rendered("svg")
    png = re.search(r'src="data:image/png;base64,([^"]*)"', display.to_html("png"))[1]
    with Image.open(BytesIO(b64decode(png))) as image:
        assert min(image.size) > 100


@pytest.mark.parametrize("kind", [None, "png", "svg", "pdf"])
def test_open_files_get_the_same_bytes(kind, tmp_path):
    """A file that is open for bytes is written to, as a PNG if no format is named."""
    display, suffix = SAMPLES["batches"](), kind or "png"
    content = display.save(tmp_path / f"x.{suffix}").read_bytes()
    buffer = BytesIO()
    assert display.save(buffer, format=kind) is buffer
    assert buffer.getvalue() == content
    with (tmp_path / "open").open("wb") as file:
        display.save(file, format=kind)
    assert (tmp_path / "open").read_bytes() == content


def test_what_cannot_be_written_to_is_refused(tmp_path):
    """A file for text, a format that there is not, and one that the suffix contradicts."""
    display = SAMPLES["batches"]()
    message = (
        r"^path must be a path, or a file that takes bytes; received path=.*\. "
        r"Open it with mode 'wb', or use io.BytesIO\(\).$"
    )
    with (tmp_path / "x").open("w") as file, pytest.raises(ArgumentError, match=message):
        display.save(file)
    with refused(
        "format must be 'png', 'svg' or 'pdf'; received format='jpg'. Did you mean 'png'?"
    ):
        display.save(BytesIO(), format="jpg")
    with refused("format must be the suffix of the path, 'svg'; received format='png'."):
        display.save(tmp_path / "x.svg", format="png")
    assert not hasattr(display, "figure_")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("x.jpg", "path must end in .png, .svg or .pdf; received path='x.jpg'."),
        (
            "nowhere/x.png",
            (
                "path must be in a folder that exists; received path='nowhere/x.png'. "
                "Make the folder first."
            ),
        ),
        (3, "path must be a path that ends in .png, .svg or .pdf; received path=3."),
    ],
)
def test_paths_that_cannot_be_written(path, message):
    """A wrong suffix or folder is an error before anything is drawn."""
    display = SAMPLES["batches"]()
    with pytest.raises(ArgumentError, match=f"^{re.escape(message)}$"):
        display.save(path)
    assert not hasattr(display, "figure_")


def test_html_kind():
    """There are two kinds of pictures for HTML."""
    message = "kind must be 'svg' or 'png'; received kind='pdf'."
    with pytest.raises(ArgumentError, match=f"^{re.escape(message)}$"):
        SAMPLES["batches"]().to_html("pdf")


def _run(code: str, *arguments: str, **environment: str) -> str:
    """What a fresh Python prints."""
    result = subprocess.run(  # noqa: S603  our own code
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    )
    return result.stdout


def _texts(figure: Figure, monkeypatch) -> list[Text]:
    """The pieces of text that are really drawn: no tick beyond the end of its axis."""
    drawn: list[Text] = []
    draw = Text.draw

    def recorded(self, *args, **kwargs):
        drawn.append(self)
        return draw(self, *args, **kwargs)

    monkeypatch.setattr(Text, "draw", recorded)
    figure.draw_without_rendering()
    return [text for text in drawn if text.get_visible() and text.get_text().strip()]


def _contrast(one: object, two: object) -> float:
    """The contrast ratio of two colours, as https://www.w3.org/TR/WCAG22/ defines it."""
    lights = []
    for color in (one, two):
        rgb = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in mpl.colors.to_rgb(color)
        ]
        lights.append(0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)
