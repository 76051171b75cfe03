"""What is said of a layer in a diagram: its family, its class in short, its settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, TypeAlias

from kerasbook.drawing.text import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kerasbook.diagrams.sketch import Color
    from kerasbook.rules import Layer, Shape

__all__ = [
    "FAMILIES",
    "Family",
    "activation_of",
    "class_text",
    "family_of",
    "kernel_of",
    "params_text",
    "settings_of",
    "shape_label",
    "sizes_text",
]

Family: TypeAlias = Literal[
    "input",
    "convolution",
    "pooling",
    "dense",
    "merging",
    "recurrent",
    "attention",
    "normalization",
    "activation",
    "dropout",
    "reshaping",
    "embedding",
    "model",
    "other",
]

# The colour of each, by its number in the theme, and what the legend calls it. Families that
# change no numbers' meaning, or that nobody knows, are grey.
FAMILIES: Mapping[Family, tuple[Color, str]] = {
    "input": ("muted", "input"),
    "convolution": (0, "convolution"),
    "pooling": (1, "pooling"),
    "dense": (2, "dense"),
    "merging": (3, "merging"),
    "recurrent": (4, "recurrent"),
    "attention": (4, "attention"),
    "embedding": (7, "embedding"),
    "normalization": (5, "normalization"),
    "activation": (5, "activation"),
    "dropout": (5, "dropout, noise"),
    "reshaping": ("muted", "reshaping"),
    "model": (6, "model inside"),
    "other": ("muted", "other class"),
}

# The first pattern that a class's name matches decides.
_PATTERNS: tuple[tuple[str, Family], ...] = (
    (r"InputLayer", "input"),
    (r"LSTM|GRU|RNN|Bidirectional", "recurrent"),
    (r"Attention", "attention"),
    (r"Conv", "convolution"),
    (r"Pool", "pooling"),
    (r"Embedding", "embedding"),
    (r"Dense", "dense"),
    (r"^(Add|Average|Maximum|Minimum|Multiply|Subtract|Concatenate|Dot)$", "merging"),
    (r"Normalization", "normalization"),
    (r"Dropout|GaussianNoise|StochasticDepth|ActivityRegularization", "dropout"),
    (r"(ReLU|ELU|Activation|Softmax)$", "activation"),
    (
        r"Flatten|Reshape|Permute|RepeatVector|ZeroPadding|Cropping|UpSampling|Resizing|Rescaling",
        "reshaping",
    ),
)
_SHORT = (
    ("InputLayer", "Input"),
    ("BatchNormalization", "BatchNorm"),
    ("LayerNormalization", "LayerNorm"),
    ("GroupNormalization", "GroupNorm"),
    ("MaxPooling", "MaxPool"),
    ("AveragePooling", "AvgPool"),
    ("ZeroPadding", "ZeroPad"),
    ("DepthwiseConv", "DepthConv"),
    ("MultiHeadAttention", "MultiHeadAttn"),
)
_FURTHER = {
    "dilation_rate": "dilation {}",
    "groups": "{} groups",
    "num_heads": "{} heads",
    "size": "×{}",
}
_LONGEST_CLASS = 28


def family_of(layer: Layer) -> Family:
    """The family of a layer by its class; a user's own class may do anything: `"other"`."""
    if layer.module and not layer.module.startswith("keras"):
        return "other"
    found = (family for each, family in _PATTERNS if re.search(each, layer.class_name))
    return next(found, "other")


def class_text(layer: Layer) -> str:
    """The class in short: `MaxPool2D`; what a wrapper wraps; what an activation applies.

    Examples:
        >>> from kerasbook.rules import Layer
        >>> class_text(Layer("GlobalAveragePooling2D", "pool", {}))
        'GlobalAvgPool2D'
        >>> class_text(Layer("Activation", "act", {"activation": "relu"}))
        'relu'
        >>> cell = {"class_name": "LSTM", "config": {}}
        >>> class_text(Layer("Bidirectional", "both", {"layer": cell}))
        'Bidirectional LSTM'
    """
    if layer.class_name == "Activation":
        return _function(layer.config.get("activation")) or "Activation"
    rate = layer.config.get("rate")
    if layer.class_name == "Dropout" and isinstance(rate, float):
        return f"Dropout {rate:g}"
    text = layer.class_name
    for long, short in _SHORT:
        text = text.replace(long, short)
    inner = layer.config.get("layer")
    if isinstance(inner, dict) and isinstance(inner.get("class_name"), str):
        text = f"{text} {inner['class_name']}"
    return shortened(text, _LONGEST_CLASS)


