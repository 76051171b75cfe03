"""Operations of TensorFlow in files of Keras 2, which wrote `x + y` as a layer of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kerasbook.rules.facts import unknown

if TYPE_CHECKING:
    from kerasbook.rules.facts import LayerFacts
    from kerasbook.rules.spec import LayerSpec

__all__ = ["tensorflow_operation"]

# The last part of a function's name, `math.add`, where it works number by number.
_EACH = frozenset(
    [
        "abs",
        "add",
        "cast",
        "clip_by_value",
        "divide",
        "elu",
        "exp",
        "gelu",
        "leaky_relu",
        "log",
        "maximum",
        "minimum",
        "multiply",
        "negative",
        "pow",
        "relu",
        "relu6",
        "rsqrt",
        "selu",
        "sigmoid",
        "silu",
        "softplus",
        "softsign",
        "sqrt",
        "square",
        "squared_difference",
        "stop_gradient",
        "subtract",
        "sub",
        "swish",
        "tanh",
        "truediv",
    ]
)


def tensorflow_operation(spec: LayerSpec) -> LayerFacts:
    """`TFOpLambda` and its kin: what works number by number keeps the shape; the rest is unknown.

    None of them holds weights.
    """
    function = spec.config.get("function")
    name = function.rpartition(".")[2] if isinstance(function, str) else ""
    if name not in _EACH:
        return unknown(f"{name or 'it'} is an operation of TensorFlow", weights=())
    from kerasbook.rules.operations.elementwise import elementwise  # noqa: PLC0415  few need it

    facts = elementwise()(spec)
    dtype = spec.keywords.get("dtype")
    return replace(facts, output_dtype=dtype) if isinstance(dtype, str) else facts
