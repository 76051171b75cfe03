"""What a calculator answers to the fields of its form, with the arithmetic of every number."""

from __future__ import annotations

import ast
from html import escape
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any

from kerasbook import calculators
from kerasbook.arithmetic import Number
from kerasbook.calculators import ConvSettings, WeightedSum
from kerasbook.errors import KerasbookError
from sitebuild.page.html import arithmetic, lines, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["answer", "call_text", "read_field", "read_fields"]

# What a number counts, and what else is said of it: a name and an attribute each.
_KINDS = {
    "Bytes": ("bytes", (("in words", "human"),)),
    "Macs": ("multiply-accumulates", (("FLOPs", "flops"),)),
    "OutputSize": ("pixels", (("padding (before, after)", "padding"),)),
    "Params": ("parameters", (("trainable", "trainable"), ("not trainable", "non_trainable"))),
    "ReceptiveSize": ("input pixels", (("jump between two outputs", "jump"),)),
    "Steps": (
        "updates of the weights",
        (("per epoch", "per_epoch"), ("samples in the last batch", "last_batch_size")),
    ),
    "Units": ("units", (("parameters", "params"),)),
}
_MOST_SETTINGS = 8
_LONGEST_FIELD = 10_000  # characters: a literal of any length would keep the reader waiting


def answer(name: str, fields: Mapping[str, str]) -> str:
    """What the calculator says, as HTML: the call, each number with its arithmetic, or the error.

    Args:
        name: one of `kerasbook.calculators`.
        fields: the text of each field of the form; an empty one is an argument left out.

    Examples:
        >>> print(answer("dense_params", {"inputs": "3072", "units": "0"}))
        <p class="kb-call"><code>kb.dense_params(inputs=3072, units=0)</code></p>
        <p class="kb-problem"><strong>ArgumentError:</strong> units must be ...</p>
    """
    function = _calculator(name)
    arguments = read_fields(function, fields)
    call = f'<p class="kb-call"><code>{escape(call_text(name, arguments))}</code></p>\n'
    try:
        return call + _said(function(**arguments))
    except KerasbookError as error:
        return call + problem(error)


def read_fields(function: Callable[..., object], fields: Mapping[str, str]) -> dict[str, object]:
    """The arguments that the fields give, in the order of the signature.

    A field that is empty or says the default is left out; an argument without default becomes
    `None`, which the library refuses in its own words.
    """
    arguments: dict[str, object] = {}
    for name, parameter in signature(function).parameters.items():
        value = read_field(fields.get(name, ""))
        required = parameter.default is Parameter.empty
        if required or not (value is None or _same(value, parameter.default)):
            arguments[name] = value
    return arguments


def read_field(text: str) -> object:
    """The value that a reader wrote: a Python literal, or else the text itself.

    Examples:
        >>> read_field("32"), read_field("32, 48"), read_field("(1, 2)"), read_field("same")
        (32, (32, 48), (1, 2), 'same')
        >>> read_field(" "), read_field("__import__('os')")
        (None, "__import__('os')")
    """
    text = text.strip()
    if not text:
        return None
    try:
        return ast.literal_eval(text) if len(text) <= _LONGEST_FIELD else text
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return text


def call_text(name: str, arguments: Mapping[str, object]) -> str:
    """The call as a reader would write it.

    Examples:
        >>> call_text("conv_output_size", {"size": 32, "padding": "same"})
        "kb.conv_output_size(size=32, padding='same')"
    """
    return f"kb.{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"


def _same(value: object, default: object) -> bool:
    """Whether the value is the default: 1 is not `True`."""
    return type(value) is type(default) and value == default


def _calculator(name: str) -> Callable[..., Any]:
    if name not in calculators.__all__:
        raise ValueError(f"{name!r} is no calculator")
    function: Callable[..., Any] = getattr(calculators, name)
    return function


def _said(result: object) -> str:
    if isinstance(result, tuple) and all(isinstance(each, ConvSettings) for each in result):
        return _settings(result)
    if isinstance(result, tuple):
        pairs = [
            (f"axis {axis}, {name}", said)
            for axis, each in enumerate(result)
            for name, said in _number(each)
        ]
        return lines(pairs)
    if isinstance(result, WeightedSum):
        return lines([("sum", f"<strong>{result.value}</strong> {arithmetic(result.text)}")])
    if isinstance(result, Number):
        return lines(_number(result))
    raise TypeError(f"no words for {type(result).__name__}")


def _number(result: Number) -> Iterator[tuple[str, str]]:
    """A number with its arithmetic, and what else it knows."""
    unit, details = _KINDS[type(result).__name__]
    yield unit, _worked(result)
    for name, attribute in details:
        value = getattr(result, attribute)
        if attribute in {"trainable", "non_trainable"} and not result.non_trainable:  # type: ignore[attr-defined]
            continue
        yield name, _worked(value) if isinstance(value, Number) else escape(f"{value}")


def _worked(value: Number) -> str:
    plain = f"{value:,}"
    shown = f"<strong>{plain}</strong>"
    return shown if value.text == plain else f"{shown} {arithmetic(value.text)}"


def _settings(found: tuple[ConvSettings, ...]) -> str:
    """Settings of convolutions as a table, the simplest first."""
    names = ("kernel_size", "strides", "padding", "dilation_rate")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = []
    for each in found[:_MOST_SETTINGS]:
        values = "".join(f"<td>{escape(str(getattr(each, name)))}</td>" for name in names)
        sizes = each.output_size if isinstance(each.output_size, tuple) else (each.output_size,)
        rows.append(
            f"<tr>{values}<td>{'<br>'.join(arithmetic(size.text) for size in sizes)}</td></tr>"
        )
    more = len(found) - _MOST_SETTINGS
    rest = f"<p>{more} more give the same size.</p>" if more > 0 else ""
    return (
        '<div class="kb-scroll" role="region" aria-label="Settings" tabindex="0">'
        '<table class="kb-table">'
        f'<thead><tr>{head}<th scope="col">output</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{rest}"
    )
