"""A calculator's form, made from the function's own signature and docstring."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from inspect import Parameter, getdoc, signature
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import griffe
from markdown import Markdown

from kerasbook import calculators
from sitebuild.page.answers import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Call", "call_source", "example_call", "form", "read_call"]

_LITERAL = re.compile(r"Literal\[([^\]]*)\]")
_PARAGRAPH = re.compile(r"^<p>(.*)</p>$", re.DOTALL)
_MORE = (
    '<details class="kb-more"><summary>More settings</summary>'
    '<div class="kb-fields">{}</div></details>'
)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a calculator, as a chapter writes it.

    Attributes:
        name: the calculator.
        arguments: the value of each argument that is given.
    """

    name: str
    arguments: Mapping[str, object]


def read_call(source: str) -> Call:
    """The call that is written there.

    Examples:
        >>> read_call("conv_output_size(32, 4, padding='same')").arguments
        {'size': 32, 'kernel_size': 4, 'padding': 'same'}
        >>> read_call("kb.no_such(3)")
        Traceback (most recent call last):
        ValueError: no calculator is named 'no_such': kb.no_such(3)
        >>> read_call("conv_output_size(32, **settings)")
        Traceback (most recent call last):
        ValueError: the arguments are not all written out: conv_output_size(32, **settings)
    """
    node = ast.parse(source.strip(), mode="eval").body
    if not isinstance(node, ast.Call):
        raise ValueError(f"no call of a calculator: {source}")  # noqa: TRY004  it is the text
    name = ast.unparse(node.func).removeprefix("kb.")
    if name not in calculators.__all__:
        raise ValueError(f"no calculator is named {name!r}: {source}")
    try:
        values = [ast.literal_eval(argument) for argument in node.args]
        named = {str(each.arg): ast.literal_eval(each.value) for each in node.keywords}
    except ValueError as error:
        raise ValueError(f"the arguments are not all written out: {source}") from error
    return Call(name, signature(_function(name)).bind(*values, **named).arguments)


def call_source(call: Call) -> str:
    """The call as Python: what `read_call` reads."""
    arguments = ", ".join(f"{key}={value!r}" for key, value in call.arguments.items())
    return f"{call.name}({arguments})"


def example_call(name: str) -> Call:
    """The first call in the calculator's examples whose arguments are all written out."""
    for example in re.findall(r"(?:>>> |\.\.\. )(.*)", getdoc(_function(name)) or ""):
        for node in _calls(example, name):
            try:
                return read_call(ast.unparse(node))
            except ValueError:
                continue
    return _several_lines(name)


def form(call: Call, *, name: str) -> str:
    """The form as HTML, with the answer to the call.

    Args:
        call: which calculator, and the values it starts with; what else it takes is folded away.
        name: begins the ids; unique on the page.
    """
    function = _function(call.name)
    texts = _descriptions(function)
    fields: dict[str, str] = {}
    shown: list[str] = []
    folded: list[str] = []
    for key, parameter in signature(function).parameters.items():
        given = key in call.arguments
        value = call.arguments.get(key, parameter.default)
        fields[key] = _written(value)
        field = _field(parameter, fields[key], name=f"{name}-{key}", text=texts.get(key, ""))
        (shown if given or parameter.default is Parameter.empty else folded).append(field)
    template = Path(__file__).parent.joinpath("templates", "form.html").read_text("utf-8")
    return Template(template).substitute(
        name=call.name,
        shown="".join(shown),
        more=_MORE.format("".join(folded)) if folded else "",
        answer=answer(call.name, fields),
    )


def _function(name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(calculators, name)
    return function


def _calls(source: str, name: str) -> list[ast.Call]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def _several_lines(name: str) -> Call:
    """The first example that goes over several lines."""
    import doctest  # noqa: PLC0415  few calculators need it

    for example in doctest.DocTestParser().get_examples(getdoc(_function(name)) or ""):
        for node in _calls(example.source, name):
            return read_call(ast.unparse(node))
    raise ValueError(f"{name} has no example with its arguments written out")


@cache
def _descriptions(function: Callable[..., object]) -> dict[str, str]:
    """What the docstring says of each argument, as HTML."""
    sections = griffe.Docstring(getdoc(function) or "").parse("google", warnings=False)
    markdown = Markdown(extensions=["pymdownx.arithmatex"], extension_configs=_GENERIC)
    return {
        each.name: _PARAGRAPH.sub(r"\1", markdown.reset().convert(each.description))
        for section in sections
        if isinstance(section, griffe.DocstringSectionParameters)
        for each in section.value
    }


_GENERIC = {"pymdownx.arithmatex": {"generic": True}}


def _written(value: object) -> str:
    """A value as a reader would write it in its field."""
    if value is None or value is Parameter.empty:
        return ""
    if isinstance(value, str):
        return value
    return (
        ", ".join(map(repr, value)) if isinstance(value, tuple) and len(value) > 1 else repr(value)
    )


def _field(parameter: Parameter, value: str, *, name: str, text: str) -> str:
    """The label, the control that fits the annotation, and what the docstring says of it."""
    return (
        f'<div class="kb-field"><label for="{name}"><code>{parameter.name}</code></label>'
        f"{_control(parameter, value, name)}"
        f'<small id="{name}-text">{text}</small></div>'
    )


def _control(parameter: Parameter, value: str, name: str) -> str:
    annotation = _ALIASES.get(str(parameter.annotation), str(parameter.annotation))
    key = f'id="{name}" name="{parameter.name}" aria-describedby="{name}-text"'
    choices = _choices(annotation)
    if annotation == "bool":
        choices = ["True", "False"]
    if choices and "tuple" not in annotation:
        empty = parameter.default is None
        return f"<select {key}>{_options((['', *choices] if empty else choices), value)}</select>"
    if annotation in {"int", "int | None"}:
        return f'<input {key} type="number" step="1" value="{escape(value)}">'
    listed = f'<datalist id="{name}-list">{_options(choices, "")}</datalist>' if choices else ""
    link = f' list="{name}-list"' if choices else ""
    return f'<input {key} type="text"{link} spellcheck="false" value="{escape(value)}">{listed}'


def _choices(annotation: str) -> list[str]:
    """The literal strings that an annotation allows."""
    found = _LITERAL.search(annotation)
    return [str(each) for each in ast.literal_eval(f"[{found[1]}]")] if found else []


# Type aliases of the calculators' signatures, which are strings there.
_ALIASES = {
    "Padding": "Literal['valid', 'same', 'causal'] | tuple[int, int]",
    "_Padding | None": "Literal['valid', 'same'] | None",
}


def _options(choices: list[str], value: str) -> str:
    return "".join(
        f'<option value="{escape(each)}"{" selected" if each == value else ""}>'
        f"{escape(each) or 'not given'}</option>"
        for each in choices
    )
