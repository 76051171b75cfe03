"""Ten networks whose memory is measured: layers of all kinds, in sizes that people use."""

# Keras publishes no types:
# ruff: noqa: ANN401

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import layers

import kerasbook as kb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["MODES", "NETWORKS", "network"]

MODES = ("all trained", "half frozen", "inference")


def dense() -> Any:
    """Five dense layers on the pixels of a digit."""
    hidden = [layers.Dense(512, activation="relu") for _ in range(4)]
    return keras.Sequential([keras.Input((784,)), *hidden, layers.Dense(10, activation="softmax")])


def residual() -> Any:
    """Blocks with shortcuts."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(32, 3, padding="same")(inputs)
    for filters in (32, 64, 128):
        shortcut = layers.Conv2D(filters, 1, strides=2)(x)
        x = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.Add()([layers.BatchNormalization()(x), shortcut]))
    return _classified(inputs, layers.GlobalAveragePooling2D()(x))


def u_net() -> Any:
    """Which of 21 things are at each pixel: the answers are the largest tensor."""
    inputs = keras.Input((64, 64, 3))
    skips, x = [], inputs
    for filters in (16, 32, 64):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(128, 3, padding="same", activation="relu")(x)
    for filters, skip in zip((64, 32, 16), skips[::-1], strict=True):
        x = layers.Concatenate()([layers.UpSampling2D()(x), skip])
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return keras.Model(inputs, layers.Conv2D(21, 1, activation="sigmoid")(x))


def words() -> Any:
    """A score for each of 5,000 words at each place."""
    tokens = keras.Input((64,), dtype="int32")
    x = layers.Dense(128, activation="relu")(layers.Embedding(5000, 64)(tokens))
    return keras.Model(tokens, layers.Dense(5000, activation="softmax")(x))


def transformer() -> Any:
    """Three blocks of attention."""
    tokens = keras.Input((64,), dtype="int32")
    x = layers.Embedding(1000, 64)(tokens)
    for _ in range(3):
        y = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.MultiHeadAttention(4, 16)(y, y)])
        y = layers.Dense(256, activation="gelu")(layers.LayerNormalization()(x))
        x = layers.Add()([x, layers.Dense(64)(y)])
    return _classified(tokens, layers.GlobalAveragePooling1D()(x))


def recurrent() -> Any:
    """Two layers of LSTM."""
    inputs = keras.Input((40, 32))
    x = layers.LSTM(64, return_sequences=True)(inputs)
    return _classified(inputs, layers.LSTM(64)(x))


def mobile_net() -> Any:
    """MobileNetV2 as a model inside another."""
    base = keras.applications.MobileNetV2(
        (96, 96, 3), weights=None, include_top=False, pooling="avg"
    )
    inputs = keras.Input((96, 96, 3))
    return _classified(inputs, base(inputs))


def autoencoder() -> Any:
    """Convolutions that go down, and transposed ones that go up."""
    inputs = x = keras.Input((32, 32, 3))
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")(x)
    for filters in (64, 32):
        x = layers.Conv2DTranspose(filters, 3, strides=2, padding="same", activation="relu")(x)
    return keras.Model(inputs, layers.Conv2D(3, 3, padding="same", activation="sigmoid")(x))


def separable() -> Any:
    """Separable convolutions, and dropout before the end."""
    inputs = x = keras.Input((64, 64, 8))
    for filters in (16, 32, 64):
        x = layers.SeparableConv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.AveragePooling2D(2)(layers.BatchNormalization()(x))
    return _classified(inputs, layers.Dropout(0.3)(layers.Flatten()(x)))


def _classified(inputs: Any, features: Any) -> Any:
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(features))


NETWORKS: dict[str, Callable[[], Any]] = {
    "dense layers": dense,
    "the CNN of the book": kb.cnn_classifier,
    "residual blocks": residual,
    "U-Net": u_net,
    "language model": words,
    "transformer": transformer,
    "LSTM": recurrent,
    "MobileNetV2": mobile_net,
    "autoencoder": autoencoder,
    "separable convolutions": separable,
}


def network(name: str, mode: str) -> Any:
    """A network, the first half of its layers frozen if asked."""
    model = NETWORKS[name]()
    if mode == "half frozen":
        weighty = [layer for layer in _layers(model) if layer.weights]
        for layer in weighty[: (len(weighty) + 1) // 2]:
            layer.trainable = False
    return model


def _layers(model: Any) -> Iterator[Any]:
    """The layers of a model that are no models, those inside included."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer
