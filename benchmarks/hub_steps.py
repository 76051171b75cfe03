"""One token more, as KerasHub writes it: on what its models keep of the tokens before.

KerasHub itself is asked what that is, since it differs: keys and values in one array or in one of
each block, the state of a recurrence, and what a decoder keeps of the text that an encoder read.
"""

# Keras publishes no types, and is imported when it is asked. KerasHub makes a cache under a name
# of its own, which its documentation of `call_with_cache` sends one to:
# ruff: noqa: ANN401, PLC0415, SLF001

from __future__ import annotations

import inspect
from math import prod
from typing import TYPE_CHECKING, Any

from hub_cases import Part
from hub_models import made
from hub_whisper import whisper_writer

from kerasbook.dtypes import width_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["decode_step", "keep", "keep_of", "kept_bytes", "step", "task"]

_TASKS = ("CausalLM", "Seq2SeqLM", "AudioToText")


def task(backbone: str, arguments: dict[str, Any]) -> Any:
    """The language model on a backbone; not compiled, since its optimizer would have weights."""
    import keras_hub

    names = [backbone.replace("Backbone", kind) for kind in _TASKS]
    found = [getattr(keras_hub.models, name) for name in names if hasattr(keras_hub.models, name)]
    model = found[0] if found else whisper_writer()
    plain = type(model.__name__, (model,), {"compile": _compile_nothing})
    return plain(backbone=made(Part(backbone, arguments)), preprocessor=None)


def decode_step(model: Any, kept: dict[str, Any], context: int) -> Any:
    """A model of one token and of what is kept: logits, and what is kept with this one in it.

    Args:
        model: a language model.
        kept: what `keep` said of it.
        context: tokens that are kept, the new one among them.
    """
    import keras

    inputs = {
        "token": keras.Input(batch_shape=(1, 1), dtype="int32", name="token"),
        "kept": keras.tree.map_structure(_input, kept),
    }
    outputs = _layer(model, lambda given: step(model, given, context - 1))(inputs)
    return keras.Model(keras.tree.flatten(inputs), outputs)


def kept_bytes(kept: dict[str, Any]) -> int:
    """Bytes of the caches and states among what is kept of one sequence.

    What an encoder put out is no part of them: its keys and values are there already.
    """
    import keras

    caches = {name: value for name, value in kept.items() if "cache" in name}
    arrays = keras.tree.flatten(caches)
    return sum(prod(each.shape) * width_bytes(each.dtype) for each in arrays)


def keep(model: Any, sizes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """What a model keeps of its inputs, without values, by the names that its next step takes.

    Args:
        model: a language model.
        sizes: by name those of its inputs, without the batch; of the text that is written, as many
            tokens as there is to be room for.
    """
    import keras

    inputs = {each.name: each for each in model.inputs if each.name in sizes}
    given = {
        name: keras.KerasTensor((1, *sizes[name]), dtype=each.dtype)
        for name, each in inputs.items()
    }
    found: dict[str, Any] = _layer(model, lambda given: keep_of(model, given))(given)
    return found


def keep_of(model: Any, given: dict[str, Any]) -> dict[str, Any]:
    """What a model keeps of its inputs: each family of tasks hands it on in another form."""
    if hasattr(model, "call_with_cache"):
        _, cache = _called(model._build_cache, given)
        return {"cache": cache}
    if hasattr(model, "_initialize_cache"):
        read = {name.removeprefix("encoder_"): each for name, each in given.items()}
        own, cross = _called(model._initialize_cache, given)
        return {
            "encoder_hidden_states": _called(model.call_encoder, read),
            "self_attention_cache": own,
            "cross_attention_cache": cross,
        } | {name: each for name, each in given.items() if name == "encoder_padding_mask"}
    _, cache, *others = _called(model._build_cache, given)
    if len(others) == 1:
        encoded, mask = others[0]
        return {"cache": cache, "encoder_output": encoded, "encoder_padding_mask": mask}
    cross, encoded, mask = others
    return {
        "self_attention_cache": cache,
        "cross_attention_cache": cross,
        "encoder_hidden_states": encoded,
        "encoder_padding_mask": mask,
    }


def step(model: Any, given: dict[str, Any], last: int) -> Any:
    """Logits of one token, and what is kept with it."""
    import keras

    name = "call_with_cache" if hasattr(model, "call_with_cache") else "call_decoder_with_cache"
    index = keras.ops.convert_to_tensor(last, dtype="int32")
    places = ("cache_update_index", "self_attention_cache_update_index")
    tokens = dict.fromkeys(("token_ids", "decoder_token_ids"), given["token"])
    logits, _, *kept = _called(
        getattr(model, name), given["kept"] | tokens | dict.fromkeys(places, index)
    )
    return logits, kept


def _called(function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    """What a function returns for those of its arguments that are given, `None` for the others."""
    parameters = inspect.signature(function).parameters.values()
    needed = {each.name: None for each in parameters if each.default is each.empty}
    named = {each.name: given[each.name] for each in parameters if each.name in given}
    return function(**(needed | named))


def _layer(model: Any, work: Callable[[Any], Any]) -> Any:
    """A layer that does a model's work, so that Keras knows the shapes of what comes out."""
    import keras

    class Work(keras.layers.Layer):  # type: ignore[misc]  # Keras publishes no types
        def __init__(self) -> None:
            super().__init__(name="step")
            self.model = model

        def call(self, given: Any) -> Any:
            return work(given)

    return Work()


def _input(tensor: Any) -> Any:
    """An input of a tensor's shape."""
    import keras

    return keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype)


def _compile_nothing(*_: Any, **__: Any) -> None:
    """What takes the place of `compile`."""
