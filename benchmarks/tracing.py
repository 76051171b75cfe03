"""How fast and how right a trace is, beside the counters that people use with PyTorch.

    KERAS_BACKEND=torch python benchmarks/tracing.py            # prints the table
    KERAS_BACKEND=torch python benchmarks/tracing.py --write    # keeps it in README.md

Each network is there twice: as a subclassed Keras model of layers of the user's own, which no rule
knows, so that `explain` has to trace all of it; and of PyTorch's own layers, some of which the
other tools know by name. All take turns in one process, each on a network that is already built;
given are the medians, and the ratios of one turn to kerasbook's. PyTorch has one thread: two wait
for each other where the machine has other work, and the others would seem ten times as slow.
"""

# Keras and PyTorch publish no types, and are imported when they are asked:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

import argparse
import statistics
from typing import TYPE_CHECKING, Any

from answers import replace_section
from explain_speed import about, spent, spread
from peer_tools import TOOLS, answer, versions
from peers import TITLES
from tracing_networks import NETWORKS

import kerasbook as kb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explain_speed import Spent
    from tracing_networks import Network

ASKED = ("torchinfo", "fvcore", "torchscan", "torch")


def main() -> None:
    """Measure, print the table, and keep it if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="turns of each (default: 9)")
    parser.add_argument("--write", action="store_true", help="keep the table in README.md")
    arguments = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    found = {name: turns(each, arguments.rounds) for name, each in NETWORKS.items()}
    text = "\n".join(to_markdown(found))
    print(text)
    if arguments.write:
        replace_section("tracing", text)


def turns(network: Network, rounds: int) -> dict[str, tuple[float | str, list[Spent]]]:
    """What each tool answers, and takes in each turn; the first turn fills caches."""
    model, module, x = network.keras(), network.torch(), network.inputs()
    asked: dict[str, Callable[[], float | str]] = {"kerasbook": lambda: counted(model)}
    for name in ASKED:
        asked[name] = lambda name=name: answer(TOOLS[name], lambda: module, x)
    said = {name: ask() for name, ask in asked.items()}
    taken: dict[str, list[Spent]] = {name: [] for name in asked}
    for _ in range(rounds):
        for name, ask in asked.items():
            taken[name].append(spent(ask))
    return {name: (said[name], taken[name]) for name in asked}


def counted(model: Any) -> int:
    """What kerasbook counts in a trace; nothing of it is from a rule."""
    report = kb.explain(model)
    if not report.macs_known:
        raise SystemExit(f"unknown: {report.unknown}")
    return int(report.macs)


def error(said: float | str, true: int) -> str:
    """How far an answer is from the true one: `"−4.2 %"`, or why there is none."""
    if isinstance(said, str):
        return f"*{said}*"
    if said == true:
        return "**0**"
    return f"{100 * (said / true - 1):+.2g} %".replace("-", "−")


def to_markdown(found: dict[str, dict[str, tuple[float | str, list[Spent]]]]) -> Iterator[str]:
    """The table."""
    tools = ", ".join(f"{name} {number}" for name, number in versions().items() if name in ASKED)
    yield f"{about()} {tools}."
    yield ""
    yield "| | tool | counted | error | time | ratio, clock | ratio, CPU |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for name, each in found.items():
        true = NETWORKS[name].true_macs
        yield f"| {name} | *the truth* | {true:,} | | | | |"
        ours = each["kerasbook"][1]
        for tool, (said, taken) in each.items():
            shown = said if isinstance(said, str) else f"{said:,}"
            milliseconds = 1000 * statistics.median(one.wall_seconds for one in taken)
            pairs = list(zip(taken, ours, strict=True))
            clock = spread([one.wall_seconds / own.wall_seconds for one, own in pairs])
            cpu = spread([one.cpu_seconds / own.cpu_seconds for one, own in pairs])
            ratios = "| |" if tool == "kerasbook" else f"{clock} | {cpu} |"
            yield (
                f"| | {TITLES[tool]} | {shown} | {error(said, true)} "
                f"| {milliseconds:.0f} ms | {ratios}"
            )


if __name__ == "__main__":
    main()
