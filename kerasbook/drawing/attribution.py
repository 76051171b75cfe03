"""What in an image counts for a model's score: three ways to find out."""

# Keras publishes no types:
# ruff: noqa: ANN401

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasbook.checks import reject, require
from kerasbook.drawing.gradients import gradient
from kerasbook.drawing.layers import calls, channels_last, find_call
from kerasbook.drawing.models import predict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from kerasbook.drawing.layers import Key, LayerCall

__all__ = ["grad_cam", "input_gradient", "occlusion"]

_PATCHES = 8  # covered patches along the shorter side
_CHUNK = 64  # covered images that are held at a time
_HEADS = ("softmax", "sigmoid")
_IMAGE = 4  # axes of maps: (batch, height, width, channels)


def occlusion(
    model: Any,
    batch: NDArray[Any],
    score: Callable[[NDArray[Any]], NDArray[Any]],
    *,
    batch_size: int,
) -> NDArray[Any]:
    """How far the score falls when a patch is covered with the image's mean colour.

    Args:
        model: a Keras model.
        batch: (1, …) the image.
        score: of each row of the model's outputs.
        batch_size: images at a time.

    Returns:
        (height, width): the mean over the patches that cover a pixel.

    Reference:
        Zeiler and Fergus, *Visualizing and understanding convolutional networks*, 2014,
        https://arxiv.org/abs/1311.2901.
    """
    import numpy as np  # noqa: PLC0415  loaded on first use

    axes = (1, 2) if channels_last(model) or batch.ndim == 3 else (2, 3)  # noqa: PLR2004  grey
    height, width = (batch.shape[axis] for axis in axes)
    mean = batch.mean(axis=axes, keepdims=True)
    side = max(1, round(min(height, width) / _PATCHES))
    places = [(top, left) for top in _starts(height, side) for left in _starts(width, side)]
    plain = float(score(predict(model, batch))[0])
    falls, covers = np.zeros((height, width)), np.zeros((height, width))
    for chunk in _chunks(places):
        covered = np.repeat(batch, len(chunk), axis=0)
        for image, (top, left) in zip(covered, chunk, strict=True):
            patch: list[Any] = [slice(None)] * (batch.ndim - 1)
            patch[axes[0] - 1], patch[axes[1] - 1] = (
                slice(top, top + side),
                slice(left, left + side),
            )
            image[tuple(patch)] = np.broadcast_to(mean[0], image.shape)[tuple(patch)]
        scores = score(predict(model, covered, batch_size=batch_size))
        for fall, (top, left) in zip(plain - scores, chunk, strict=True):
            falls[top : top + side, left : left + side] += fall
            covers[top : top + side, left : left + side] += 1
    result: NDArray[Any] = falls / covers
    return result


def input_gradient(model: Any, batch: NDArray[Any], *, column: int, sign: int) -> NDArray[Any]:
    """How strongly the score before the last activation moves with each pixel.

    Returns:
        (height, width): the largest derivative of the pixel's channels, without its sign.

    Reference:
        Simonyan, Vedaldi and Zisserman, *Deep inside convolutional networks: visualising image
        classification models and saliency maps*, 2014, https://arxiv.org/abs/1312.6034.
    """
    import numpy as np  # noqa: PLC0415  loaded on first use

    found = calls(model)
    # A model of whole numbers has slopes between them all the same.
    place = batch.astype(np.result_type(batch.dtype, np.float32))
    slope = gradient(_score_from(found, found[0], {}, column=column, sign=sign), place)[0]
    if slope.ndim == 2:  # noqa: PLR2004  a grey image without channels
        return abs(slope)
    result: NDArray[Any] = abs(slope).max(axis=-1 if channels_last(model) else 0)
    return result


