"""What a policy would make of a layer's weights: other types of numbers, or fewer bits.

A policy is given to a layer before it is built, or `model.quantize` gives it one afterwards. Here
it is asked what that would do: from the weights that a layer has to those that it would have.

`model.quantize` goes through the layers without layers inside, at any depth, and quantises those of
four classes: `Dense`, `EinsumDense`, `Embedding` and `ReversibleEmbedding`; the last two have no
float8. It passes over subclasses of these. A bias stays as it is, and LoRA's adapters do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kerasbook.arithmetic import number, product
from kerasbook.checks import MAPPINGS, SEQUENCES
from kerasbook.rules.facts import prefixed
from kerasbook.rules.layer import Layer, parse_layer
from kerasbook.rules.policy import policy_or_default
from kerasbook.rules.quantized import (
    Matrix,
    dense_matrix,
    einsum_matrix,
    form_of,
    stored,
    stored_rows,
)
from kerasbook.rules.spec import LayerSpec
from kerasbook.rules.table import is_keras

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kerasbook.rules.facts import Weight
    from kerasbook.rules.policy import DTypePolicy

__all__ = ["OTHERS_KERNEL", "TABLES", "Storage", "recast_weights", "recasts", "refusal"]

_KERNELS = ("Dense", "EinsumDense")
TABLES = ("Embedding", "ReversibleEmbedding")
# What layers of heads project with: each an `EinsumDense`, and how many axes it sums over.
_ATTENTION = ("MultiHeadAttention", "GroupQueryAttention")
_PROJECTIONS = {"query": 1, "key": 1, "gate": 1, "value": 1, "attention_output": 2}
_WRAPPERS = ("Bidirectional", "SpectralNormalization", "TimeDistributed")
_FLOATS = ("float16", "bfloat16", "float32", "float64")
_OWN_CLASS = "a class of the user's own; what it holds inside may be quantised"
OTHERS_KERNEL = "another layer holds its kernel, of which Keras makes a quantised copy here"


@dataclass(frozen=True, slots=True)
class Storage:
    """How weights are to be held.

    Attributes:
        source: in which types they are held and computed; `None` for those that they have.
        mode: `"int8"`, `"int4"`, `"float8"`, or `""` for neither.
        group: rows that share a scale in int4; -1 for all.
        name_patterns: patterns, one of which a layer's name must match for it to be quantised;
            `None` for all layers.
    """

    source: DTypePolicy | None = None
    mode: str = ""
    group: int = -1
    name_patterns: tuple[str, ...] | None = None

    def asks_for(self, name: str) -> bool:
        """Whether a layer of this name is to be quantised."""
        patterns = self.name_patterns
        return patterns is None or any(re.search(each, name) for each in patterns)

    def policy(self, before: DTypePolicy) -> DTypePolicy:
        """The policy of a layer that had another one."""
        source = self.source or before
        if not self.mode:
            return source
        name = f"int4/{self.group}" if self.mode == "int4" else self.mode
        return replace(source, name=f"{name}_from_{source.name}", quantization=self.mode)


@dataclass(frozen=True, slots=True)
class _Part:
    """A layer without layers inside: one inside another, or that itself.

    Attributes:
        layer: what it is.
        summed: over how many axes its kernel sums, where no equation says so; else 0.
    """

    layer: Layer
    summed: int = 0


def recasts(layer: Layer, weights: tuple[Weight, ...], storage: Storage) -> bool:
    """Whether a layer takes the types that are asked for, as one that has none of its own."""
    if storage.source is None or layer.class_name == "InputLayer" or _is_quantized(layer, weights):
        return False
    return policy_or_default(layer.config.get("dtype")).compute_dtype in _FLOATS


def refusal(layer: Layer, weights: tuple[Weight, ...], storage: Storage) -> str:
    """Why Keras would raise an error instead of quantising a model with that layer; or `""`."""
    if not storage.mode:
        return ""
    recast = recasts(layer, weights, storage)
    holding = {path: held for path, _, held in _parts(layer, weights)}
    for path, part in _inside(layer).items():
        policy = policy_or_default(part.layer.config.get("dtype"))
        if not storage.asks_for(_own_name(part.layer)):
            continue
        if _is_quantized(part.layer, holding.get(path, ())):
            return "it is quantised already"
        if recast and storage.source is not None:
            policy = storage.source
        if storage.mode == "int8" and policy.compute_dtype == "float16":
            return "it computes in float16, beside which Keras has no int8"
    return ""


def recast_weights(
    layer: Layer, weights: tuple[Weight, ...], storage: Storage, *, rank: int = 3
) -> tuple[tuple[Weight, ...], str]:
    """The weights that a layer would have, and why some stay as they are; `""` if none does.

    Args:
        layer: the layer.
        weights: those that it has, with their types.
        storage: how they are to be held.
        rank: number of axes of its input, which the scales of heads have too.

    Examples:
        >>> from kerasbook.rules import weight
        >>> layer = Layer("Dense", "top", {"units": 7})
        >>> kernel = weight("kernel", {"inputs": 10, "units": 7}, dtype="float32")
        >>> [(w.name, w.shape) for w in recast_weights(layer, (kernel,), Storage(mode="int4"))[0]]
        [('kernel', (10, 4)), ('kernel_scale', (7,))]
        >>> recast_weights(Layer("Conv2D", "conv", {}), (kernel,), Storage(mode="int8"))[1]
        'Keras does not quantise Conv2D'
    """
    before = policy_or_default(layer.config.get("dtype"))
    if recasts(layer, weights, storage) and storage.source is not None:
        held = before.variable_dtype, storage.source.variable_dtype
        weights = tuple(_typed(each, *held) for each in weights)
        before = storage.source
    if not storage.mode or not weights:
        return weights, ""
    if not is_keras(layer):
        return weights, _OWN_CLASS
    recast = storage.source is not None and before == storage.source
    found: list[Weight] = []
    kept: dict[str, None] = {}
    for prefix, part, held_there in _parts(layer, weights):
        why = _kept(part.layer, storage)
        if not why and not any(each.name in ("kernel", "embeddings") for each in held_there):
            why = OTHERS_KERNEL
        made = held_there
        if why:
            kept[why] = None
        else:
            own = before if recast else policy_or_default(part.layer.config.get("dtype"))
            policy = replace(storage, source=None).policy(own)
            made = tuple(_quantized(part, held_there, policy=policy, rank=rank))
        found += prefixed(prefix, made) if prefix else made
    if layer.class_name == "SpectralNormalization":  # it holds on to the kernel that is replaced
        found += [each for each in weights if each not in found and "bias" not in each.name]
    return tuple(found), "; ".join(kept)


def _typed(weight: Weight, before: str, after: str) -> Weight:
    """The weight in the new type, if it had the one of its layer; LoRA's adapters keep float32."""
    if weight.dtype != before or weight.name.rpartition("/")[2].startswith("lora_"):
        return weight
    return replace(weight, dtype=after)


