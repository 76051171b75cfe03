"""The configuration of a layer in memory, read setting by setting on demand.

`get_config()` serialises every initialiser and regulariser of a layer, which takes longer than all
the arithmetic, and on some backends imports another backend. Most settings are plain attributes of
the same name; `get_config()` is called once, and only for the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PLAIN", "LiveConfig"]

# Settings that are attributes of the same name in every layer of Keras that has them.
PLAIN = frozenset(
    (
        "attention_axes",
        "axes",
        "axis",
        "batch_input_shape",
        "batch_shape",
        "bias_axes",
        "center",
        "cropping",
        "data_format",
        "depth_multiplier",
        "dilation_rate",
        "dims",
        "equation",
        "fft_length",
        "filters",
        "go_backwards",
        "groups",
        "head_dim",
        "height",
        "input_dim",
        "interpolation",
        "keepdims",
        "kernel_size",
        "key_dim",
        "lora_rank",
        "merge_mode",
        "mode",
        "n",
        "name",
        "num_bins",
        "num_heads",
        "num_key_value_heads",
        "num_mel_bins",
        "num_query_heads",
        "num_tokens",
        "output_dim",
        "output_padding",
        "padding",
        "pool_size",
        "renorm",
        "reset_after",
        "rms_scaling",
        "scale",
        "sequence_stride",
        "shared_axes",
        "size",
        "strides",
        "target_shape",
        "tie_weights",
        "trainable",
        "units",
        "use_bias",
        "use_scale",
        "value_dim",
        "width",
    )
)
_OTHER_NAMES = {"mean": "input_mean", "output_shape": "partial_output_shape"}
_PLAIN_TYPES = frozenset((bool, int, float, str, list, tuple, type(None)))
_ABSENT = object()


class LiveConfig(Mapping[str, object]):
    """The configuration of one of Keras's own layers.

    Args:
        layer: the layer.

    Examples:
        >>> import keras
        >>> config = LiveConfig(keras.layers.Conv2D(8, 3, activation="relu"))
        >>> config["kernel_size"], config["activation"], config["dtype"]
        ((3, 3), 'relu', 'float32')
    """

    __slots__ = ("_full", "_layer")

    def __init__(self, layer: Any) -> None:  # noqa: ANN401  Keras publishes no types
        self._layer = layer
        self._full: dict[str, object] | None = None

    def __getitem__(self, key: str) -> object:
        value = self._plain(key)
        if value is _ABSENT:
            return self._config()[key]
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._config())

    def __len__(self) -> int:
        return len(self._config())

    def _plain(self, key: str) -> object:
        """The value of a setting that needs no serialisation."""
        layer = self._layer
        if key in PLAIN:
            value = getattr(layer, key, _ABSENT)
            if value is _ABSENT:
                raise KeyError(key)
            return value if type(value) in _PLAIN_TYPES else _ABSENT
        if (
            key == "dtype" and type(layer).__name__ != "InputLayer"
        ):  # an InputLayer's dtype is its tensor's
            policy = layer.dtype_policy
            return policy.name if type(policy).__name__ == "DTypePolicy" else _ABSENT
        if key == "activation":
            function = getattr(layer, "activation", _ABSENT)
            if function is None:  # taken off a built layer, as pictures of what a layer sees do
                return "linear"
            if getattr(function, "__module__", "").startswith("keras."):
                return getattr(function, "__name__", _ABSENT)
        if key == "lora_ranks":
            return _lora_ranks(layer)
        return getattr(layer, _OTHER_NAMES.get(key, ""), _ABSENT)

    def _config(self) -> dict[str, object]:
        if self._full is None:
            try:
                self._full = dict(self._layer.get_config())
            except Exception:  # noqa: BLE001  what a setting of the user's own cannot write down
                self._full = _settings(self._layer)
        return self._full


def _lora_ranks(layer: Any) -> dict[str, int]:  # noqa: ANN401  Keras publishes no types
    """The ranks of the LoRA adapters in a layer, by name; no configuration has them."""
    parts = layer._layers  # noqa: SLF001  as its `summary` lists them
    ranks = {each.name: each.lora_rank for each in parts if getattr(each, "lora_enabled", False)}
    if not ranks:
        raise KeyError("lora_ranks")
    return ranks


def _settings(layer: Any) -> dict[str, object]:  # noqa: ANN401  Keras publishes no types
    """The settings of a layer, from attributes with the names of its arguments.

    A user's own regulariser may lack `get_config`, and no rule needs it.
    """
    names = (*signature(type(layer)).parameters, "dtype", "trainable")
    return {name: _setting(getattr(layer, name)) for name in names if hasattr(layer, name)}


def _setting(value: Any) -> object:  # noqa: ANN401
    """A plain value as it is, a layer as its configuration, a function as its name; else `None`."""
    if isinstance(value, list | tuple):
        return [_setting(each) for each in value]
    if hasattr(value, "get_config") and hasattr(value, "call"):
        module = type(value).__module__
        return {
            "module": "keras.layers" if module.startswith("keras.") else module,
            "class_name": type(value).__name__,
            "config": LiveConfig(value),
        }
    return value if type(value) in _PLAIN_TYPES else getattr(value, "__name__", None)
