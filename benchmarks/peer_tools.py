"""The counters of the comparison: each takes a module of PyTorch and an input, and answers MACs.

What counts floating-point operations is halved. A tool that cannot look at a module raises.
"""

# The tools publish no types, and are imported when they are asked:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

import contextlib
import io
import warnings
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TOOLS", "answer", "versions"]


class Declined(Exception):  # noqa: N818  an answer, and not a wrong one
    """The tool says that it does not know."""


def torchinfo(module: Any, x: Any) -> float:
    """Its `total_mult_adds`."""
    import torchinfo

    return torchinfo.summary(module, input_data=[x], verbose=0).total_mult_adds


def fvcore(module: Any, x: Any) -> float:
    """Its "flops", of which it counts one for a multiply-accumulate."""
    from fvcore.nn import FlopCountAnalysis

    analysis = FlopCountAnalysis(module, (x,))
    analysis.unsupported_ops_warnings(enabled=False)
    analysis.uncalled_modules_warnings(enabled=False)
    return analysis.total()


def thop(module: Any, x: Any) -> float:
    """The first of what its `profile` returns."""
    import thop

    return thop.profile(module, inputs=(x,), verbose=False)[0]


def torchscan(module: Any, x: Any) -> float:
    """Its total of MACs; it declines where it does not know all of them."""
    import torchscan

    total = torchscan.crawl_module(module, args=(x,))["totals"]["macs"]["value"]
    if total is None:
        raise Declined
    return total


def ptflops(module: Any, x: Any) -> float:
    """Its MACs, with the backend that it chooses itself."""
    from ptflops import get_model_complexity_info

    macs, _ = get_model_complexity_info(
        module,
        tuple(x.shape[1:]),
        input_constructor=lambda _shape: x,
        as_strings=False,
        print_per_layer_stat=False,
    )
    if macs is None:
        raise Declined
    return macs


def flop_counter(module: Any, x: Any) -> float:
    """PyTorch's own `FlopCounterMode`, halved: it counts two for a multiply-accumulate."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        module(x)
    return counter.get_total_flops() / 2


# name of the distribution: the tool
TOOLS: dict[str, Callable[[Any, Any], float]] = {
    "torch": flop_counter,
    "fvcore": fvcore,
    "ptflops": ptflops,
    "torchinfo": torchinfo,
    "thop": thop,
    "torchscan": torchscan,
}


def answer(tool: Callable[[Any, Any], float], make: Callable[[], Any], x: Any) -> float | str:
    """What a tool says of a new module: a number, `"declines"`, or the error that it ends in.

    Args:
        tool: one of `TOOLS`.
        make: makes the module; some tools leave theirs behind on it.
        x: the input.
    """
    import torch

    said = io.StringIO()
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
        torch.no_grad(),
    ):
        warnings.simplefilter("ignore")
        try:
            found = float(tool(make(), x))
        except Declined:
            return "declines"
        except Exception as error:  # noqa: BLE001  whatever the tool raises is its answer
            return type(error).__name__
    return int(found) if found.is_integer() else found


def versions() -> dict[str, str]:
    """The tools' versions, and that of Keras."""
    return {name: version(name) for name in (*TOOLS, "keras")}
