"""`ConvolutionStepDisplay`: one step of a convolution, or all steps on a web page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from kerasbook.checks import choice, reject
from kerasbook.drawing.base import Display, open_axes
from kerasbook.drawing.cells import (
    cell_side,
    draw_cells,
    frame_cells,
    hatch_cell,
    number_text,
    units_in_inches,
)
from kerasbook.drawing.convolution import (
    labels,
    padding_text,
    sides_text,
    strides_text,
    sum_lines,
)
from kerasbook.drawing.ruler import Ruler
from kerasbook.drawing.settings import in_own_settings
from kerasbook.drawing.stepper import page_path, stepper, stepper_page
from kerasbook.drawing.text import counted
from kerasbook.drawing.theme import add_title

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from kerasbook.drawing.base import Page
    from kerasbook.drawing.theme import ThemeName
    from kerasbook.filters import ConvolutionStep

__all__ = ["ConvolutionStepDisplay"]

_MOST_CELLS = 32  # pixels along a side, each drawn as a cell
_CELL = 0.42  # inches
_GAP = 1.1  # cells between two matrices
_HEAD = 1.3  # cells for the labels above the matrices
_LEGIBLE = 5.0  # points
_WIDEST, _TALLEST = 15.0, 11.0  # inches


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ConvolutionStepDisplay(Display["Axes"]):
    """One step of a convolution: image, kernel, the sum of products, and the whole output.

    The padding that Keras adds is drawn around the image: with `"same"` there can be one more
    row below than above, and one more column on the right than on the left.

    Attributes:
        image: (height, width) the pixels.
        output: the filtered image, one number for each position of the kernel.
        step: the kernel at one position, with the sum.
        strides: pixels between two positions, (down, across).
        padding: zeros added, ((above, below), (left, right)).
    """

    image: NDArray[Any]
    output: NDArray[Any]
    step: ConvolutionStep
    strides: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]

    @classmethod
    def from_image(
        cls,
        image: ArrayLike,
        kernel: str | ArrayLike,
        *,
        row: int = 0,
        column: int = 0,
        strides: int | Sequence[int] = 1,
        padding: Literal["same", "valid"] = "same",
    ) -> Self:
        """A display of the step that computes one pixel of the output.

        Args:
            image: grey, of shape (height, width) or (height, width, 1), at most 32 by 32.
            kernel: a name of `kerasbook.filters.kernel_names()`, or an array.
            row: row of the output pixel, from 0.
            column: column of the output pixel, from 0.
            strides: one for both axes, or (down, across).
            padding: `"same"` or `"valid"`.

        Raises:
            ArgumentError: the image has colours or is too large to draw its pixels, or the output
                has no such pixel.

        Examples:
            >>> image = [[0.6, 0.4, 0.6], [0.1, -0.2, -0.3], [-0.5, -0.4, -0.3]]
            >>> display = ConvolutionStepDisplay.from_image(image, "horizontal", padding="valid")
            >>> display
            <ConvolutionStepDisplay: 3×3 kernel on 3×3 pixels: the sum at row 0, column 0 is 2.8>
            >>> display.step.text
            '0.6·1 + 0.4·1 + 0.6·1 + 0.1·0 + ... = 2.8'
            >>> ConvolutionStepDisplay.from_image([[0] * 64] * 64, "horizontal")
            Traceback (most recent call last):
            kerasbook.errors.ArgumentError: image.shape must be at most (32, 32), a cell for each
                pixel; received image.shape=(64, 64). Cut a piece out: image[:32, :32].
        """
        from kerasbook.filters import convolution_step, filter_image  # noqa: PLC0415  brings NumPy
        from kerasbook.filters.images import image_axes, read_image  # noqa: PLC0415  likewise

        pixels = read_image(image)
        step = convolution_step(pixels, kernel, row, column, strides=strides, padding=padding)
        pixels = pixels.reshape(pixels.shape[:2])  # (h, w, 1) -> (h, w)
        if max(pixels.shape) > _MOST_CELLS:
            reject(
                "image.shape",
                f"be at most ({_MOST_CELLS}, {_MOST_CELLS}), a cell for each pixel",
                pixels.shape,
                mend=f"Cut a piece out: image[:{_MOST_CELLS}, :{_MOST_CELLS}].",
            )
        down, across = image_axes(pixels.shape, step.kernel.shape, strides=strides, padding=padding)
        return cls(
            image=pixels,
            output=filter_image(pixels, step.kernel, strides=strides, padding=padding),
            step=step,
            strides=(down.strides, across.strides),
            padding=(down.padding, across.padding),
        )

    @property
    def padded(self) -> NDArray[Any]:
        """The image with the zeros around it."""
        import numpy as np  # noqa: PLC0415  loaded on first use

        return np.pad(self.image, self.padding)

    @property
    def title(self) -> str:
        """The sizes, the position and the sum."""
        sizes = f"{sides_text(self.step.kernel)} kernel on {sides_text(self.image)} pixels"
        return f"{sizes}: the sum at {self._place} is {self._value}"

    @property
    def alt_text(self) -> str:
        """The sizes, padding and strides, the kernel, the pixels under it, and the sum."""
        step = self.step
        outside = int(step.padded.sum())
        under = f" {counted(outside, 'of them is', 'of them are')} padding." if outside else ""
        return (
            f"One step of a convolution. Image: {sides_text(self.image)} pixels, "
            f"{padding_text(self)}. Kernel: {sides_text(step.kernel)}, rows {_rows(step.kernel)}; "
            f"{strides_text(self)}. Output: {sides_text(self.output)}. At {self._place} of the "
            f"output the kernel lies on the pixels {_rows(step.window)}.{under} The sum of the "
            f"products is {self._value}."
        )

    def to_html(self, kind: Literal["stepper", "svg", "png"] = "stepper") -> str:
        """All steps as an interactive `<section>` of HTML without external files.

        The reader moves the kernel with buttons, the arrow keys or a click on the output. Screen
        readers announce each sum, and the colours follow the reader's light or dark mode. Without
        scripts it shows this one step.

        Args:
            kind: `"stepper"`; or `"svg"` or `"png"` for an `<img>` of the picture.
        """
        if kind == "stepper":
            return stepper(self, theme="auto")
        return super(ConvolutionStepDisplay, self).to_html(kind)

    def _repr_html_(self) -> str:
        return self.to_html("svg")  # notebooks strip scripts

    def save_html(
        self,
        path: str | os.PathLike[str],
        *,
        theme: Literal["auto", "light", "dark"] = "auto",
    ) -> Path:
        """Write all steps as a web page; see `to_html`.

        Args:
            path: file to write; ends in `.html`.
            theme: `"light"`, `"dark"`, or `"auto"` for the reader's setting.

        Returns:
            The path.

        Raises:
            ArgumentError: the suffix is not `.html`, or the folder does not exist.
        """
        target = page_path(path)
        theme = choice("theme", theme, ("auto", "light", "dark"))  # type: ignore[assignment]
        target.write_text(stepper_page(self, theme=theme), encoding="utf-8")
        return target

    @property
    def _place(self) -> str:
        return f"row {self.step.row}, column {self.step.column}"

    @property
    def _value(self) -> str:
        return number_text(float(self.step.value), most=float(abs(self.output).max()))

    @in_own_settings
    def plot(self, *, ax: Axes | None = None, theme: ThemeName = "light") -> Self:
        """Draw image, kernel and output as cells, with the position marked and the sum below.

        Args:
            ax: axes to draw on; a new figure's if left out.
            theme: `"light"` or `"dark"`.

        Returns:
            The display itself, with `figure_` and `ax_`.

        Raises:
            ArgumentError: `ax` is no axes, or there is no such theme.
        """
        blocks, lines, cell = self._blocks(), sum_lines(self), self._cell
        width = sum(_width(*block) for block in blocks) + 2 * _GAP
        width = max(width, Ruler().width(self.title, 12) / cell)
        height = max(values.shape[0] for _, values in blocks) + _HEAD + 0.3 + 0.6 * len(lines)
        scale = min(1, _WIDEST / (width * cell), _TALLEST / (height * cell))
        size = (width * cell * scale + 0.3, height * cell * scale + 0.7)
        page = open_axes(ax, size=size, theme=theme, frame="none")
        add_title(page.ax, page.theme, self.title, inches=size[0])
        points = page.theme.small * min(1, units_in_inches(page, (width, height)) / cell)
        self._draw_blocks(page, blocks, points=points)
        for index, line in enumerate(lines):
            page.ax.text(
                width / 2,
                height - 0.6 * (len(lines) - index) + 0.3,
                line,
                color=page.theme.text,
                fontsize=page.theme.medium / page.theme.small * points,
                ha="center",
                va="center",
            )
        return self._drawn(page)

    def _draw_blocks(
        self, page: Page[Axes], blocks: list[tuple[str, NDArray[Any]]], *, points: float
    ) -> None:
        tallest = max(values.shape[0] for _, values in blocks)
        numbers = points if points >= _LEGIBLE else 0
        left = (page.ax.get_xlim()[1] - sum(_width(*block) for block in blocks) - 2 * _GAP) / 2
        for index, (label, values) in enumerate(blocks):
            height, width = values.shape
            room = _width(label, values)
            start, top = left + (room - width) / 2, _HEAD + (tallest - height) / 2
            if index == 0:
                self._draw_padded(page, left=start, top=top, points=numbers)
            else:
                sign = "∗" if index == 1 else "="
                middle = _HEAD + tallest / 2 + 0.3
                self._write(page, sign, x=left - _GAP / 2, y=middle, points=1.8 * points)
                draw_cells(page.ax, values, left=start, top=top, theme=page.theme, points=numbers)
            self._write(page, label, x=start + width / 2, y=top - 0.25, points=points)
            if index != 1:
                across, down, width, height = self._window if index == 0 else self._pixel
                frame_cells(
                    page.ax,
                    box=(start + across, top + down, width, height),
                    color=page.theme.color(2),
                    around=page.theme.background,
                )
            left += room + _GAP

    def _draw_padded(self, page: Page[Axes], *, left: float, top: float, points: float) -> None:
        import numpy as np  # noqa: PLC0415  loaded on first use

        inside = np.pad(np.ones(self.image.shape, bool), self.padding)
        for row, column in np.argwhere(~inside):
            hatch_cell(page.ax, left=left + column, top=top + row, theme=page.theme, points=points)
        (above, _), (before, _) = self.padding
        draw_cells(
            page.ax,
            self.image,
            left=left + before,
            top=top + above,
            theme=page.theme,
            points=points,
        )

    def _write(self, page: Page[Axes], text: str, *, x: float, y: float, points: float) -> None:
        page.ax.text(x, y, text, color=page.theme.text, fontsize=points, ha="center", va="bottom")

    @property
    def _window(self) -> tuple[int, int, int, int]:
        """The left, top, width and height of the window, in cells of the padded image."""
        height, width = self.step.kernel.shape
        return self.step.column * self.strides[1], self.step.row * self.strides[0], width, height

    @property
    def _pixel(self) -> tuple[int, int, int, int]:
        """The left, top, width and height of the output pixel, in cells."""
        return self.step.column, self.step.row, 1, 1

    @property
    def _cell(self) -> float:
        """The side of a cell, in inches."""
        return max(
            cell_side(values, points=9, least=_CELL)
            for values in (self.image, self.step.kernel, self.output)
        )

    def _blocks(self) -> list[tuple[str, NDArray[Any]]]:
        return list(zip(labels(self), (self.padded, self.step.kernel, self.output), strict=True))


def _width(label: str, values: NDArray[Any]) -> float:
    """The number of cells across that a matrix and its label need."""
    across = max(Ruler().width(line, 9) for line in label.split("\n")) / _CELL
    return max(float(values.shape[1]), across)


def _rows(values: NDArray[Any]) -> str:
    return "; ".join(" ".join(number_text(float(value)) for value in row) for row in values)
