"""The command line: parse, call one public function, print.

Each command is a function that adds its arguments to a parser and a function that runs it. The
second imports the room it needs, so that `kerasbook --help` is fast.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, TypeVar

from kerasbook import __version__
from kerasbook.checks import positive_integer
from kerasbook.errors import ArgumentError, KerasbookError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kerasbook.arithmetic import Number
    from kerasbook.quantization import Quantization
    from kerasbook.report import Comparison, ModelReport

T = TypeVar("T")

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status: 0 done, 1 over budget or not to be trusted, 2 an error, 130 interrupted.

    Args:
        argv: the arguments after `kerasbook`; those of the process if left out.
    """
    for stream in (sys.stdout, sys.stderr):
        # A console that is not UTF-8 shows `?` for `·` instead of failing.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    arguments = _parser().parse_args(argv)
    try:
        status = int(arguments.run(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader closed the pipe, as `head` does. Python would report that at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KerasbookError as error:
        print(f"kerasbook: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("kerasbook: stopped", file=sys.stderr)
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(prog="kerasbook", description="Learn Keras by building it.")
    parser.add_argument("--version", action="version", version=f"kerasbook {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, (summary, add_arguments, run) in _COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        add_arguments(command)
        command.set_defaults(run=run)
    return parser


def _add_tour(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", default="photos", help="photos (default), digits or cifar10")
    parser.add_argument("--path", help="the CIFAR-10 archive, for --data cifar10")
    parser.add_argument("--epochs", type=int, help="passes over the images (default: 5)")
    parser.add_argument("--samples", type=int, help="training images (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the run (default: 0)")
    parser.add_argument("--out", default="tour", help="the report's folder (default: tour)")
    parser.add_argument("--quick", action="store_true", help="under a minute on two cores")


def _tour(arguments: argparse.Namespace) -> int:
    from kerasbook.tour import run_tour  # noqa: PLC0415  loads Keras

    run_tour(
        data=arguments.data,
        path=arguments.path,
        epochs=arguments.epochs,
        samples=arguments.samples,
        seed=arguments.seed,
        out=arguments.out,
        pace="quick" if arguments.quick else "full",
        say=lambda text: print(text, flush=True),
        # Keras's bars redraw their line, which only a terminal can.
        verbose=1 if sys.stdout.isatty() else 2,
    )
    return 0


def _add_conv(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("size", type=_per_axis, help="input size: 32, or one per axis as 32x48")
    parser.add_argument("kernel_size", type=_per_axis, help="taps: 3, or one per axis as 3x5")
    parser.add_argument("--strides", type=_per_axis, default=1, help="default: 1")
    padding = "valid (default), same, causal, or pixels as BEFORE,AFTER"
    parser.add_argument("--padding", type=_padding, default="valid", help=padding)
    parser.add_argument("--dilation-rate", type=_per_axis, default=1, help="default: 1")
    parser.add_argument("--channels", type=int, help="input channels: parameters and MACs too")
    parser.add_argument("--filters", type=int, help="output channels: parameters and MACs too")
    parser.add_argument("--groups", type=int, default=1, help="default: 1")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _conv(arguments: argparse.Namespace) -> int:
    from kerasbook import calculators  # noqa: PLC0415  each command imports its own

    names = ("size", "kernel_size", "strides", "padding", "dilation_rate")
    window = {name: getattr(arguments, name) for name in names}
    sizes = _listed(calculators.conv_output_size(**window))
    facts: dict[str, list[Number]] = {"output_size": [*sizes]}
    if arguments.channels is not None or arguments.filters is not None:
        depth = {name: getattr(arguments, name) for name in ("channels", "filters", "groups")}
        taps = _listed(arguments.kernel_size)
        taps = taps if len(taps) == len(sizes) else taps * len(sizes)
        facts["params"] = [calculators.conv_params(kernel_size=taps, **depth)]
        facts["macs"] = [calculators.conv_macs(**window, **depth)]
    if arguments.json:
        print(json.dumps({name: [_record(n) for n in found] for name, found in facts.items()}))
        return 0
    for name, found in facts.items():
        for number in found:
            before, after = getattr(number, "padding", (0, 0))
            added = f"   padding {before} before, {after} after" if before or after else ""
            print(f"{name:<13}{number.text}{added}")
    return 0


def _add_solve_conv(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("size", type=_per_axis, help="input size: 28, or one per axis as 28x14")
    parser.add_argument("output_size", type=_per_axis, help="wanted size, in the same form")
    parser.add_argument("--kernel-size", type=int, help="try only this kernel size")
    parser.add_argument("--strides", type=int, help="try only these strides")
    parser.add_argument("--padding", help="try only this padding: valid or same")
    parser.add_argument("--dilation-rate", type=int, help="try only this dilation rate")
    parser.add_argument(
        "--max-kernel-size", type=int, default=11, help="largest to try (default: 11)"
    )
    parser.add_argument("--max-strides", type=int, default=32, help="largest to try (default: 32)")
    parser.add_argument(
        "--max-dilation-rate", type=int, default=1, help="largest to try (default: 1)"
    )
    parser.add_argument(
        "--limit", type=int, default=10, help="number of settings to print (default: 10)"
    )
    parser.add_argument("--json", action="store_true", help="print all settings as JSON")


def _solve_conv(arguments: argparse.Namespace) -> int:
    from kerasbook.calculators import solve_conv  # noqa: PLC0415  each command imports its own

    settings = dict(vars(arguments))
    as_json, limit = settings.pop("json"), positive_integer("limit", settings.pop("limit"))
    settings.pop("run")
    found = solve_conv(**settings)
    rows = [(one.config, _listed(one.output_size)) for one in found]
    if as_json:
        records = [{**config, "output_size": [_record(n) for n in n_out]} for config, n_out in rows]
        print(json.dumps(records))
        return 0
    print(*found[0].config, "arithmetic", sep="  ")
    for config, sizes in rows[:limit]:
        cells = [f"{value:>{len(name)}}" for name, value in config.items()]
        print(*cells, ", ".join(size.text for size in sizes), sep="  ")
    if len(rows) > limit:
        print(f"… and {len(rows) - limit} more: --limit {len(rows)} prints all")
    return 0


def _add_explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="a .keras file, an older .h5 file, or the model's JSON")
    parser.add_argument(
        "--input-shape",
        type=_per_axis,
        action="append",
        metavar="SIZES",
        help="input sizes not given in the file, without the batch: 224x224x3; once per input",
    )
    parser.add_argument("--strict", action="store_true", help="fail if a layer is unknown")
    parser.add_argument("--html", metavar="FILE", help="write an HTML page whose formulas unfold")
    parser.add_argument(
        "--quantization",
        action="store_true",
        help="print the effect of quantisation and mixed precision instead",
    )
    parser.add_argument("--batch-size", type=int, default=1, help="for --quantization (default: 1)")
    _add_formats(parser)
    _add_budgets(parser)


def _explain(arguments: argparse.Namespace) -> int:
    from kerasbook.report import explain  # noqa: PLC0415  each command imports its own

    shapes = [_listed(shape) for shape in arguments.input_shape or ()]
    report = explain(arguments.file, input_shapes=shapes or None, strict=arguments.strict)
    if arguments.html:
        _write_page(arguments.html, report)
    shown = report.quantization(arguments.batch_size) if arguments.quantization else report
    print(_in_format(shown, arguments))
    return _spent(report, arguments)


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="a .keras file, an older .h5 file, or the model's JSON")
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="NAME",
        help="a class or function of your own that the file may name, as package>Name",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _check(arguments: argparse.Namespace) -> int:
    from kerasbook.safety import check_file  # noqa: PLC0415  each command imports its own

    result = check_file(arguments.file, custom_objects=arguments.allow)
    print(result.to_json() if arguments.json else result)
    return int(not result.ok)


def _write_page(file: str, report: ModelReport) -> None:
    from pathlib import Path  # noqa: PLC0415  needed for pages only

    try:
        Path(file).write_text(report.to_html(), encoding="utf-8")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        received = f"{file!r}, for which the system reports {reason!r}"
        raise ArgumentError(
            where="--html", expected="be a file that can be written", received=received
        ) from None


def _add_compare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", help="a model file")
    parser.add_argument("after", help="another model file; budgets apply to this one")
    _add_formats(parser)
    _add_budgets(parser)


def _compare(arguments: argparse.Namespace) -> int:
    from kerasbook.report import compare  # noqa: PLC0415  each command imports its own

    comparison = compare(arguments.before, arguments.after)
    print(_in_format(comparison, arguments))
    return _spent(comparison.after, arguments)


def _add_formats(parser: argparse.ArgumentParser) -> None:
    formats = parser.add_mutually_exclusive_group()
    formats.add_argument("--json", action="store_true", help="print JSON")
    formats.add_argument("--markdown", action="store_true", help="print Markdown")


def _add_budgets(parser: argparse.ArgumentParser) -> None:
    units = {"params": "parameters", "macs": "MACs of one sample", "bytes": "bytes of weights"}
    for name, unit in units.items():
        parser.add_argument(
            f"--max-{name}",
            type=int,
            metavar="N",
            help=f"exit with 1 if there are more than N {unit}",
        )


def _in_format(
    result: ModelReport | Comparison | Quantization, arguments: argparse.Namespace
) -> str:
    if arguments.json:
        return result.to_json()
    return result.to_markdown() if arguments.markdown else result.to_text()


def _spent(report: ModelReport, arguments: argparse.Namespace) -> int:
    """The exit status: 1 if a budget is exceeded, which is printed; otherwise 0."""
    budgets = ("max_params", "max_macs", "max_bytes")
    budget = report.budget(**{name: getattr(arguments, name) for name in budgets})
    if arguments.markdown and budget.lines:
        print(budget.to_markdown())
    for line in budget.missed:
        # Standard output may be JSON for another program.
        print(f"kerasbook: {line.name}: {line.verdict}", file=sys.stderr)
    return int(not budget.met)


def _per_axis(text: str) -> int | tuple[int, ...]:
    """The number, or numbers per axis, in a text such as `32`, `32x48` or `32,48`."""
    try:
        values = tuple(int(part) for part in text.replace("x", ",").split(","))
    except ValueError:
        expected = "expected a number, or one per axis as 32x48"
        raise argparse.ArgumentTypeError(f"{expected}; received {text!r}") from None
    return values if len(values) > 1 else values[0]


def _padding(text: str) -> str | int | tuple[int, ...]:
    """The padding in a text: its name, or pixels (before, after) such as `1,2`."""
    return _per_axis(text) if text[:1].isdigit() else text


def _listed(value: T | tuple[T, ...]) -> tuple[T, ...]:
    return value if isinstance(value, tuple) else (value,)


def _record(number: Number) -> dict[str, object]:
    padding = getattr(number, "padding", None)
    record = {"value": int(number), "text": number.text}
    return record if padding is None else {**record, "padding": padding}


# name: (summary, adds its arguments, runs it)
_COMMANDS: dict[
    str,
    tuple[
        str,
        Callable[[argparse.ArgumentParser], None],
        Callable[[argparse.Namespace], int],
    ],
] = {
    "check": ("Print every reason not to trust a model file.", _add_check, _check),
    "compare": ("Print what changed from one model to another.", _add_compare, _compare),
    "conv": ("Print the output size of a convolution, with its arithmetic.", _add_conv, _conv),
    "explain": ("Print every layer of a model file with its arithmetic.", _add_explain, _explain),
    "solve-conv": (
        "Print the kernels, strides and paddings that turn one size into another.",
        _add_solve_conv,
        _solve_conv,
    ),
    "tour": ("Train the article's three networks here and write a report.", _add_tour, _tour),
}
