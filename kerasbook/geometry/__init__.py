"""Window arithmetic along one axis: output sizes, padding, and what one output depends on.

A window of `kernel_size` taps, `dilation_rate` apart, covers k = (f − 1)·d + 1 positions and moves
`strides` at a time. Everything here is for a single axis and takes its arguments as checked:
positive integers, and a padding that exists. Sizes are integers, formulas (with symbols in them
if need be), or `None` where a dimension is not specified; what comes out is of the same kind.
"""

from kerasbook.geometry.fields import (
    ReceptiveField,
    merge_fields,
    see_transposed,
    see_window,
)
from kerasbook.geometry.windows import (
    PADDINGS,
    Extent,
    Padding,
    Size,
    convolve,
    convolve_transposed,
    covered,
    padding_of,
    padding_of_transposed,
)

__all__ = [
    "PADDINGS",
    "Extent",
    "Padding",
    "ReceptiveField",
    "Size",
    "convolve",
    "convolve_transposed",
    "covered",
    "merge_fields",
    "padding_of",
    "padding_of_transposed",
    "see_transposed",
    "see_window",
]
