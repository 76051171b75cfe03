"""Numbers that remember how they were computed, and the arithmetic of windows on one axis.

The functions take integers, or formulas with symbols where a dimension is not specified, and
return formulas. A window of f = `kernel_size` taps, d = `dilation_rate` apart, covers
k = (f − 1)·d + 1 positions and moves `strides` positions at a time. Functions of windows do not
check their arguments: sizes and strides must be positive, and the padding one of `PADDINGS` or a
pair of counts.
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
    field_after_transposed,
    field_after_window,
    merge_fields,
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
    "field_after_transposed",
    "field_after_window",
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
    "symbol",
]
