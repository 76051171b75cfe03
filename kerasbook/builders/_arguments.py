"""Arguments of the builders as plain numbers and tuples: checked here, before Keras is imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from kerasbook.checks import (
    boolean,
    choice,
    integer,
    number,
    one_or_per,
    positive_integer,
    reject,
    string,
)
from kerasbook.values import entries, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "Window",
    "classes",
    "depth",
    "dropouts",
    "each",
    "filters_of",
    "flags",
    "image_shape",
    "label_kind",
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
_PAIR = 2  # a single sigmoid tells two classes apart
# Axes of an input with one, two or three spatial axes.
_RANKS = {
    2: "signals (length, channels)",
    3: "images (height, width, channels)",
    4: "volumes (depth, height, width, channels)",
}


@dataclass(frozen=True, slots=True)
class Window:
    """How one convolution moves: each value once per spatial axis, the padding by its name."""

    kernel_size: tuple[int, ...]
    strides: tuple[int, ...]
    padding: str


# ------------------------------------------------------------------------- one value or many


def depth(default: int, *values: object) -> int:
    """How many layers there are: the length of the first sequence, else the default.

    Examples:
        >>> depth(4, 32, (1, 2), 3)
        2
        >>> depth(4, 32, 1, 3)
        4
    """
    counts = (len(several) for value in values if (several := entries(value)) is not None)
    return next(counts, default)


def each(
    name: str, value: T | Sequence[T], count: int, *, item: str, mend: str = ""
) -> Iterator[tuple[str, T]]:
    """One value for each of `count` items, with the name that an error gives it.

    Examples:
        >>> list(each("filters", (8, 16), 2, item="block"))
        [('filters[0]', 8), ('filters[1]', 16)]
        >>> list(each("filters", 8, 2, item="block"))
        [('filters', 8), ('filters', 8)]
    """
    single = entries(value) is None
    values = one_or_per(name, value, count, item=item, mend=mend)
    for index, entry in enumerate(values):
        yield (name if single else f"{name}[{index}]"), plain(entry)  # type: ignore[misc]


def units_of(hidden_units: object, count: int) -> list[int]:
    """Units of each hidden layer."""
    given = plain(hidden_units)
    none = isinstance(given, int | None) and not given
    mend = "Use hidden_units=() for no hidden layer." if none else ""
    return [
        positive_integer(label, value, mend=mend)
        for label, value in each("hidden_units", hidden_units, count, item="hidden layer")
    ]


def filters_of(filters: object, count: int) -> list[int]:
    """Filters of each block; there is at least one block."""
    if count == 0:
        reject("filters", "have at least one block", filters, mend="Use fnn_classifier() for none.")
    return [
        positive_integer(label, value)
        for label, value in each("filters", filters, count, item="block")
    ]


def dropouts(dropout: object, count: int) -> list[float]:
    """The share dropped after each hidden layer; a single value is kept if there is none."""
    several = entries(dropout) is not None
    return [
        number(label, value, minimum=0, below=1, mend="Use 0 for none." if value is None else "")
        for label, value in each(
            "dropout", dropout, count if several else max(count, 1), item="hidden layer"
        )
    ]


def flags(name: str, value: object, count: int, *, item: str) -> list[bool]:
    """True or False for each layer."""
    return [boolean(label, entry) for label, entry in each(name, value, count, item=item)]


# ------------------------------------------------------------------------------ single values


def shape(input_shape: object) -> tuple[int, ...]:
    """Sizes of one input, each known.

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
    """Sizes of one signal, image or volume with its channels."""
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
    """How many classes there are, or numbers to predict."""
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
    """How many numbers a regression predicts."""
    return positive_integer("num_outputs", num_outputs)


def label_kind(labels: object, head: str | None, count: int) -> str:
    """How the labels of so many classes are written: `"multi_hot"` where each stands for itself."""
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
    """What the inputs are multiplied by, if anything."""
    if input_scale is None:
        return None
    mend = "Use input_scale=1/255 for pixels from 0 to 255."
    factor = number("input_scale", input_scale, mend=mend)
    if factor <= 0:
        reject("input_scale", "be above 0", input_scale, mend=mend)
    return factor


def seed_of(seed: object) -> int | None:
    """A seed, or none."""
    return None if seed is None else integer("seed", seed, minimum=0)


def model_name(name: object) -> str:
    """A name that Keras takes for a model."""
    return _without_slash("name", string("name", name))


def layer_prefix(prefix: object) -> str:
    """What the name of every layer begins with."""
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
) -> list[Window]:
    """How the convolution of each block moves over its `rank` spatial axes."""
    paddings = ("valid", "same", "causal") if rank == 1 else ("valid", "same")
    moves = [1 + block % 2 for block in range(blocks)] if strides is None else strides
    return [
        Window(kernel_size, step, choice(label, how, paddings))
        for kernel_size, step, (label, how) in zip(
            _per_block("kernel_sizes", kernel_sizes, blocks=blocks, rank=rank),
            _per_block("strides", moves, blocks=blocks, rank=rank),
            each("padding", padding, blocks, item="block"),
            strict=True,
        )
    ]


def _per_block(name: str, value: object, *, blocks: int, rank: int) -> list[tuple[int, ...]]:
    """One positive integer per axis for each block."""
    mend = ""
    if len(entries(value) or ()) == rank > 1:
        mend = f"For one value per axis write {name}=({plain(value)!r},) * {blocks}."
    return [
        tuple(
            positive_integer(axis_label, size)
            for axis_label, size in each(label, sizes, rank, item="axis")
        )
        for label, sizes in each(name, value, blocks, item="block", mend=mend)
    ]


def require_room(sizes: tuple[int, ...], channel_axis: int, moves: list[Window]) -> None:
    """Raise if a block's window or stride is longer than what is left of the input."""
    axes = [axis for axis in range(len(sizes)) if axis != channel_axis % len(sizes)]
    needed = [_smallest([_axis(move, i) for move in moves]) for i in range(len(axes))]
    if all(sizes[axis] >= need for axis, need in zip(axes, needed, strict=True)):
        return
    plural = "s" * (len(moves) > 1)
    same = all(move.padding != "valid" for move in moves)
    reject(
        "input_shape",
        f"have at least {' × '.join(map(str, needed))} positions for the strides and "
        f"kernel_sizes of {len(moves)} block{plural}",
        sizes,
        mend="Use larger inputs, fewer blocks"
        + (" or smaller strides." if same else ", smaller strides or padding='same'."),
    )


def _axis(move: Window, axis: int) -> tuple[int, int]:
    """Positions that the window needs along one axis, and its stride."""
    return (move.kernel_size[axis] if move.padding == "valid" else 1), move.strides[axis]


def _smallest(moves: list[tuple[int, int]]) -> int:
    """The shortest axis on which every window fits and every stride is a move.

    From the last block back: `n` outputs of a window over `k` positions need `(n − 1)·s + k`.
    """
    size = 1
    for covered, stride in reversed(moves):
        size = max((size - 1) * stride + covered, stride)
    return size
