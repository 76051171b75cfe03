"""All steps of a convolution as one piece of HTML that needs nothing from elsewhere."""

from __future__ import annotations

import json
import os
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from kerasbook.checks import reject
from kerasbook.drawing.cells import colors_for, number_text, text_on
from kerasbook.drawing.convolution import labels, matches, sides_text, strides_text, sum_lines
from kerasbook.drawing.theme import theme_named

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kerasbook.drawing.convolution import Convolution

__all__ = ["page_path", "stepper", "stepper_page"]

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="{description}">
<title>{title}</title>
<style>
body {{ margin: 0; background: {light}; }}
{dark}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def stepper(display: Convolution, *, theme: str) -> str:
    """A `<section>` with image, kernel and output as tables, and what moves the kernel.

    Without scripts it shows the display's own step.

    Args:
        display: what it is made of.
        theme: `"light"`, `"dark"`, or `"auto"` for the reader's own.
    """
    output = display.output
    columns = output.shape[1]
    lines = sum_lines(display)
    index = display.step.row * columns + display.step.column
    data = {
        "columns": columns,
        "width": display.padded.shape[1],
        "strides": display.strides,
        "kernel": [[number_text(float(weight)) for weight in row] for row in display.step.kernel],
        "signs": ["=" if exact else "≈" for exact in matches(display).flat],
        "products": display.step.kernel.size if len(lines) == 1 < len(display.step.kernel) else 0,
    }
    image, kernel, result = labels(display)
    template = files("kerasbook.drawing").joinpath("stepper.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        theme=theme,
        title=escape(_heading(display)),
        last=output.size - 1,
        index=index,
        lines=1.5 * (len(lines) + 1),
        image=_image_table(display, image),
        kernel=_table("kb-kernel", kernel, _cells(display.step.kernel)),
        output=_table("kb-output", result, _cells(output)),
        sum=escape(f"Row {display.step.row}, column {display.step.column}:\n")
        + escape("\n".join(lines)),
        data=json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
    )


def stepper_page(display: Convolution, *, theme: str) -> str:
    """The same as a whole page."""
    light, dark = (theme_named(name).background for name in ("light", "dark"))
    own = f"@media (prefers-color-scheme: dark) {{ body {{ background: {dark}; }} }}"
    return _PAGE.format(
        title=escape(_heading(display)),
        description=escape(display.alt_text),
        light=dark if theme == "dark" else light,
        dark=own if theme == "auto" else "",
        body=stepper(display, theme=theme),
    )


def page_path(path: str | os.PathLike[str]) -> Path:
    """The path of a page to write, once its suffix and its folder are known to be good.

    Raises:
        ArgumentError: the suffix is another than `.html`, or the folder is missing.

    Examples:
        >>> page_path("steps.htm")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: path must end in .html; received path='steps.htm'.
    """
    if not isinstance(path, str | os.PathLike):
        reject("path", "be a path that ends in .html", path)
    result = Path(path)
    if result.suffix.lower() != ".html":
        reject("path", "end in .html", str(path))
    if not result.parent.is_dir():
        reject("path", "be in a folder that exists", str(path), mend="Make the folder first.")
    return result


def _heading(display: Convolution) -> str:
    sizes = f"{sides_text(display.step.kernel)} kernel on {sides_text(display.image)} pixels"
    return f"A convolution step by step: {sizes}, {strides_text(display)}"


def _image_table(display: Convolution, caption: str) -> str:
    """The padded image: its own pixels coloured, the padding hatched."""
    (above, _), (before, _) = display.padding
    height, width = display.image.shape
    own = _cells(display.image)
    rows = []
    for row in range(display.padded.shape[0]):
        cells = []
        for column in range(display.padded.shape[1]):
            inside = above <= row < above + height and before <= column < before + width
            cell = own[row - above][column - before] if inside else '<td class="kb-padding">0</td>'
            cells.append(cell)
        rows.append(cells)
    return _table("kb-image", caption, rows)


def _cells(values: NDArray[Any]) -> list[list[str]]:
    import matplotlib as mpl  # noqa: PLC0415  for its colours
    from matplotlib.colors import to_hex  # noqa: PLC0415  likewise

    cmap, low, high = colors_for(values, theme_named("light"))
    rows = []
    for row in values:
        cells = []
        for value in row:
            color = mpl.colormaps[cmap]((float(value) - low) / (high - low))
            style = f"background:{to_hex(color)};color:{text_on(color)}"
            cells.append(f'<td style="{style}">{number_text(float(value), most=high)}</td>')
        rows.append(cells)
    return rows


def _table(name: str, caption: str, rows: list[list[str]]) -> str:
    lines = "\n".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    label = "<br>".join(escape(line) for line in caption.split("\n"))
    return f'<table class="{name}"><caption>{label}</caption>\n{lines}\n</table>'
