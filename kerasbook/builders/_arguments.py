"""The builders' arguments as numbers and tuples, checked before Keras is imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from kerasbook.checks import (
    boolean,
    choice,
    integer,
    one_or_per,
    positive_integer,
    real_number,
    reject,
    string,
)
from kerasbook.values import entries, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "ConvolutionWindow",
    "classes",
    "depth",
    "dropouts",
    "filters_of",
    "flags",
    "image_shape",
    "label_kind",
    "labeled",
    "layer_prefix",
    "model_name",
    "outputs",
    "require_room",
    "scale",
    "seed_of",
    "shape",
    "units_of",
    "windows",
]

T = TypeVar("T")
_PAIR = 2  # the number of classes that a single sigmoid tells apart
# The number of axes of an input with one, two or three spatial axes.
_RANKS = {
    2: "signals (length, channels)",
    3: "images (height, width, channels)",
    4: "volumes (depth, height, width, channels)",
}


@dataclass(frozen=True, slots=True)
class ConvolutionWindow:
    """The window of one convolution: its sizes and strides per spatial axis, and its padding."""

    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str


# ------------------------------------------------------------------------- one value or many


def depth(default: int, *values: object) -> int:
    """The number of layers: the length of the first sequence, or the default if there is none.

    Examples:
        >>> depth(4, 32, (1, 2), 3)
        2
        >>> depth(4, 32, 1, 3)
        4
    """
    counts = (len(several) for value in values if (several := entries(value)) is not None)
    return next(counts, default)


def labeled(
    name: str, value: T | Sequence[T], count: int, *, item: str, mend: str = ""
) -> Iterator[tuple[str, T]]:
    """One (label, value) pair for each of `count` items; the label names the value in an error.

    Examples:
        >>> list(labeled("filters", (8, 16), 2, item="block"))
        [('filters[0]', 8), ('filters[1]', 16)]
        >>> list(labeled("filters", 8, 2, item="block"))
        [('filters', 8), ('filters', 8)]
    """
    single = entries(value) is None
    values = one_or_per(name, value, count, item=item, mend=mend)
    for index, entry in enumerate(values):
        yield (name if single else f"{name}[{index}]"), plain(entry)  # type: ignore[misc]


def units_of(hidden_units: object, count: int) -> list[int]:
    """The number of units of each hidden layer."""
    given = plain(hidden_units)
    none = isinstance(given, int | None) and not given
    mend = "Use hidden_units=() for no hidden layer." if none else ""
    return [
        positive_integer(label, value, mend=mend)
        for label, value in labeled("hidden_units", hidden_units, count, item="hidden layer")
    ]


def filters_of(filters: object, count: int) -> list[int]:
    """The number of filters of each block; there must be at least one block."""
    if count == 0:
        reject("filters", "have at least one block", filters, mend="Use fnn_classifier() for none.")
    return [
        positive_integer(label, value)
        for label, value in labeled("filters", filters, count, item="block")
    ]


def dropouts(dropout: object, count: int) -> list[float]:
    """The dropout rates, one per hidden layer; without hidden layers, the single rate given."""
    several = entries(dropout) is not None
    return [
        real_number(
            label, value, minimum=0, below=1, mend="Use 0 for none." if value is None else ""
        )
        for label, value in labeled(
            "dropout", dropout, count if several else max(count, 1), item="hidden layer"
        )
    ]


def flags(name: str, value: object, count: int, *, item: str) -> list[bool]:
    """A boolean for each layer."""
    return [boolean(label, entry) for label, entry in labeled(name, value, count, item=item)]


# ------------------------------------------------------------------------------ single values


def shape(input_shape: object) -> tuple[int, ...]:
    """The sizes of one input, without the batch axis; all must be known.

    Examples:
        >>> shape([28, 28])
        (28, 28)
        >>> shape(784)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: input_shape must be a tuple of sizes, without the batch;
            received input_shape=784. Use input_shape=(784,).
    """
    sizes = entries(input_shape)
    if not sizes or any(entries(size) is not None for size in sizes):
        size = plain(input_shape)
        whole = isinstance(size, int) and not isinstance(size, bool)
        reject(
            "input_shape",
            "be a tuple of sizes, without the batch",
            input_shape,
            mend=f"Use input_shape=({size},)." if whole else "Use the data's x.shape[1:].",
        )
    if any(size is None for size in sizes):
        reject(
            "input_shape",
            "have known sizes, which Dense and Flatten need for their weights",
            input_shape,
            mend="Bring all inputs to one size and give that size.",
        )
    return tuple(positive_integer(f"input_shape[{i}]", size) for i, size in enumerate(sizes))


def image_shape(input_shape: object) -> tuple[int, ...]:
    """The sizes of one signal, image or volume, channels included."""
    sizes = shape(input_shape)
    if len(sizes) not in _RANKS:
        *most, last = (f"{rank} axes for {what}" for rank, what in _RANKS.items())
        reject(
            "input_shape",
            f"have {', '.join(most)} or {last}",
            sizes,
            mend="Reshape the data, or use fnn_classifier(), which takes any shape.",
        )
    return sizes


def classes(num_classes: object, head: str | None) -> int:
    """The number of classes, or of predicted values."""
    count = positive_integer("num_classes", num_classes)
    if head == "softmax" and count == 1:
        reject(
            "num_classes",
            "be at least 2 with head='softmax', which gives a single class the probability 1",
            num_classes,
            mend="Use num_classes=2, or head='linear' to predict a number.",
        )
    return count


def outputs(num_outputs: object) -> int:
    """The number of values that a regression predicts."""
    return positive_integer("num_outputs", num_outputs)


def label_kind(labels: object, head: str | None, count: int) -> str:
    """The form of the labels; `"multi_hot"` for a sigmoid head of three or more classes."""
    kind = choice("labels", labels, ("one_hot", "integer", "multi_hot"))
    if kind != "one_hot" and head == "linear":
        reject(
            "labels",
            "be left out with head='linear', which predicts numbers and no classes",
            labels,
            mend="Use head='softmax' for classes.",
        )
    if kind == "multi_hot" and head == "softmax":
        reject(
            "labels",
            "be 'one_hot' or 'integer' with head='softmax', whose probabilities sum to 1",
            labels,
            mend="Use head='sigmoid' if a sample can be of several classes at once, or of none.",
        )
    if head != "sigmoid" or kind == "multi_hot" or count == _PAIR:
        return kind
    if count < _PAIR:
        reject(
            "num_classes",
            f"be at least 2 with head='sigmoid' and labels={kind!r}",
            count,
            mend="Use num_classes=2 for one probability, that of class 1.",
        )
    if kind == "integer":
        reject(
            "labels",
            f"be 'multi_hot' with head='sigmoid' and {count} classes, each with a probability of "
            "its own",
            labels,
            mend=f"Write the labels as rows of {count} zeros and ones, or use head='softmax' if "
            "each sample is of one class.",
        )
    return "multi_hot"


def scale(input_scale: object) -> float | None:
    """The factor that the inputs are multiplied with, or `None`."""
    if input_scale is None:
        return None
    mend = "Use input_scale=1/255 for pixels from 0 to 255."
    factor = real_number("input_scale", input_scale, mend=mend)
    if factor <= 0:
        reject("input_scale", "be above 0", input_scale, mend=mend)
    return factor


def seed_of(seed: object) -> int | None:
    """The seed, or `None`."""
    return None if seed is None else integer("seed", seed, minimum=0)


def model_name(name: object) -> str:
    """The model's name, which Keras must accept."""
    return _without_slash("name", string("name", name))


