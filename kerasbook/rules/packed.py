"""Parts of a layer that were quantised by themselves, found again in the arrays of a file.

`model.quantize` reaches the projections inside a layer of heads, and no configuration keeps that.
The file keeps their arrays: those of a projection under the attribute that holds it, in an order of
their own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kerasbook.rules.facts import prefixed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kerasbook.rules.facts import Weight

__all__ = ["packed_weights"]

# What a projection stores, in this order; int4 without groups, as int8, ends with the scale.
_INT = ("kernel", "bias", "kernel_scale", "kernel_zero", "g_idx")
# Keras leaves out the points that groups of rows map to zero, one for each scale.
_GPTQ = ("bias", "kernel", "kernel_scale", "g_idx")
_AWQ = ("bias", "kernel", "kernel_scale", "awq_scales", "g_idx")
_FLOAT8 = (
    *("kernel", "bias", "inputs_scale", "inputs_amax_history", "kernel_scale"),
    *("kernel_amax_history", "outputs_grad_scale", "outputs_grad_amax_history"),
)
# In which order Keras lists them, after the bias.
_PACKED = ("kernel", "kernel_scale", "kernel_zero", "zero_point", "awq_scales", "g_idx")


def packed_weights(
    plain: tuple[Weight, ...], arrays: Sequence[Weight]
) -> tuple[Weight, ...] | None:
    """The weights of a layer whose file stores some of its kernels quantised.

    Args:
        plain: the weights by the layer's rule, which knows of no quantisation.
        arrays: what the file stores for the layer.

    Returns:
        The weights as Keras lists them; `None` if nothing is quantised, or the arrays are not those
        of the layer.
    """
    if len(arrays) <= len(plain):
        return None
    held = {_part(path): group for path, group in _by_part(arrays).items()}
    found: list[Weight] = []
    for path, weights in _by_part(plain).items():
        stored = held.pop(_part(path), [])
        same = [each.shape for each in weights] == [each.shape for each in stored]
        named = weights if same else _named(weights, stored)
        if not named:
            return None
        found += prefixed(path, named) if path else named
    return None if held else tuple(found)


def _by_part(weights: Iterable[Weight]) -> dict[str, list[Weight]]:
    """The weights by the path of the part that holds them, each under its own name."""
    found: dict[str, list[Weight]] = {}
    for each in weights:
        path, _, name = each.name.rpartition("/")
        found.setdefault(path, []).append(replace(each, name=name))
    return found


def _part(path: str) -> str:
    """The name of a part, by its path or by that of the attribute that holds it.

    Examples:
        >>> _part("query"), _part("layer/_query_dense"), _part("output_dense")
        ('query', 'query', 'attention_output')
    """
    name = path.rpartition("/")[2].removeprefix("_").removesuffix("_dense")
    return "attention_output" if name == "output" else name


def _named(plain: Sequence[Weight], arrays: Sequence[Weight]) -> list[Weight]:
    """What a projection holds by what is stored for it, as Keras lists it; `[]` if it is none."""
    kernel, *bias = plain
    stored = {each.name: each for each in arrays}
    if arrays and arrays[0].name.isdigit():
        names = [name for name in _order(arrays, len(bias)) if bias or name != "bias"]
        stored = dict(zip(names, arrays, strict=False)) if len(arrays) <= len(names) else {}
    if "kernel" not in stored or bool(bias) != ("bias" in stored):
        return []
    if "inputs_scale" in stored:  # of float8, which packs nothing
        ranges = [each for each in _FLOAT8 if each in stored and each not in ("kernel", "bias")]
        trained = kernel.trainable
        return [*plain, *(replace(stored[n], name=n, trainable=trained) for n in ranges)]
    found = [*bias]
    for name in _PACKED:
        if name in stored:
            found.append(replace(stored[name], name=name, trainable=False))
        elif name == "zero_point" and stored["kernel"].dtype == "uint8":  # of GPTQ and AWQ
            found.append(replace(stored["kernel_scale"], name=name, dtype="uint8", trainable=False))
    return found


def _order(arrays: Sequence[Weight], biases: int) -> tuple[str, ...]:
    """The names of what a `.keras` file stores for a projection."""
    if arrays[0].dtype == "int8":
        return _INT
    if arrays[biases].dtype == "uint8":
        return _GPTQ if len(arrays) - biases < len(_GPTQ) else _AWQ
    return _FLOAT8
