"""What counters of multiply-accumulates say of ordinary layers, beside what is true.

    KERAS_BACKEND=torch python benchmarks/peers.py                 # prints the tables
    KERAS_BACKEND=torch python benchmarks/peers.py --compilers     # TensorFlow and JAX as well
    KERAS_BACKEND=torch python benchmarks/peers.py --compilers --write   # keeps them

The tools are those of the dependency group `benchmarks`. Keras's layers are modules of PyTorch on
its torch backend, so tools made for PyTorch can be asked about the very same layers; they are also
asked about equivalent layers of PyTorch's own, where there are any. `--write` keeps the answers in
`peers.json`, which the tests hold new answers against, and the tables in `README.md`.
"""

# Keras and PyTorch publish no types, and are imported when they are asked:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from answers import keep
from peer_cases import LAYERS, NETWORKS, model_of
from peer_tools import TOOLS, answer, versions

import kerasbook as kb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from peer_cases import Case

FOLDER = Path(__file__).parent
KEPT = FOLDER / "peers.json"
TITLES = {
    "kerasbook": "kerasbook",
    "torch": "FlopCounterMode",
    "fvcore": "fvcore",
    "ptflops": "ptflops",
    "torchinfo": "torchinfo",
    "thop": "thop",
    "torchscan": "torchscan",
    "tensorflow": "TF profiler",
    "jax": "JAX",
}
HEADINGS = {
    "keras": "Keras's layers",
    "torch": "Equivalent layers of PyTorch's own",
    "networks": "Networks of `keras.applications`",
}
COMPILERS = ("tensorflow", "jax")
NEAR = 0.1
Answers = dict[str, dict[str, dict[str, float | str]]]


def main() -> None:
    """Ask all, print the tables, and keep them if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compilers", action="store_true", help="ask TensorFlow and JAX as well")
    parser.add_argument("--kept", action="store_true", help="ask nobody: print what is kept")
    parser.add_argument("--write", action="store_true", help="keep the answers and the tables")
    arguments = parser.parse_args()

    if arguments.kept:
        found = json.loads(KEPT.read_text(encoding="utf-8"))
    else:
        found = ask_all(COMPILERS if arguments.compilers else ())
    text = "\n".join(to_markdown(found))
    print(text)
    if arguments.write:
        keep(found, KEPT, section="peers", text=text)


# ------------------------------------------------------------------------------------- asking


def ask_all(compilers: tuple[str, ...]) -> dict[str, Any]:
    """What everybody says, with versions and date."""
    found = {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "python": platform.python_version(),
        "versions": versions(),
        "answers": ask_layers() | ask_networks(),
    }
    for backend in compilers:
        ask_compiler(backend, found)
    return found


def ask_layers() -> Answers:
    """What each tool says of each layer: of Keras's, and of the equivalent one of PyTorch's."""
    import torch

    found: Answers = {"keras": {}, "torch": {}}
    for case in LAYERS:
        dtype = getattr(torch, case.dtype)
        if case.keras_layer is not None:
            ours = {"kerasbook": int(kb.explain(model_of(case)).macs)}
            x = torch.ones((1, *case.shape), dtype=dtype)
            found["keras"][case.name] = ours | ask(lambda case=case: model_of(case), x)
        if case.torch_module is not None:
            # Channels come first, where there are spatial axes.
            image = len(case.shape) > 2  # noqa: PLR2004  (steps, channels) stay as they are
            shape = (case.shape[-1], *case.shape[:-1]) if image else case.shape
            x = torch.ones((1, *shape), dtype=dtype)
            found["torch"][case.name] = ask(lambda case=case: case.torch_module(torch.nn), x)
    return found


def ask_networks(names: tuple[str, ...] = tuple(NETWORKS)) -> Answers:
    """What each tool says of whole networks."""
    import keras
    import torch

    found: Answers = {"networks": {}}
    for name in names:
        make = getattr(keras.applications, name)
        model = make(weights=None)
        ours = {"kerasbook": int(kb.explain(model).macs)}
        x = torch.ones((1, *model.input_shape[1:]))
        found["networks"][name] = ours | ask(lambda make=make: make(weights=None), x)
    return found


def ask(make: Any, x: Any) -> dict[str, float | str]:
    """What each tool says of a new module."""
    return {name: answer(tool, make, x) for name, tool in TOOLS.items()}


def ask_compiler(backend: str, found: dict[str, Any]) -> None:
    """Add what TensorFlow or JAX says of Keras's layers, from a process of its own."""
    done = subprocess.run(
        [sys.executable, FOLDER / "peer_compilers.py"],
        env=os.environ | {"KERAS_BACKEND": backend},
        stdout=subprocess.PIPE,
        check=True,
    )
    said = json.loads(done.stdout)
    found["versions"][backend] = said["version"]
    for kind, answers in (("keras", said["layers"]), ("networks", said["networks"])):
        for name, macs in answers.items():
            found["answers"][kind][name][backend] = int(macs) if macs.is_integer() else macs


# ------------------------------------------------------------------------------------ printing


def to_markdown(found: dict[str, Any]) -> Iterator[str]:
    """The tables, with who is right how often, versions and date."""
    named = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    yield f"{found['date']}, Python {found['python']}, {named}."
    layers = {case.name: case for case in LAYERS}
    for kind, heading in HEADINGS.items():
        answers = found["answers"][kind]
        tools = [name for name in TITLES if any(name in said for said in answers.values())]
        titles = [TITLES[name] for name in tools]
        yield f"\n#### {heading}\n"
        yield f"| | true MACs | {' | '.join(titles)} |"
        yield f"|---|---:|{'---:|' * len(tools)}"
        right = dict.fromkeys(tools, 0)
        for name, said in answers.items():
            true = layers[name].macs if name in layers else NETWORKS[name]
            cells = []
            for tool in tools:
                right[tool] += said.get(tool) == true
                cells.append(cell(said.get(tool, ""), true))
            yield f"| {name} | {working(layers.get(name), true)} | {' | '.join(cells)} |"
        scores = [f"**{right[tool]} of {len(answers)}**" for tool in tools]
        yield f"| **right** | | {' | '.join(scores)} |"


def working(case: Case | None, true: int) -> str:
    """The true value with its arithmetic."""
    return f"{true:,}" if case is None else f"{case.arithmetic} = **{true:,}**"


def cell(said: float | str, true: int) -> str:
    """One answer, and whether it is right, or at least near."""
    if isinstance(said, str):
        return f"*{said}*" if said else ""
    near = abs(said - true) < NEAR * true
    return f"{said:,} {'✓' if said == true else '≈' if near else '✗'}"


if __name__ == "__main__":
    main()