def layer_prefix(prefix: object) -> str:
    """The text that begins the name of every layer; it may be empty."""
    found = plain(prefix)
    if not isinstance(found, str):
        reject("prefix", "be a string", prefix, mend="Use prefix='left_', or leave it out.")
    return _without_slash("prefix", found)


def _without_slash(name: str, value: str) -> str:
    if "/" in value:
        reject(name, "have no '/' in it, which separates names in Keras", value)
    return value


# -------------------------------------------------------------------------------- convolutions


def windows(
    kernel_sizes: object, strides: object, padding: object, *, blocks: int, rank: int
) -> list[ConvolutionWindow]:
    """The window of each block's convolution, which has `rank` spatial axes."""
    paddings = ("valid", "same", "causal") if rank == 1 else ("valid", "same")
    steps = [1 + block % 2 for block in range(blocks)] if strides is None else strides
    return [
        ConvolutionWindow(kernel_size, step, choice(label, how, paddings))
        for kernel_size, step, (label, how) in zip(
            _per_block("kernel_sizes", kernel_sizes, blocks=blocks, rank=rank),
            _per_block("strides", steps, blocks=blocks, rank=rank),
            labeled("padding", padding, blocks, item="block"),
            strict=True,
        )
    ]


def _per_block(name: str, value: object, *, blocks: int, rank: int) -> list[tuple[int, ...]]:
    """For each block, one positive integer per axis."""
    mend = ""
    if len(entries(value) or ()) == rank > 1:
        mend = f"For one value per axis write {name}=({plain(value)!r},) * {blocks}."
    return [
        tuple(
            positive_integer(axis_label, size)
            for axis_label, size in labeled(label, sizes, rank, item="axis")
        )
        for label, sizes in labeled(name, value, blocks, item="block", mend=mend)
    ]


def require_room(
    sizes: tuple[int, ...], channel_axis: int, block_windows: list[ConvolutionWindow]
) -> None:
    """Raise if a block's window or stride is longer than its input."""
    axes = [axis for axis in range(len(sizes)) if axis != channel_axis % len(sizes)]
    needed = [_smallest([_axis(window, i) for window in block_windows]) for i in range(len(axes))]
    if all(sizes[axis] >= need for axis, need in zip(axes, needed, strict=True)):
        return
    plural = "s" * (len(block_windows) > 1)
    same = all(window.padding != "valid" for window in block_windows)
    reject(
        "input_shape",
        f"have at least {' × '.join(map(str, needed))} positions for the strides and "
        f"kernel_sizes of {len(block_windows)} block{plural}",
        sizes,
        mend="Use larger inputs, fewer blocks"
        + (" or smaller strides." if same else ", smaller strides or padding='same'."),
    )


def _axis(window: ConvolutionWindow, axis: int) -> tuple[int, int]:
    """The positions that a window needs along one axis, and its stride."""
    return (window.kernel_size[axis] if window.padding == "valid" else 1), window.strides[axis]


def _smallest(windows_and_strides: list[tuple[int, int]]) -> int:
    """The length of the shortest axis on which every window fits and no stride is longer.

    It is computed from the last block back: `n` outputs of a window over `k` positions need
    `(n − 1)·s + k` positions.
    """
    size = 1
    for covered, stride in reversed(windows_and_strides):
        size = max((size - 1) * stride + covered, stride)
    return size
