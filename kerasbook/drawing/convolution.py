"""A convolution in words: what the picture of one step and the page of all steps both say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from kerasbook.drawing.cells import number_text
from kerasbook.drawing.text import listed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kerasbook.filters import ConvolutionStep

__all__ = [
    "Convolution",
    "labels",
    "matches",
    "padding_text",
    "sides_text",
    "strides_text",
    "sum_lines",
]

_MOST_TAPS = 7  # along a side of the kernel, for the sum to be written out
_ROUNDING = 1e-9  # of the largest number: what float64 leaves of an equation that holds


class Convolution(Protocol):
    """A convolution of one grey image, as `ConvolutionStepDisplay` holds it."""

    @property
    def alt_text(self) -> str:
        """The picture in words."""

    @property
    def image(self) -> NDArray[Any]:
        """(height, width) the pixels."""

    @property
    def padded(self) -> NDArray[Any]:
        """The image with the zeros around it."""

    @property
    def output(self) -> NDArray[Any]:
        """The filtered image."""

    @property
    def step(self) -> ConvolutionStep:
        """The sum at one place of the kernel."""

    @property
    def strides(self) -> tuple[int, int]:
        """Pixels between two places, (down, across)."""

    @property
    def padding(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Zeros added, ((above, below), (left, right))."""


def sides_text(values: NDArray[Any]) -> str:
    """Height and width: `3×3`."""
    return f"{values.shape[0]}×{values.shape[1]}"


def labels(display: Convolution) -> tuple[str, str, str]:
    """What stands above image, kernel and output."""
    around = display.padding != ((0, 0), (0, 0))
    padded = f"\npadded to {sides_text(display.padded)}:\n{_sides(display)}" if around else ""
    steps = f"\n{strides_text(display)}" if display.strides != (1, 1) else ""
    return (
        f"image {sides_text(display.image)}{padded}",
        f"kernel {sides_text(display.step.kernel)}",
        f"output {sides_text(display.output)}{steps}",
    )


def padding_text(display: Convolution) -> str:
    """What Keras adds around the image."""
    if display.padding == ((0, 0), (0, 0)):
        return "not padded"
    return f"padded with zeros to {sides_text(display.padded)}: {_sides(display)}"


def strides_text(display: Convolution) -> str:
    """How far the kernel moves: one number for both axes if they agree."""
    down, across = display.strides
    return f"stride {down}" if down == across else f"stride {down} down and {across} across"


def _sides(display: Convolution) -> str:
    (above, below), (before, after) = display.padding
    sides = {"above": above, "below": below, "left": before, "right": after}
    if len(set(sides.values())) == 1:
        return f"{above} on each side"
    return listed([f"{count} {side}" for side, count in sides.items()])


def sum_lines(display: Convolution) -> list[str]:
    """The sum with the numbers as they are drawn, a line for each row of the kernel."""
    step = display.step
    value = number_text(float(step.value), most=float(abs(display.output).max()))
    if max(step.kernel.shape) > _MOST_TAPS:
        return [f"the sum of {step.kernel.size} products = {value}"]
    rows = [
        " + ".join(
            f"{_factor(float(pixel))}·{_factor(float(weight))}"
            for pixel, weight in zip(pixels, weights, strict=True)
        )
        for pixels, weights in zip(step.window, step.kernel, strict=True)
    ]
    sign = "=" if matches(display)[step.row, step.column] else "≈"
    return [*(f"{row} +" for row in rows[:-1]), f"{rows[-1]} {sign} {value}"]


def matches(display: Convolution) -> NDArray[np.bool_]:
    """Whether each sum holds with the numbers as they are drawn, in three digits."""
    import numpy as np  # noqa: PLC0415  loaded on first use

    from kerasbook.filters import filter_image  # noqa: PLC0415  brings NumPy

    def drawn(values: NDArray[Any]) -> NDArray[np.float64]:
        written = [[number_text(float(value)) for value in row] for row in values]
        return np.array(
            [[float(text.replace("−", "-").replace(",", "")) for text in row] for row in written]
        )

    # Padded here, so that "valid" is right for both kinds of padding.
    padded, kernel = drawn(display.padded), drawn(display.step.kernel)
    sums = filter_image(padded, kernel, strides=display.strides, padding="valid")
    sums = sums[: display.output.shape[0], : display.output.shape[1]]
    error = np.abs(sums - drawn(display.output))
    result: NDArray[np.bool_] = error <= _ROUNDING * max(np.abs(sums).max(), 1)
    return result


def _factor(value: float) -> str:
    return f"({number_text(value)})" if value < 0 else number_text(value)