def _kept(layer: Layer, storage: Storage) -> str:
    """Why a layer without layers inside is not quantised; `""` if it is."""
    kind = layer.class_name
    if kind not in (*_KERNELS, *TABLES):
        return f"Keras does not quantise {kind}"
    if not is_keras(layer):
        return _OWN_CLASS
    if kind in TABLES and storage.mode == "float8":
        return f"Keras has no float8 for {kind}"
    if not storage.asks_for(_own_name(layer)):
        return "the filters leave it out"
    activation = layer.config.get("activation")
    if isinstance(activation, MAPPINGS) and isinstance(activation.get("config"), MAPPINGS):
        return "Keras passes over a layer whose activation is a layer"
    return ""


def _quantized(
    part: _Part, weights: tuple[Weight, ...], *, policy: DTypePolicy, rank: int
) -> Iterator[Weight]:
    """What a layer of one of the four classes stores, each with its type."""
    spec = LayerSpec(part.layer, ())
    adapters = tuple(each for each in weights if each.name.startswith("lora_"))
    first, *others = (each for each in weights if each not in adapters)
    if part.layer.class_name in TABLES:
        form = form_of(spec, policy)
        made = (*adapters, *(row for each in (first, *others) for row in stored_rows(each, form)))
    else:
        seen = _matrix(part, first, mode=policy.quantization, rank=rank)
        made = stored(spec, seen, tuple(others), policy=policy, adapters=adapters)
    for each in made:
        yield replace(each, dtype=each.dtype or policy.variable_dtype)


