"""The dtype policy of a layer: in which types it holds its weights and computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerasbook.checks import shown
from kerasbook.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DTypePolicy", "dtype_policy", "policy_or_default"]

_MODES = ("int8", "int4", "float8", "gptq", "awq")
_MIXED = {"mixed_float16": "float16", "mixed_bfloat16": "bfloat16"}
_TYPES = (
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "int8",
    "uint8",
    "int16",
    "uint16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "bool",
    "string",
    "complex64",
    "complex128",
)


@dataclass(frozen=True, slots=True)
class DTypePolicy:
    """In which types a layer holds its weights and computes.

    Attributes:
        name: as Keras writes it: `"mixed_bfloat16"`, `"int8_from_float32"`.
        variable_dtype: type of the weights.
        compute_dtype: type of what is computed, and of the outputs.
        quantization: `"int8"`, `"int4"`, `"float8"`, `"gptq"`, `"awq"`, or `""`.
        options: what else the policy's configuration holds: block sizes, bits.
    """

    name: str
    variable_dtype: str
    compute_dtype: str
    quantization: str
    options: Mapping[str, object]


def dtype_policy(value: object) -> DTypePolicy:
    """The policy that a layer's `dtype` stands for.

    Args:
        value: a name, a serialised policy, or `None` for Keras's default, float32.

    Raises:
        SourceError: it is none of these.

    Examples:
        >>> dtype_policy("mixed_float16").variable_dtype
        'float32'
        >>> policy = {"class_name": "DTypePolicy", "config": {"name": "bfloat16"}}
        >>> dtype_policy(policy).compute_dtype
        'bfloat16'
        >>> dtype_policy("int8_from_mixed_bfloat16").quantization
        'int8'
        >>> dtype_policy("float31")
        Traceback (most recent call last):
        kerasbook.errors.SourceError: dtype must name a type or a dtype policy;
            received dtype='float31'.

    Reference:
        https://keras.io/api/mixed_precision/policy/
    """
    if isinstance(value, str) and value in _COMMON:
        return _COMMON[value]
    options: Mapping[str, object] = {}
    name: object = value
    if value is None:
        name = "float32"
    elif isinstance(value, dict):
        config = value.get("config")
        options = config if isinstance(config, dict) else {}
        name = options.get("name")
        if len(options) == 1 and isinstance(name, str) and name in _COMMON:
            return _COMMON[name]
        if name is None and "mode" in options:
            name = f"{options['mode']}_from_{options.get('source_name')}"
        elif name is None and "default_policy" in options:  # a DTypePolicyMap
            default = options["default_policy"]
            inner = default.get("config") if isinstance(default, dict) else {"name": default}
            name = inner.get("name") if isinstance(inner, dict) else None
            name = name or "float32"
    policy = _named(name, options) if isinstance(name, str) else None
    if policy is None:
        expected, received = "name a type or a dtype policy", f"dtype={shown(value)}"
        raise SourceError(where="dtype", expected=expected, received=received)
    return policy


def policy_or_default(value: object) -> DTypePolicy:
    """The policy that a layer's `dtype` stands for; Keras's default for what is no `dtype`.

    A layer with an impossible `dtype` is unknown already, and what is said of the rest must not
    fail for it.
    """
    try:
        return dtype_policy(value)
    except SourceError:
        return dtype_policy(None)


def _named(name: str, options: Mapping[str, object]) -> DTypePolicy | None:
    source, mode = name, ""
    head, separator, tail = name.partition("_from_")
    if separator:
        mode = next((known for known in _MODES if head.startswith(known)), "")
        if not mode:
            return None
        source = "float32" if tail == "None" else tail
    if source in _MIXED:
        return DTypePolicy(name, "float32", _MIXED[source], mode, options)
    if source in _TYPES:
        return DTypePolicy(name, source, source, mode, options)
    return None


_COMMON = {name: policy for name in (*_TYPES, *_MIXED) if (policy := _named(name, {})) is not None}
