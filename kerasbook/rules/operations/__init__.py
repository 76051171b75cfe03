"""Raw `keras.ops` nodes of functional models: one literal table, by the class of the operation.

`ops.matmul` is a node of the class `Matmul`. An operation counts where it sums products; what it
does number by number, and what only rearranges, counts nothing. Three kinds stay unknown, each
with its reason: what runs a function of the user's own, what a library is free to compute in its
own way, and what no shape can tell before the numbers are there.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from kerasbook.rules.operations.elementwise import along_axis, cast, elementwise, like_first
from kerasbook.rules.operations.joining import (
    broadcast_to,
    concatenate,
    hstack,
    one_hot,
    pad,
    repeat,
    stack,
    tile,
)
from kerasbook.rules.operations.products import (
    average,
    cross,
    dot,
    dot_product_attention,
    einsum,
    inner,
    matmul,
    outer,
    tensordot,
    vdot,
)
from kerasbook.rules.operations.rearranging import (
    expand_dims,
    moveaxis,
    ravel,
    reshape,
    rot90,
    squeeze,
    swapaxes,
    transpose,
)
from kerasbook.rules.operations.reductions import cumulative, moments, quantile, reduction, top_k
from kerasbook.rules.operations.special import (
    beyond,
    diff,
    digitize,
    entropy,
    in_top_k,
    library,
    scalar,
    sparse_entropy,
)
from kerasbook.rules.operations.taking import (
    array_split,
    diagonal,
    get_item,
    glu,
    slice_,
    split,
    take,
    take_along_axis,
    unstack,
)
from kerasbook.rules.operations.windows import (
    adaptive_pool,
    conv_by,
    conv_transposed_by,
    crop_images,
    depth_to_space,
    depthwise_conv_by,
    extract_patches,
    extract_sequences,
    gaussian_blur,
    grayscale,
    pad_images,
    pool,
    resize,
    separable_conv_by,
    sobel_edges,
    space_to_depth,
    unfold,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kerasbook.rules.spec import Rule

__all__ = ["OPERATIONS"]


def _each(names: str, rule: Rule) -> dict[str, Rule]:
    return dict.fromkeys(names.split(), rule)


OPERATIONS: Mapping[str, Rule] = MappingProxyType(
    {
        # number by number: in the type of the operands, in floating point, or as true and false
        **_each(
            "Abs Absolute Add BinaryCrossentropy BitwiseAnd BitwiseInvert BitwiseLeftShift "
            "BitwiseNot BitwiseOr BitwiseRightShift BitwiseXor Celu Clip Conj Conjugate Copy "
            "Elu Erf Erfinv FloorDivide Fmax Fmin Fmod Gcd Gelu HardShrink HardSigmoid HardSilu "
            "HardTanh Lcm LeakyRelu LeftShift LogSigmoid Maximum Minimum Mish Mod Multiply "
            "NanToNum Negative Power ReLU Relu Relu6 RightShift Round Rsqrt Select Selu Sigmoid "
            "Sign Silu SoftShrink Softplus Softsign SparsePlus SparseSigmoid Square Squareplus "
            "StopGradient Subtract TanhShrink Threshold Trunc Where",
            elementwise(),
        ),
        **_each(
            "Arccos Arccosh Arcsin Arcsinh Arctan Arctan2 Arctanh Cbrt Ceil Cos Cosh Deg2rad "
            "Divide DivideNoNan Erfc Exp Exp2 Expm1 Fabs Floor Heaviside Hypot I0 Ldexp Log "
            "Log10 Log1p Log2 Logaddexp Logaddexp2 Nextafter Rad2deg Reciprocal Sin Sinc Sinh "
            "Sqrt Tan Tanh TrueDivide",
            elementwise("floating"),
        ),
        **_each(
            "Equal Greater GreaterEqual Isclose Isfinite Isinf Isnan Isneginf Isposinf Isreal "
            "Less LessEqual LogicalAnd LogicalNot LogicalOr LogicalXor NotEqual Signbit",
            elementwise("bool"),
        ),
        # in the shape of the first operand
        **_each("Array Cast ConvertToTensor EmptyLike FullLike OnesLike SaturateCast", cast),
        **_each(
            "AffineTransform BatchNorm ElasticTransform FakeQuantWithMinMaxVars HSVToRGB "
            "PerspectiveTransform RGBToHSV ScatterUpdate SliceUpdate Tril Triu",
            like_first(),
        ),
        "IsIn": like_first("bool"),
        "ZerosLike": cast,
        # along an axis
        **_each("Argpartition Argsort", along_axis("int32")),
        **_each("Cumprod Cumsum Nancumprod Nancumsum", cumulative),
        **_each("Flip Roll", along_axis(default=None, order="kept")),
        **_each("LayerNorm LogSoftmax RMSNorm Softmax Sort Sparsemax", along_axis()),
        "Normalize": along_axis("floating"),
        "Fliplr": along_axis(default=1, order="kept"),
        "Flipud": along_axis(default=0, order="kept"),
        # fewer numbers
        **_each("Amax Amin Max Min Nanmax Nanmin Ptp", reduction()),
        **_each("Nanprod Nansum Prod Sum", reduction("wide")),
        **_each("All Any", reduction("bool")),
        **_each("Argmax Argmin CountNonzero Nanargmax Nanargmin", reduction("int32")),
        **_each(
            "Logsumexp Mean Median Nanmean Nanmedian Nanstd Nanvar Norm Std Var",
            reduction("floating"),
        ),
        **_each("Nanpercentile Nanquantile Percentile Quantile", quantile),
        **_each("AllClose Ndim Size", scalar),
        "Average": average,
        "CategoricalCrossentropy": entropy,
        "Diff": diff,
        "InTopK": in_top_k,
        "Moments": moments,
        "SparseCategoricalCrossentropy": sparse_entropy,
        "TopK": top_k,
        "Trapezoid": reduction("floating", default=-1),
        # in another shape or order
        "ExpandDims": expand_dims,
        "Moveaxis": moveaxis,
        "Ravel": ravel,
        "Reshape": reshape,
        "Rot90": rot90,
        "Squeeze": squeeze,
        "Swapaxes": swapaxes,
        "Transpose": transpose,
        # more numbers
        **_each("Append Concatenate", concatenate),
        **_each("MultiHot OneHot", one_hot),
        "BroadcastTo": broadcast_to,
        "Dstack": hstack(2),
        "Hstack": hstack(1),
        "Pad": pad,
        "Repeat": repeat,
        "Stack": stack,
        "Tile": tile,
        "Vstack": hstack(0),
        # some of the numbers
        **_each("Diagonal Trace", diagonal),
        **_each("Digitize SearchSorted", digitize),
        "ArraySplit": array_split,
        "Dsplit": split(2),
        "GetItem": get_item,
        "Glu": glu,
        "Hsplit": split(1),
        "Slice": slice_,
        "Split": split(),
        "Take": take,
        "TakeAlongAxis": take_along_axis,
        "Unstack": unstack,
        "Vsplit": split(0),
        # sums of products
        "Cross": cross,
        "Dot": dot,
        "DotProductAttention": dot_product_attention,
        "Einsum": einsum,
        "Inner": inner,
        "Matmul": matmul,
        "Outer": outer,
        "Tensordot": tensordot,
        "Vdot": vdot,
        # windows and images
        **_each("AdaptiveAveragePool AdaptiveMaxPool", adaptive_pool),
        **_each("AveragePool MaxPool", pool),
        "Conv": conv_by,
        "ConvTranspose": conv_transposed_by,
        "CropImages": crop_images,
        "DepthToSpace": depth_to_space,
        "DepthwiseConv": depthwise_conv_by,
        "ExtractPatches": extract_patches,
        "ExtractSequences": extract_sequences,
        "GaussianBlur": gaussian_blur,
        "PadImages": pad_images,
        "RGBToGrayscale": grayscale,
        "Resize": resize,
        "SeparableConv": separable_conv_by,
        "SobelEdges": sobel_edges,
        "SpaceToDepth": space_to_depth,
        "Unfold": unfold,
        # computed by a library as it likes: in the same shape, without the last two axes, or other
        **_each("Cholesky CholeskyInverse Inv", library(0)),
        **_each("FFT FFT2 IFFT2", library(0, outputs=2)),
        **_each("Det Logdet MatrixRank", library(2)),
        **_each(
            "CDist CTCDecode CTCLoss Corrcoef Eig Eigh IRFFT ISTFT Lstsq LuFactor PSNR Pinv Qr "
            "RFFT SSIM STFT SVD Slogdet Solve SolveTriangular",
            library(),
        ),
        # out of reach
        **_each(
            "AssociativeScan Cond ForiLoop JVP Map Scan Switch VectorizedMap WhileLoop",
            beyond("it runs a function of the user's own"),
        ),
        **_each(
            "Arange Bincount Fold Full Geomspace Histogram Linspace Logspace MapCoordinates "
            "Nonzero ScaleAndTranslate Scatter Unique UnravelIndex",
            beyond("the shape of its result is not that of its operands"),
        ),
        **_each(
            "Correlate Diag Diagflat Kron Meshgrid SegmentMax SegmentMin SegmentProd "
            "SegmentReduction SegmentSum Vander",
            beyond("it takes the batch for an axis of its own"),
        ),
        **_each(
            "Angle Imag Polar Real View ViewAsComplex ViewAsReal",
            beyond("it makes other numbers of the same bytes"),
        ),
        "Function": beyond("it is a graph of its own"),
        "Rearrange": beyond("its pattern is not read"),
    }
)