def _matrix(part: _Part, kernel: Weight, *, mode: str, rank: int) -> Matrix:
    spec = LayerSpec(part.layer, ())
    if part.layer.class_name == "Dense":
        return dense_matrix(spec, kernel, mode)
    if not part.summed:
        return einsum_matrix(spec, kernel, mode)
    rows, columns = kernel.sizes[: part.summed], kernel.sizes[part.summed :]
    scale = (*(number(1),) * (rank - 1), *columns)
    return Matrix(kernel, product(*rows), product(*columns), scale)


# ------------------------------------------------------------------------------ layers in layers


def _inside(layer: Layer) -> dict[str, _Part]:
    """The layers without layers inside that a layer consists of, by their paths in it.

    What only the layer itself holds, or has no path, is at `""`.
    """
    found: dict[str, _Part] = {}
    pending = [("", layer)]
    while pending:
        path, each = pending.pop()
        if each.class_name in _ATTENTION:
            for name in _projections(each):
                config = {"name": name, "dtype": _dtype_of_part(each, name)}
                part = Layer("EinsumDense", name, config, module="keras.layers")
                found[f"{path}/{name}".lstrip("/")] = _Part(part, _PROJECTIONS[name])
            continue
        inner = list(_serialised(each))
        pending += [(f"{path}/{one.name}".lstrip("/"), one) for one in inner]
        if not inner:
            found[path] = _Part(each)
    return found


def _projections(layer: Layer) -> Iterator[str]:
    """The projections of a layer of heads, in the order of their weights."""
    gated = bool(layer.config.get("use_gate"))
    return (name for name in _PROJECTIONS if gated or name != "gate")


def _serialised(layer: Layer) -> Iterator[Layer]:
    """The layers that a configuration holds: of a wrapper, or of a model inside one."""
    config = layer.config
    if not isinstance(config, dict) and layer.class_name not in _WRAPPERS:
        return  # one in memory, of which all has to be serialised to ask for what it has not
    listed = config.get("layers")
    frames = [config.get("layer"), *(listed if isinstance(listed, SEQUENCES) else ())]
    for frame in frames:
        if isinstance(frame, MAPPINGS) and isinstance(frame.get("config"), MAPPINGS):
            yield parse_layer(frame)


def _dtype_of_part(layer: Layer, name: str) -> object:
    """The policy of a projection: its own by its path, or that of the layer around it."""
    dtype = layer.config.get("dtype")
    config = dtype.get("config") if isinstance(dtype, Mapping) else None
    policies = config.get("policy_map") if isinstance(config, Mapping) else None
    if not isinstance(policies, Mapping):
        return dtype
    own = (each for path, each in policies.items() if str(path).rpartition("/")[2] == name)
    return next(own, dtype)


def _parts(
    layer: Layer, weights: tuple[Weight, ...]
) -> Iterator[tuple[str, _Part, tuple[Weight, ...]]]:
    """The parts of a layer that hold weights: the path to each, what it is, and those weights."""
    inside = _inside(layer)
    groups: dict[str, list[Weight]] = {}
    for path, each in zip(_paths(layer, weights), weights, strict=True):
        own = replace(each, name=each.name.rpartition("/")[2])
        groups.setdefault(path, []).append(own)
    # What was counted in memory has no path to the layer that is wrapped.
    alone = len(inside) == 1 and not groups.keys() & inside.keys()
    other = next(iter(inside.values())) if alone else _Part(layer)
    for path, held in groups.items():
        yield path, inside.get(path, other), tuple(held)


def _paths(layer: Layer, weights: tuple[Weight, ...]) -> Iterator[str]:
    """For each weight the path to the part that holds it.

    Weights that were counted in memory have no paths: projections follow each other.
    """
    if layer.class_name not in _ATTENTION or any("/" in each.name for each in weights):
        yield from (each.name.rpartition("/")[0] for each in weights)
        return
    names = _projections(layer)
    name = ""
    for each in weights:
        name = next(names, "") if each.name == "kernel" else name
        yield name


def _is_quantized(layer: Layer, weights: tuple[Weight, ...]) -> bool:
    """Whether a layer is quantised already, or one inside it: a policy says so, or scales do."""
    dtypes = [each.layer.config.get("dtype") for each in _inside(layer).values()]
    if any(policy_or_default(each).quantization for each in (layer.config.get("dtype"), *dtypes)):
        return True
    return is_keras(layer) and any(each.name.endswith("_scale") for each in weights)


def _own_name(layer: Layer) -> str:
    """The name that Keras knows a layer by."""
    name = layer.config.get("name")
    return name if isinstance(name, str) else layer.name