def settings_of(layer: Layer) -> tuple[str, ...]:
    """What is set in a layer beside its size: kernel, stride, padding.

    Examples:
        >>> from kerasbook.rules import Layer
        >>> config = {"kernel_size": [3, 3], "strides": [2, 2], "padding": "same"}
        >>> settings_of(Layer("Conv2D", "conv", config))
        ('3×3', 'stride 2', 'same')
        >>> settings_of(Layer("MaxPooling2D", "pool", {"pool_size": 2, "padding": "valid"}))
        ('2', 'stride 2', 'valid')
    """
    config, found = layer.config, []
    window, padding = kernel_of(layer), config.get("padding")
    if window:
        # A convolution moves by 1 if nothing is said, pooling by its window.
        strides = _sizes(config.get("strides")) or ((1,) if "kernel_size" in config else window)
        found = [sizes_text(window), f"stride {sizes_text(strides, brief=True)}"]
        found += [padding] if isinstance(padding, str) else []
    for key, text in _FURTHER.items():
        sizes = _sizes(config.get(key))
        if sizes and set(sizes) != {1}:
            found.append(text.format(sizes_text(sizes, brief=True)))
    return tuple(found)


def activation_of(layer: Layer) -> str:
    """The activation that a layer applies itself; `""` if it applies none.

    Examples:
        >>> from kerasbook.rules import Layer
        >>> activation_of(Layer("Dense", "top", {"units": 10, "activation": "softmax"}))
        'softmax'
    """
    activation = _function(layer.config.get("activation"))
    return "" if layer.class_name == "Activation" or activation == "linear" else activation


def kernel_of(layer: Layer) -> tuple[int, ...]:
    """The positions that a layer's window covers along each axis; `()` if it has none."""
    return _sizes(layer.config.get("kernel_size")) or _sizes(layer.config.get("pool_size"))


def sizes_text(sizes: Sequence[int | None], *, brief: bool = False) -> str:
    """Sizes as `3×3`; in brief a single one where all are the same."""
    texts = ["?" if size is None else str(size) for size in sizes]
    return texts[0] if brief and len(set(texts)) == 1 else "×".join(texts)


def shape_label(shape: Shape | None) -> str:
    """A shape without the batch: `32×32×3`; `?` for what is not known.

    Examples:
        >>> (
        ...     shape_label((7, 7, 2048)),
        ...     shape_label((4096,)),
        ...     shape_label((None, 8)),
        ...     shape_label(None),
        ... )
        ('7×7×2048', '4,096', '?×8', '?')
    """
    if shape is None:
        return "?"
    if len(shape) == 1 and shape[0] is not None:
        return f"{shape[0]:,}"
    return sizes_text(shape) or "1"


def params_text(counts: Sequence[int | None]) -> str:
    """The parameters of layers in a row, as a sum; without those that have none.

    Examples:
        >>> params_text([896, 128, 0]), params_text([0]), params_text([896, None])
        ('896 + 128', '0', '896 + ?')
    """
    shown = ["?" if count is None else f"{count:,}" for count in counts if count != 0]
    return " + ".join(shown) or "0"


def _function(value: object) -> str:
    """The name of an activation function, as a configuration holds it."""
    if isinstance(value, dict):
        inner = value.get("config")
        value = inner.get("name", value.get("class_name")) if isinstance(inner, dict) else inner
    return shortened(value, _LONGEST_CLASS) if isinstance(value, str) else ""


def _sizes(value: object) -> tuple[int, ...]:
    """One size or one per axis, as a configuration holds them; `()` for anything else."""
    sizes = value if isinstance(value, list | tuple) else (value,)
    return tuple(sizes) if sizes and all(type(size) is int for size in sizes) else ()
