"""Every backbone of KerasHub: what it is built from, and what is no network of its own."""

# KerasHub publishes no types, and is imported where it is there:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

from hub_cases import Part
from hub_language import DECODERS, ENCODERS, PAIRS
from hub_mixed import IMAGES_AND_TEXT, MADE, SOUND
from hub_vision import IMAGES, PYRAMIDS, TRANSFORMERS

__all__ = ["DIFFERS", "FAMILIES", "NOT_BUILT", "backbones", "build", "case_of", "made"]

FAMILIES = {
    "Language: one token after the other": DECODERS,
    "Language: a text at once": ENCODERS,
    "Language: an encoder and a decoder": PAIRS,
    "Images: convolutions": IMAGES,
    "Images and films: attention": TRANSFORMERS,
    "Images: on another one's features": PYRAMIDS,
    "Images with text": IMAGES_AND_TEXT,
    "Sound": SOUND,
    "Images that are made": MADE,
}

# Why a class is not built.
NOT_BUILT = {
    "Backbone": "the base class of all",
    "FeaturePyramidBackbone": "a base class, of those that put out a pyramid of features",
}

# Why PyTorch runs more or less than JAX, where it does.
_LAST_STATE = "PyTorch computes the recurrence's last state too, 4·64·16·16, which no output needs"
_RESIZED = "JAX resizes images by products with matrices"
DIFFERS = {
    "Qwen3_5Backbone": _LAST_STATE,
    "Qwen3_5MoeBackbone": _LAST_STATE,
    "DeepLabV3Backbone": _RESIZED,
    "DepthAnythingBackbone": _RESIZED,
}


def backbones() -> dict[str, Any]:
    """Every class of backbone that KerasHub publishes, by its own name; some have a second one."""
    import keras_hub

    found = vars(keras_hub.models).values()
    kind = keras_hub.models.Backbone
    classes = [each for each in found if inspect.isclass(each) and issubclass(each, kind)]
    return {each.__name__: each for each in sorted(classes, key=lambda each: each.__name__)}


def case_of(name: str) -> Any:
    """The small configuration of a backbone."""
    (case,) = (cases[name] for cases in FAMILIES.values() if name in cases)
    return case


def build(name: str) -> Any:
    """A small backbone."""
    return made(Part(name, case_of(name).arguments))


def made(value: Any) -> Any:
    """A part, and the parts that it is given, as objects of KerasHub; anything else as it is."""
    if not isinstance(value, Part):
        return value
    return _class(value.name)(**{key: made(each) for key, each in value.arguments.items()})


def _class(name: str) -> Any:
    """A class in `keras_hub.models` or `keras_hub.layers`, or by its module."""
    import keras_hub

    module, _, short = name.rpartition(".")
    places = [import_module(module)] if module else [keras_hub.models, keras_hub.layers]
    return next(getattr(place, short) for place in places if hasattr(place, short))
