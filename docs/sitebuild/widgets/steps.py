"""All steps of a convolution, for each choice of image, kernel, stride and padding."""

from __future__ import annotations

import json
from itertools import product as every
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from kerasbook.calculators import conv_output_size
from kerasbook.displays import ConvolutionStepDisplay
from kerasbook.drawing.cells import number_text
from kerasbook.drawing.convolution import matches, padding_text, sum_lines
from kerasbook.filters.kernels import KERNELS, named_kernel
from sitebuild.widgets.remembered import remembered

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "FIRST",
    "IMAGES",
    "KERNEL_NAMES",
    "PADDINGS",
    "STRIDES",
    "Choice",
    "first_step",
    "steps_json",
]

# An odd and an even side: `"same"` pads both alike at stride 1, and not at stride 2.
IMAGES = {
    "5×5": (
        (0.0, 0.0, 0.0, 0.0, 0.0),
        (0.0, 0.9, 0.8, 0.9, 0.0),
        (0.0, 0.8, 1.0, 0.8, 0.0),
        (0.0, 0.9, 0.8, 0.9, 0.0),
        (0.0, 0.0, 0.0, 0.0, 0.0),
    ),
    "6×6": (
        (0.1, 0.1, 0.1, 0.1, 0.1, 0.1),
        (0.1, 0.1, 0.8, 0.9, 0.1, 0.1),
        (0.1, 0.8, 0.9, 1.0, 0.9, 0.1),
        (0.1, 0.8, 0.9, 0.9, 0.8, 0.1),
        (0.1, 0.1, 0.8, 0.9, 0.1, 0.1),
        (0.1, 0.1, 0.1, 0.1, 0.1, 0.1),
    ),
}
KERNEL_NAMES = ("horizontal", "vertical", "diagonal_rising", "laplacian", "box_blur")
STRIDES = (1, 2, 3)
PADDINGS: tuple[Literal["same", "valid"], ...] = ("same", "valid")
_LEVELS = 4


class Choice(NamedTuple):
    """What the reader chose."""

    image: str
    kernel: str
    strides: int
    padding: Literal["same", "valid"]

    @property
    def key(self) -> str:
        """How the page names it."""
        return " ".join(map(str, self))


FIRST = Choice("6×6", "horizontal", 2, "same")


def steps_json() -> bytes:
    """Images, kernels, and for each setting the padding, the outputs and their size."""
    key = f"{IMAGES} {KERNEL_NAMES} {STRIDES} {PADDINGS}"
    return remembered("steps.json", key, _make)


def first_step() -> tuple[str, str]:
    """The first step of the first choice: in words for who has no scripts, and its sum."""
    display = _display(FIRST)
    return display.alt_text, "\n".join(["Row 0, column 0:", *sum_lines(display)])


def _make() -> bytes:
    choices = map(Choice._make, every(IMAGES, KERNEL_NAMES, STRIDES, PADDINGS))
    settings = {choice.key: _setting(choice) for choice in choices}
    kernels = {name: _kernel(name) for name in KERNEL_NAMES}
    images = {
        name: {
            "rows": [[number_text(value) for value in row] for row in rows],
            "levels": [[round(_LEVELS * value) for value in row] for row in rows],
        }
        for name, rows in IMAGES.items()
    }
    return json.dumps(
        {"images": images, "kernels": kernels, "settings": settings}, ensure_ascii=False
    ).encode()


def _display(choice: Choice) -> ConvolutionStepDisplay:
    return ConvolutionStepDisplay.from_image(
        IMAGES[choice.image], choice.kernel, strides=choice.strides, padding=choice.padding
    )


def _setting(choice: Choice) -> dict[str, Any]:
    display = _display(choice)
    side, taps = display.image.shape[0], display.step.kernel.shape[0]
    size = conv_output_size(side, taps, strides=choice.strides, padding=choice.padding)
    most = float(abs(display.output).max())
    padded = display.padding != ((0, 0), (0, 0))
    return {
        "padding": [list(pair) for pair in display.padding],
        "output": [
            [number_text(float(value), most=most) for value in row] for row in display.output
        ],
        "levels": _levels(display.output),
        "signs": ["=" if exact else "≈" for exact in matches(display).flat],
        "size": f"Along each axis {size.text}.",
        "around": padding_text(display) if padded else "",
    }


def _kernel(name: str) -> dict[str, Any]:
    weights = named_kernel(name)
    return {
        "rows": [[number_text(float(weight)) for weight in row] for row in weights],
        "levels": _levels(weights),
        "shows": KERNELS[name].shows,
    }


def _levels(values: NDArray[Any]) -> list[list[int]]:
    """How strong each value is, from −4 to 4."""
    most = max(float(abs(values).max()), 1e-9)
    return [[round(_LEVELS * float(value) / most) for value in row] for row in values]
