"""Preprocessing: numbers, categories, text, sound and images, made ready for a network.

What a layer does at random it does in training alone; here, as everywhere, the facts are those of
inference, where such a layer hands its images on. Looking up, hashing and interpolating multiply
nothing that counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kerasbook.arithmetic import convolve, number, plus, product
from kerasbook.checks import shown
from kerasbook.errors import ArgumentError
from kerasbook.rules.common import elements, per_sample
from kerasbook.rules.facts import NO_MACS, Buffer, LayerFacts, prefixed, unknown, weight
from kerasbook.rules.layer import tensors_in
from kerasbook.rules.views import SAME, WHOLE, Window, everything, pointwise

if TYPE_CHECKING:
    from kerasbook.arithmetic import Formula
    from kerasbook.rules.facts import Weight
    from kerasbook.rules.spec import LayerSpec
    from kerasbook.rules.views import Shape, View, Views

__all__ = [
    "augmentation",
    "category_encoding",
    "crop",
    "discretization",
    "hashed_crossing",
    "hashing",
    "lookup",
    "max_num_bounding_boxes",
    "mel_spectrogram",
    "normalization",
    "pipeline",
    "resizing",
    "stft_spectrogram",
    "text_vectorization",
    "whole_image",
]

# How many numbers each band keeps for the backward pass: both parts, and what is made of them.
_KEPT_OF_STFT = {"log": 6, "magnitude": 4, "psd": 2, "angle": 2}
_ANNOTATED = "Keras does not record what it makes of images in a dict"
_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")


# ------------------------------------------------------------------------------------- numbers


def normalization(spec: LayerSpec) -> LayerFacts:
    """`Normalization`: mean and variance of each feature, learned by `adapt`, and how many it saw.

    If they are given as arguments, nothing is held.
    """
    shape = spec.input_shape
    axes = sorted(spec.axes("axis", len(shape), default=-1))
    sizes = {f"axis_{axis}": spec.size(axis) for axis in axes}
    held: tuple[Weight, ...] = ()
    if spec.config.get("mean") is None:
        held = (
            weight("mean", sizes, trainable=False),
            weight("variance", sizes, trainable=False),
            weight("count", {}, trainable=False, dtype="int32"),
        )
    return LayerFacts(shape, weights=held, views=pointwise(shape))


def discretization(spec: LayerSpec) -> LayerFacts:
    """`Discretization`: the number of the bin that a value falls in, or a code of it."""
    shape = spec.input_shape
    mode = spec.choice("output_mode", *_MODES[:4], default="int")
    if mode == "int":
        return LayerFacts(shape, views=pointwise(shape), output_dtype="int32")
    boundaries = spec.config.get("bin_boundaries")
    bins = (
        len(boundaries) + 1 if isinstance(boundaries, list | tuple) else spec.positive("num_bins")
    )
    if mode == "one_hot":
        return _coded(shape, mode, bins)
    # Keras declares the second axis gone, not the last.
    outputs = (shape[0], *shape[2:], bins) if shape[1:] else (bins,)
    return LayerFacts(outputs, views=everything(shape))


# ---------------------------------------------------------------------------- categories and text


def category_encoding(spec: LayerSpec) -> LayerFacts:
    """`CategoryEncoding`: a code with one place per category."""
    mode = spec.choice("output_mode", *_MODES[1:4], default="multi_hot")
    facts = _coded(spec.input_shape, mode, spec.positive("num_tokens"))
    return LayerFacts(facts.output_shape, views=everything(*spec.input_shapes))


def hashing(spec: LayerSpec) -> LayerFacts:
    """`Hashing`: the bin that a hash function chooses, or a code of it."""
    shape, bins = spec.input_shape, spec.positive("num_bins")
    mode = spec.choice("output_mode", *_MODES[:4], default="int")
    dtype = spec.policy.compute_dtype
    if mode == "int":
        return LayerFacts(shape, views=pointwise(shape), output_dtype=dtype)
    # Unlike the other layers, this one declares every code as the last axis replaced.
    return LayerFacts((*shape[:-1], bins), views=everything(shape), output_dtype=dtype)


def hashed_crossing(spec: LayerSpec) -> LayerFacts:
    """`HashedCrossing`: the bin that a hash function chooses for a pair, or a code of it."""
    shape, *_ = shapes = spec.input_shapes
    mode = spec.choice("output_mode", "int", "one_hot", default="int")
    coded = _coded(shape, mode, spec.positive("num_bins"))
    outputs = shape if mode == "int" else coded.output_shape
    return LayerFacts(outputs, views=everything(*shapes), output_dtype=spec.policy.compute_dtype)


def lookup(spec: LayerSpec) -> LayerFacts:
    """`IntegerLookup` and `StringLookup`: the place in a vocabulary, which is no weight."""
    shape = spec.input_shape
    mode = spec.choice("output_mode", *_MODES, default="int")
    if mode == "int":
        return LayerFacts(shape, views=pointwise(shape), output_dtype="int64")
    return _coded(shape, mode, _vocabulary(spec))


def text_vectorization(spec: LayerSpec) -> LayerFacts:
    """`TextVectorization`: the words of a text by their places in a vocabulary, or a code."""
    shape = spec.input_shape
    mode = spec.choice("output_mode", *_MODES, default="int")
    if mode == "int":
        length = None
        if spec.config.get("output_sequence_length") is not None:
            length = spec.positive("output_sequence_length")
        return LayerFacts((shape[0], length), views=everything(shape), output_dtype="int64")
    # Splitting makes an axis of words of each text.
    if spec.config.get("split", "whitespace") is not None:
        shape = (*shape, None)
    elif not shape[1:]:
        shape = (*shape, 1)
    outputs = _coded(shape, mode, _vocabulary(spec)).output_shape
    return LayerFacts(outputs, views=everything(spec.input_shape))


def _vocabulary(spec: LayerSpec) -> int | None:
    """The length of a code: the size of the vocabulary, `None` before `adapt`."""
    if spec.flag("pad_to_max_tokens", default=False):
        return spec.positive("max_tokens")
    size = spec.config.get("vocabulary_size")
    return None if size is None else spec.positive("vocabulary_size")


def _coded(shape: Shape, mode: str, depth: int | None) -> LayerFacts:
    """A code of `depth` places: of each value, or of all values along the last axis together."""
    if mode == "one_hot" and not (len(shape) > 1 and shape[-1] == 1):
        return LayerFacts((*shape, depth), views=pointwise(shape))
    return LayerFacts((*shape[:-1], depth), views=everything(shape))


# -------------------------------------------------------------------------------------- sound


def stft_spectrogram(spec: LayerSpec) -> LayerFacts:
    """`STFTSpectrogram`: each channel convolved with waves, by a real and an imaginary kernel."""
    batch, *sizes = spec.of_rank(3)
    time = 2 if spec.channels_first else 1
    channels = number(spec.size(3 - time), "channels")
    frame = spec.positive("frame_length", default=256)
    step = spec.positive("frame_step", default=max(frame // 2, 1))
    bands = spec.positive("fft_length", default=1 << (frame - 1).bit_length()) // 2 + 1
    modes = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")
    mode = spec.choice("mode", *modes, default="log")
    padding = spec.choice("padding", "valid", "same", default="valid")
    try:
        extent = convolve(
            sizes[time - 1], frame, strides=step, padding=padding, window="frame_length"
        )
    except ArgumentError as error:
        spec.refuse(error)
    parts = (mode,) if mode in ("real", "imag") else ("real", "imag")
    kernel = {"frame_length": frame, "channel": 1, "bands": bands}
    frames = None if extent.size is None else extent.size.value
    outputs = (*per_sample((None, frames), ("frames",)), channels, number(bands, "bands"))
    return LayerFacts(
        _spectrum(spec, (batch, frames), bands * (2 if mode == "stft" else 1)),
        weights=tuple(weight(f"{part}_kernel", kernel) for part in parts),
        macs=product(*((len(parts),) * (len(parts) > 1)), *outputs, number(frame, "frame_length")),
        views=_heard(spec, Window(frame, step, extent.padding)),
        saved=(
            Buffer(product(len(parts), elements(spec.input_shape))),
            Buffer(product(_KEPT_OF_STFT.get(mode, 0), *outputs)),
        ),
    )


def _spectrum(spec: LayerSpec, frames: tuple[int | None, int | None], bands: int) -> Shape:
    """The shape of a spectrogram: bands of each channel together, or along an axis of their own."""
    batch, count = frames
    channels = spec.size(1 if spec.channels_first else 2)
    if not spec.flag("expand_dims", default=False):
        both = channels * bands
        return (batch, both, count) if spec.channels_first else (batch, count, both)
    if spec.channels_first:
        return (batch, channels, count, bands)
    return (batch, count, bands, channels)


def _heard(spec: LayerSpec, frame: Window) -> Views:
    """What a band hears: its frame of the time, and its own channel where they stay apart."""
    apart = spec.flag("expand_dims", default=False)
    if spec.channels_first:
        return ((SAME if apart else WHOLE, frame),)
    return ((frame, Window(axis=3) if apart else WHOLE),)


def mel_spectrogram(spec: LayerSpec) -> LayerFacts:
    """`MelSpectrogram`: a Fourier transform in frames, whose products depend on who computes it."""
    *batch, length = spec.of_rank(1, 2)
    stride = spec.positive("sequence_stride", default=512)
    # As Keras declares it: one frame more than there are where the stride divides length + 1.
    frames = None if length is None else (length + stride + 1) // stride
    return unknown(
        "the number of products in a fast Fourier transform depends on the library",
        output_shape=(*batch, spec.positive("num_mel_bins", default=128), frames),
        weights=(),
    )


# ------------------------------------------------------------------------------------- images


def augmentation(spec: LayerSpec) -> LayerFacts:
    """`RandomFlip` and all that changes images at random: shapes stay, inference hands them on."""
    first, *more = spec.input_shapes
    # Of images, labels and boxes together each sees its own; one field for all would not say so.
    views = None if more else pointwise(first)
    return LayerFacts(first, more_outputs=tuple(more), views=views, output_dtype=_kept_dtype(spec))


def whole_image(spec: LayerSpec) -> LayerFacts:
    """`AutoContrast`, `Equalization` and their kin: what a pixel becomes depends on all of them."""
    first, *more = spec.input_shapes
    views = None if more else everything(first)
    return LayerFacts(first, more_outputs=tuple(more), views=views, output_dtype=_kept_dtype(spec))


def _kept_dtype(spec: LayerSpec) -> str | None:
    """These declare the type of their input where all others compute in floating point."""
    kept = spec.class_name in ("Equalization", "RandomGrayscale")
    return spec.tensors[0].dtype if kept else None


def crop(spec: LayerSpec) -> LayerFacts:
    """`CenterCrop` and `RandomCrop`: a part of the image, at inference from its middle.

    A smaller image is enlarged until the part fits.
    """
    if _is_annotated(spec):
        return LayerFacts(None, reason=_ANNOTATED)
    shape, outputs = spec.input_shape, _with_size(spec)
    views: list[View] = [SAME] * (len(shape) - 1)
    for axis in _plane(spec):
        before, after = shape[axis], outputs[axis]
        if before is None or after is None or before < after or axis == 0:
            return LayerFacts(outputs)
        cut = before - after
        views[axis - 1] = Window(padding=(-(cut // 2), -(cut - cut // 2)))
    return LayerFacts(outputs, views=(tuple(views),))


def resizing(spec: LayerSpec) -> LayerFacts:
    """`Resizing`: the image interpolated to another size."""
    if _is_annotated(spec):
        return LayerFacts(None, reason=_ANNOTATED)
    shape, outputs = spec.input_shape, _with_size(spec)
    return LayerFacts(outputs, views=pointwise(shape) if shape == outputs else None)


def _is_annotated(spec: LayerSpec) -> bool:
    """Whether it is called on a dict of images, and boxes, masks or labels with them.

    It makes a dict of them, and Keras takes its output for one tensor.
    """
    return bool(spec.arguments) and isinstance(spec.arguments[0], Mapping)


def _plane(spec: LayerSpec) -> tuple[int, int]:
    """The axes of height and width; an image may come without a batch."""
    last = len(spec.of_rank(3, 4)) - 1
    return (last - 1, last) if spec.channels_first else (last - 2, last - 1)


def _with_size(spec: LayerSpec) -> Shape:
    """The shape of the input with the height and the width of the configuration."""
    if len(spec.tensors) > 1:
        spec.fail("it", "be called on images alone", f"tensors: {len(spec.tensors)}")
    sizes = list(spec.input_shape)
    for axis, key in zip(_plane(spec), ("height", "width"), strict=True):
        sizes[axis] = spec.positive(key)
    return tuple(sizes)


def max_num_bounding_boxes(spec: LayerSpec) -> LayerFacts:
    """`MaxNumBoundingBoxes`: boxes and their labels cut or filled up to one number."""
    most = spec.positive("max_number")
    given = spec.arguments[0] if spec.arguments else None
    boxes = given.get("bounding_boxes") if isinstance(given, Mapping) else None
    held = {id(tensor) for tensor in tensors_in(boxes)}
    first, *more = (
        (each.shape[0], most, *each.shape[2:]) if id(each) in held else each.shape
        for each in spec.tensors
    )
    return LayerFacts(first, more_outputs=tuple(more), views=None if more else pointwise(first))


# ----------------------------------------------------------------------------------- in a row


def pipeline(spec: LayerSpec) -> LayerFacts:
    """`Pipeline`: layers one after the other."""
    values = spec.get("layers")
    if not isinstance(values, list | tuple):
        spec.fail("layers", "be a list of layers", f"layers={shown(values)}")
    shape: Shape = spec.input_shape
    weights: list[Weight] = []
    macs: list[Formula] = [NO_MACS]
    for value in values:
        layer = spec.nested("layers", value)
        facts = layer.called(shape)
        if facts.output_shape is None or facts.weights is None or facts.macs is None:
            return unknown(facts.reason)
        shape = facts.output_shape
        weights += prefixed(layer.name, facts.weights)
        macs.append(facts.macs)
    counted = [each for each in macs if each.value != 0] or macs[:1]
    return LayerFacts(shape, weights=tuple(weights), macs=plus(*counted))
