"""Operations that move a window: convolutions by a kernel that is an operand, pooling, images."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kerasbook.arithmetic import convolve, product
from kerasbook.errors import ArgumentError
from kerasbook.rules.common import per_sample
from kerasbook.rules.conv import conv, conv_transposed, depthwise_conv, separable_conv
from kerasbook.rules.operations.operands import as_tensor, facts_of, first_tensor, result_dtype
from kerasbook.rules.pooling import adaptive_pooling, pooling
from kerasbook.rules.views import everything

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kerasbook.rules.facts import LayerFacts
    from kerasbook.rules.layer import Tensor
    from kerasbook.rules.spec import LayerSpec, Rule
    from kerasbook.rules.views import Shape

__all__ = [
    "adaptive_pool",
    "conv_by",
    "conv_transposed_by",
    "crop_images",
    "depth_to_space",
    "depthwise_conv_by",
    "extract_patches",
    "extract_sequences",
    "gaussian_blur",
    "grayscale",
    "pad_images",
    "pool",
    "resize",
    "separable_conv_by",
    "sobel_edges",
    "space_to_depth",
    "unfold",
]


# --------------------------------------------------------------------------------- convolutions


def conv_by(spec: LayerSpec) -> LayerFacts:
    """`Conv`: a kernel of taps, channels of a group, and filters."""
    kernel = _kernel(spec, "kernel", 1)
    *taps, channels, filters = kernel.shape
    rank = len(taps)
    depth = spec.size(1 if spec.channels_first else -1, first_tensor(spec).shape)
    if not channels or depth % channels:
        spec.fail("its kernel", f"divide the {depth} channels", f"{kernel.shape}")
    given = {"kernel_size": taps, "filters": filters, "groups": depth // channels}
    return _as_layer(spec, conv(rank), given)


def conv_transposed_by(spec: LayerSpec) -> LayerFacts:
    """`ConvTranspose`: a kernel of taps, filters and channels."""
    *taps, filters, _ = _kernel(spec, "kernel", 1).shape
    return _as_layer(spec, conv_transposed(len(taps)), {"kernel_size": taps, "filters": filters})


def depthwise_conv_by(spec: LayerSpec) -> LayerFacts:
    """`DepthwiseConv`: a kernel of taps, channels and filters for each."""
    *taps, _, times = _kernel(spec, "kernel", 1).shape
    given = {"kernel_size": taps, "depth_multiplier": times}
    return _as_layer(spec, depthwise_conv(len(taps)), given)


def separable_conv_by(spec: LayerSpec) -> LayerFacts:
    """`SeparableConv`: a depthwise kernel, then one that mixes the channels."""
    *taps, _, times = _kernel(spec, "depthwise_kernel", 1).shape
    filters = _kernel(spec, "pointwise_kernel", 2).shape[-1]
    given = {"kernel_size": taps, "depth_multiplier": times, "filters": filters}
    return _as_layer(spec, separable_conv(len(taps)), given)


def _kernel(spec: LayerSpec, name: str, position: int) -> Tensor:
    """A kernel that is an operand: of known size, with two axes besides the taps."""
    kernel, rank = as_tensor(spec.argument(name, position)), len(first_tensor(spec).shape) - 2
    shape = None if kernel is None else kernel.shape
    if (
        kernel is None
        or len(kernel.shape) != rank + 2
        or None in kernel.shape
        or rank not in (1, 2, 3)
    ):
        spec.fail(f"{name}", f"have {rank + 2} axes of known size", f"the shape {shape}")
    return kernel


def _as_layer(spec: LayerSpec, rule: Rule, given: Mapping[str, object]) -> LayerFacts:
    """The facts of the layer that would do the same, which holds its kernel itself."""
    layer = replace(spec.layer, config={**spec.config, **given, "use_bias": False})
    first = first_tensor(spec)
    facts = rule(replace(spec, layer=layer, arguments=(first,), keywords={}))
    views = None
    if facts.views is not None:
        views = (*facts.views, *everything(*spec.input_shapes[1:]))
    return replace(facts, weights=(), views=views, output_dtype=first.dtype)


# -------------------------------------------------------------------------------------- pooling


def pool(spec: LayerSpec) -> LayerFacts:
    """`MaxPool` and `AveragePool`: the rule of the layers, of as many axes as there are."""
    return _typed(pooling(_axes(spec))(spec), spec)


def adaptive_pool(spec: LayerSpec) -> LayerFacts:
    """`AdaptiveMaxPool` and `AdaptiveAveragePool`: likewise."""
    return _typed(adaptive_pooling(_axes(spec))(spec), spec)


def _axes(spec: LayerSpec) -> int:
    return len(spec.of_rank(3, 4, 5)) - 2


def _typed(facts: LayerFacts, spec: LayerSpec) -> LayerFacts:
    return replace(facts, output_dtype=first_tensor(spec).dtype)


def extract_sequences(spec: LayerSpec) -> LayerFacts:
    """`ExtractSequences`: windows of the last axis, along an axis of their own."""
    first = first_tensor(spec)
    length, stride = spec.positive("sequence_length"), spec.positive("sequence_stride")
    if not first.shape:
        spec.fail("it", "be called on sequences", "a number")
    frames = _places(spec, first.shape[-1], length, strides=stride)
    outputs = (*first.shape[:-1], frames, length)
    return facts_of(outputs, first.dtype, keeps_batch=len(first.shape) > 1)


# --------------------------------------------------------------------------------------- images


def resize(spec: LayerSpec) -> LayerFacts:
    """`Resize`: height and width as asked for."""
    size = spec.per_axis("size", 2)
    return _images(spec, size, result_dtype(first_tensor(spec)))


def crop_images(spec: LayerSpec) -> LayerFacts:
    """`CropImages`: height and width as asked for, or what is left."""
    return _images(spec, _target(spec, "cropping", -1), first_tensor(spec).dtype)


def pad_images(spec: LayerSpec) -> LayerFacts:
    """`PadImages`: height and width as asked for, or what is added to them."""
    return _images(spec, _target(spec, "padding", 1), first_tensor(spec).dtype)


def _target(spec: LayerSpec, key: str, sign: int) -> tuple[int | None, int | None]:
    found: list[int | None] = []
    for axis, name, ends in zip(
        _plane(spec), ("height", "width"), (("top", "bottom"), ("left", "right")), strict=True
    ):
        if spec.config.get(f"target_{name}") is not None:
            found.append(spec.positive(f"target_{name}"))
            continue
        more = sum(spec.integer(f"{end}_{key}", default=0, minimum=0) for end in ends)
        size = spec.input_shape[axis]
        if size is not None and size + sign * more < 0:
            spec.fail(key, f"leave something of {size} positions", f"{more} in all")
        found.append(None if size is None else size + sign * more)
    return found[0], found[1]


def _images(spec: LayerSpec, size: tuple[int | None, ...], dtype: str) -> LayerFacts:
    shape = list(spec.input_shape)
    for axis, value in zip(_plane(spec), size, strict=True):
        shape[axis] = value
    return facts_of(tuple(shape), dtype)


def _plane(spec: LayerSpec) -> tuple[int, int]:
    """The axes of height and width; an image may come without a batch."""
    last = len(spec.of_rank(3, 4)) - 1
    return (last - 1, last) if spec.channels_first else (last - 2, last - 1)


def gaussian_blur(spec: LayerSpec) -> LayerFacts:
    """`GaussianBlur`: each channel convolved with the same bell."""
    first, taps = first_tensor(spec), spec.per_axis("kernel_size", 2)
    facts = facts_of(first.shape, first.dtype)
    if len(spec.of_rank(3, 4)) == 3:  # noqa: PLR2004  a single image
        return facts_of(first.shape, first.dtype, keeps_batch=False)
    return replace(facts, macs=product(*per_sample(first.shape), *taps))


def sobel_edges(spec: LayerSpec) -> LayerFacts:
    """`SobelEdges`: each channel convolved with two kernels of 3 by 3."""
    first = first_tensor(spec)
    spec.of_rank(4)
    facts = facts_of((*first.shape, 2), first.dtype)
    return replace(facts, macs=product(*per_sample((*first.shape, 2)), 3, 3))


def grayscale(spec: LayerSpec) -> LayerFacts:
    """`RGBToGrayscale`: three channels weighed to one."""
    first = first_tensor(spec)
    axis = len(spec.of_rank(3, 4)) - (3 if spec.channels_first else 1)
    outputs = tuple(1 if n == axis else size for n, size in enumerate(first.shape))
    if len(first.shape) == 3:  # noqa: PLR2004  a single image
        return facts_of(outputs, first.dtype, keeps_batch=False)
    return replace(facts_of(outputs, first.dtype), macs=product(*per_sample(outputs), 3))


def extract_patches(spec: LayerSpec) -> LayerFacts:
    """`ExtractPatches`: what a window covers, as channels."""
    rows, columns = _plane(spec)
    size = spec.per_axis("size", 2)
    strides = spec.per_axis("strides", 2, default=size)
    rates = spec.per_axis("dilation_rate", 2, default=1)
    padding = spec.choice("padding", "valid", "same", default="valid")
    shape = list(spec.input_shape)
    for axis, k, s, d in zip((rows, columns), size, strides, rates, strict=True):
        shape[axis] = _places(spec, shape[axis], k, strides=s, padding=padding, rate=d)
    channels = rows - 1 if spec.channels_first else columns + 1
    depth = shape[channels]
    shape[channels] = None if depth is None else depth * size[0] * size[1]
    return facts_of(tuple(shape), first_tensor(spec).dtype)


def unfold(spec: LayerSpec) -> LayerFacts:
    """`Unfold`: what a window covers, one column for each place of the window."""
    batch, depth, *plane = spec.of_rank(4)
    size = spec.per_axis("kernel_size", 2)
    rates = spec.per_axis("dilation", 2, default=1)
    pads = spec.per_axis("padding", 2, default=0, minimum=0)
    strides = spec.per_axis("stride", 2, default=1)
    places: list[int | None] = []
    for length, k, d, p, s in zip(plane, size, rates, pads, strides, strict=True):
        places.append(_places(spec, length, k, strides=s, padding=(p, p), rate=d))
    rows, columns = places
    outputs: Shape = (
        batch,
        None if depth is None else depth * size[0] * size[1],
        None if rows is None or columns is None else rows * columns,
    )
    return facts_of(outputs, first_tensor(spec).dtype)


def _places(
    spec: LayerSpec,
    length: int | None,
    taps: int,
    *,
    strides: int,
    padding: str | tuple[int, int] = "valid",
    rate: int = 1,
) -> int | None:
    """How many places a window has along an axis."""
    try:
        extent = convolve(length, taps, strides=strides, padding=padding, dilation_rate=rate)
    except ArgumentError as error:
        spec.refuse(error)
    return None if extent.size is None else extent.size.value


def depth_to_space(spec: LayerSpec) -> LayerFacts:
    """`DepthToSpace`: channels spread over a block of positions."""
    return _blocks(spec, spread=True)


def space_to_depth(spec: LayerSpec) -> LayerFacts:
    """`SpaceToDepth`: a block of positions gathered as channels."""
    return _blocks(spec, spread=False)


def _blocks(spec: LayerSpec, *, spread: bool) -> LayerFacts:
    block = spec.positive("block_size")
    shape = list(spec.of_rank(4))
    axes = _plane(spec)
    channels = 1 if spec.channels_first else 3
    for axis in (*axes, channels):
        size, factor = shape[axis], block * block if axis == channels else block
        if size is None:
            continue
        if (axis == channels) == spread:
            if size % factor:
                spec.fail(
                    "block_size", f"divide axis {axis} of {spec.input_shape}", f"block_size={block}"
                )
            shape[axis] = size // factor
        else:
            shape[axis] = size * factor
    return facts_of(tuple(shape), first_tensor(spec).dtype)
