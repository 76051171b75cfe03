"""Run the examples of one docstring, and write the docstring with what they printed and drew."""

from __future__ import annotations

import builtins
import doctest
import importlib
import re
import sys
import traceback
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from time import perf_counter
from typing import TYPE_CHECKING, Any

from kerasbook.drawing.base import Display
from sitebuild.figures import inline_svg, themed

if TYPE_CHECKING:
    from sitebuild.tasks import Task

__all__ = ["Run", "run"]

# The flags that pytest runs the same examples with.
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_CHECKER = doctest.OutputChecker()
_DIRECTIVE = re.compile(r"\s*#\s*doctest:.*")
_TRACEBACK = "Traceback (most recent call last):\n"


@dataclass(slots=True)
class Run:
    """A docstring after its examples ran.

    Attributes:
        text: the docstring as Markdown; each group of examples is a code block, and after it an
            empty `<figure>` for each picture.
        figures: the pictures, as SVG elements.
        differences: what an example printed that the docstring does not say.
        seconds: how long it took.
    """

    text: str = ""
    figures: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run(task: Task) -> Run:
    """Run the examples of a docstring, one after the other, in a copy of its module's names."""
    _forget_models()
    began, result, block = perf_counter(), Run(), _Block(task.key)
    names = dict(vars(importlib.import_module(task.module)))
    with themed():
        for part in doctest.DocTestParser().parse(task.docstring, task.path):
            if isinstance(part, doctest.Example):
                block.add(part, names)
                if block.shown:  # its picture stands right below it
                    block.close(result)
            elif part.strip():
                block.close(result)
                result.text += part
            elif "\n" in part:
                block.space()
        block.close(result)
    result.seconds = perf_counter() - began
    result.differences = [f"{task.path}: {difference}" for difference in block.differences]
    return result


class _Block:
    """Examples with nothing but blank lines between them: one code block, then its pictures."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.lines: list[str] = []
        self.shown: list[Any] = []
        self.indent = ""
        self.differences: list[str] = []

    def add(self, example: doctest.Example, names: dict[str, Any]) -> None:
        """Run an example, and take what it printed, and the picture it drew, if any."""
        self.indent = " " * example.indent
        first, *more = _DIRECTIVE.sub("", example.source.rstrip("\n")).split("\n")
        self.lines += [f">>> {first}", *(f"... {line}".rstrip() for line in more)]
        printed, problem = _evaluate(example, names, self.shown)
        self.lines += printed.splitlines()
        if problem:
            self.differences.append(problem)

    def space(self) -> None:
        """A blank line between two examples stays."""
        if self.lines:
            self.lines.append("")

    def close(self, result: Run) -> None:
        """Write the block and the places of its pictures, and begin anew."""
        if not self.lines:
            return
        while not self.lines[-1]:
            self.lines.pop()
        # No blank line before it: after one, griffe reads no section `Examples:`.
        fenced = ["```pycon", *self.lines, "```", ""]
        for display in self.shown:
            index = len(result.figures)
            result.figures.append(_picture(display, f"{self.key}-{index}"))
            fenced += [f'<figure class="kb-figure" data-figure="{self.key}/{index}"></figure>', ""]
        result.text += "\n".join(f"{self.indent}{line}".rstrip() for line in fenced) + "\n"
        self.lines, self.shown = [], []


def _evaluate(
    example: doctest.Example, names: dict[str, Any], shown: list[Any]
) -> tuple[str, str | None]:
    """What an example prints, and how that differs from what the docstring says."""

    def display(value: object) -> None:
        if value is not None:
            builtins._ = value  # type: ignore[attr-defined]  # as the interpreter does
            print(repr(value))  # noqa: T201  it is what the interpreter prints
            if isinstance(value, Display) and hasattr(value, "figure_"):
                shown.append(value)

    if example.options.get(doctest.SKIP):
        return example.want, None
    printed, error = StringIO(), None
    before, sys.displayhook = sys.displayhook, display
    try:
        with redirect_stdout(printed):
            exec(  # noqa: S102  the examples of our own docstrings
                compile(example.source, "<example>", "single", dont_inherit=True), names
            )
    except Exception as raised:  # noqa: BLE001  an example may show any error
        error = traceback.format_exception_only(raised)[-1]
    finally:
        sys.displayhook = before
    got, source = printed.getvalue(), example.source.strip()
    if error is not None:
        # The docstring's own message is how the error reads on a line of this length.
        same = example.exc_msg is not None and _CHECKER.check_output(example.exc_msg, error, _FLAGS)
        text = f"{got}{_TRACEBACK}{error}"
    else:
        same = _CHECKER.check_output(example.want, got, _FLAGS)
        text = got
    wanted = example.exc_msg or example.want
    return text, None if same else f"{source!r} gives {text!r}; the docstring says {wanted!r}"


def _picture(display: Display[Any], key: str) -> str:
    return inline_svg(display.figure_, key, title=display.title, description=display.alt_text)


def _forget_models() -> None:
    """Let Keras number its layers from the start, as in a new session."""
    if keras := sys.modules.get("keras"):
        keras.utils.clear_session()