def grad_cam(
    model: Any, batch: NDArray[Any], *, layer: object, column: int, sign: int
) -> tuple[NDArray[Any], str]:
    """What a layer finds for the score: its maps, each weighted with the mean of its gradient.

    Args:
        model: a functional or sequential Keras model.
        batch: (1, …) the image.
        layer: as a user names it; see `_image_call` if `None`.
        column: of the output.
        sign: 1, or −1 for what speaks against it.

    Returns:
        (height, width) of the layer's maps, nothing negative, and the layer's name.

    Reference:
        Selvaraju and others, *Grad-CAM: visual explanations from deep networks via gradient-based
        localization*, 2017, https://arxiv.org/abs/1610.02391.
    """
    ops = require("keras", extra="tensorflow").ops
    found = calls(model)
    chosen = None if layer is None else find_call(model, layer)
    if chosen is not None and chosen.rank != _IMAGE:
        reject("layer", "put out images", chosen.name)
    values = {found[0].outputs[0]: ops.convert_to_tensor(batch)}
    for call in found[1:]:
        call(values)
    chosen = chosen or _image_call(model, found, values)
    features = values[chosen.outputs[0]]
    slope = gradient(_score_from(found, chosen, values, column=column, sign=sign), features)[0]
    maps = ops.convert_to_numpy(features)[0]
    last = channels_last(model)
    weights = slope.mean(axis=(0, 1) if last else (1, 2), keepdims=True)
    result: NDArray[Any] = (weights * maps).sum(axis=-1 if last else 0)
    return result.clip(min=0), chosen.name


def _score_from(
    found: list[LayerCall], start: LayerCall, values: dict[Key, Any], *, column: int, sign: int
) -> Callable[[Any], Any]:
    """The score as a function of what one call puts out; all else keeps its value."""
    last = _head(found)
    later = _depending(found, start)
    if last not in later:
        reject("layer", "be one that the model's output depends on", start.name)
    between = later[: later.index(last)]
    head = _without_activation(last)  # made once, outside of what is differentiated

    def score(tensor: Any) -> Any:
        held = {**values, start.outputs[0]: tensor}
        for call in between:
            call(held)
        return sign * head(held)[0, column]

    return score


def _depending(found: list[LayerCall], start: LayerCall) -> list[LayerCall]:
    """The calls that depend on what one of them puts out, in order."""
    reached = set(start.outputs)
    later = []
    for call in found:
        if call.outputs != start.outputs and reached.intersection(call.inputs):
            reached.update(call.outputs)
            later.append(call)
    return later


def _head(found: list[LayerCall]) -> LayerCall:
    """The call that makes the model's output, in a model inside if that is the last."""
    makers = {key: call for call in found for key in call.outputs}
    last = found[-1]
    while last.passes:
        last = makers[last.inputs[0]]
    return last


def _without_activation(head: LayerCall) -> Callable[[dict[Key, Any]], Any]:
    """The model's head without its softmax or sigmoid, which would hide small slopes."""
    layer, source, target = head.layer, head.inputs[0], head.outputs[0]
    kind = type(layer).__name__
    activation = getattr(getattr(layer, "activation", None), "__name__", "")
    if kind == "Softmax" or (kind == "Activation" and activation in _HEADS):
        return lambda values: values[source]
    if activation in _HEADS and hasattr(layer, "kernel"):
        plain = type(layer).from_config({**layer.get_config(), "activation": "linear"})
        plain.build(head.input_shapes[0])
        plain.set_weights(layer.get_weights())
        return lambda values: plain(values[source])

    def whole(values: dict[Key, Any]) -> Any:
        head(values)
        return values[target]

    return whole


def _image_call(model: Any, found: list[LayerCall], values: dict[Key, Any]) -> LayerCall:
    """The last call whose maps come from a convolution and have more than one pixel.

    Maps of one pixel say nothing of places, what comes before any convolution is the image, and
    padding adds nothing but a border.
    """
    axes = (1, 2) if channels_last(model) else (2, 3)
    learned: set[Key] = set()
    best = None
    for call in found:
        if learned.intersection(call.inputs) or hasattr(call.layer, "kernel_size"):
            learned.update(call.outputs)
            shape = values[call.outputs[0]].shape
            pads = type(call.layer).__name__.startswith("ZeroPadding")
            if call.rank == _IMAGE and shape[axes[0]] * shape[axes[1]] > 1 and not pads:
                best = call
    if best is None:
        mend = "Name one, layer=…, or take another method."
        expected = "have a convolution that puts out maps of more than one pixel"
        reject("model", expected, model.name, mend=mend)
    return best


def _starts(size: int, side: int) -> list[int]:
    """Where patches begin: half a patch apart, the last at the end."""
    return sorted({*range(0, size - side + 1, max(1, side // 2)), size - side})


def _chunks(places: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    for start in range(0, len(places), _CHUNK):
        yield places[start : start + _CHUNK]
