"""Numbers that remember how they were computed, and the arithmetic of windows on one axis.

Integers come in, and formulas with symbols where a dimension is not specified; the results are of
the same kind. A window of `kernel_size` taps, `dilation_rate` apart, covers k = (f − 1)·d + 1
positions and moves `strides` at a time; windows take their arguments as checked: positive integers,
and a padding that exists.
"""

from kerasbook.arithmetic.formulas import (
    Formula,
    Number,
    Term,
    ceil_divide,
    divide,
    floor_divide,
    formula,
    maximum,
    minus,
    number,
    plus,
    power,
    product,
    symbol,
)
from kerasbook.arithmetic.quantities import (
    Bytes,
    Macs,
    OutputSize,
    Params,
    ReceptiveSize,
    Steps,
    Units,
)
from kerasbook.arithmetic.receptive_fields import (
    ReceptiveField,
    merge_fields,
    see_transposed,
    see_window,
)
from kerasbook.arithmetic.windows import (
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
    "Bytes",
    "Extent",
    "Formula",
    "Macs",
    "Number",
    "OutputSize",
    "Padding",
    "Params",
    "ReceptiveField",
    "ReceptiveSize",
    "Size",
    "Steps",
    "Term",
    "Units",
    "ceil_divide",
    "convolve",
    "convolve_transposed",
    "covered",
    "divide",
    "floor_divide",
    "formula",
    "maximum",
    "merge_fields",
    "minus",
    "number",
    "padding_of",
    "padding_of_transposed",
    "plus",
    "power",
    "product",
    "see_transposed",
    "see_window",
    "symbol",
]
