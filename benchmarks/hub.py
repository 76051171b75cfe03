"""Every backbone of KerasHub, explained on JAX, beside what PyTorch counts while it runs.

    KERAS_BACKEND=jax python benchmarks/hub.py            # prints the tables
    KERAS_BACKEND=jax python benchmarks/hub.py --write    # keeps the answers, and the tables
    python benchmarks/hub.py --kept                       # asks nobody: prints what is kept

KerasHub is in the dependency group `hub`. The backbones are small, and built without a download
and without weights, by `kb.plan`. PyTorch runs the same backbones in a process of its own, under
`FlopCounterMode`. `--write` keeps the answers in `hub.json`, which the tests hold new answers
against, and the tables in `README.md`.
"""

# Keras and PyTorch publish no types, and are imported when they are asked:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hub_models
from answers import dated, keep

import kerasbook as kb

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
KEPT = FOLDER / "hub.json"
PACKAGES = ("keras-hub", "keras", "jax", "torch")
_LONGEST = 120
_MINOR = ("mask", "ids_negative", "segment_ids", "position_ids", "labels", "negative_token_ids")
_STYLE = re.compile(r"\x1b\[\d*m")


def main() -> None:
    """Ask all, print the table, and keep it if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", action="store_true", help="ask nobody: print what is kept")
    parser.add_argument("--write", action="store_true", help="keep the answers and the table")
    arguments = parser.parse_args()

    found = json.loads(KEPT.read_text(encoding="utf-8")) if arguments.kept else ask_all()
    text = "\n".join(to_markdown(found))
    print(text)
    if arguments.write:
        keep(found, KEPT, section="hub", text=text)


# ------------------------------------------------------------------------------------- asking


def ask_all() -> dict[str, Any]:
    """What is known of every backbone, and what PyTorch counted, with versions and date."""
    answers = {name: explained(name) for name in built_here()}
    for name, macs in asked_pytorch().items():
        answers[name]["torch"] = macs
    return dated(answers, PACKAGES)


def built_here() -> list[str]:
    """The backbones that are built, family by family."""
    return [name for cases in hub_models.FAMILIES.values() for name in cases]


def explained(name: str) -> dict[str, Any]:
    """Parameters and multiply-accumulates of a backbone without weights, and what is unknown."""
    counted: dict[str, Any] = {}
    sizes = hub_models.case_of(name).inputs

    def build() -> Any:
        model = hub_models.build(name)
        counted["params"] = model.count_params()
        counted["on"] = {each.name: sizes.get(each.name, each.shape[1:]) for each in model.inputs}
        return model

    report = kb.plan(build, input_shapes=sizes or None)
    return {
        "on": counted["on"],
        "keras": counted["params"],
        "params": int(report.params),
        "macs": int(report.macs),
        "unknown": {row.name: row.reason for row in report.rows if row.reason},
    }


def asked_pytorch() -> dict[str, int | str]:
    """What PyTorch counts while it runs each backbone, from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", "import hub; hub.print_what_runs()"],
        env=os.environ | {"KERAS_BACKEND": "torch", "TF_CPP_MIN_LOG_LEVEL": "3"},
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, int | str] = json.loads(done.stdout.splitlines()[-1])
    return found


def print_what_runs() -> None:
    """Print what PyTorch counts while it runs each backbone, as JSON."""
    print(json.dumps({name: run_by_pytorch(name) for name in built_here()}))


def run_by_pytorch(name: str) -> int | str:
    """Multiply-accumulates that PyTorch counts on one sample, or the error that comes instead."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    model = hub_models.build(name)
    sizes = hub_models.case_of(name).inputs
    inputs = {each.name: _ones(each, sizes.get(each.name)) for each in model.inputs}
    named = len(inputs) > 1 or hasattr(model.input, "keys")
    given = inputs if named else next(iter(inputs.values()))
    try:
        with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            model(given)
    except Exception as error:  # noqa: BLE001  KerasHub's code may raise anything
        return _told(error)
    return int(counter.get_total_flops()) // 2


def _told(error: BaseException) -> str:
    """What an error says, in one line, without what Keras puts before it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = lines[1 if lines[0].startswith("Exception encountered") else 0]
    return f"{type(error).__name__}: {_STYLE.sub('', said)}"


def _ones(tensor: Any, sizes: tuple[int, ...] | None) -> Any:
    """One sample of an input."""
    import keras

    return keras.ops.ones((1, *(sizes or tensor.shape[1:])), dtype=tensor.dtype)


# ------------------------------------------------------------------------------------ printing


def to_markdown(found: dict[str, Any]) -> Iterator[str]:
    """The table of every backbone, family by family, with versions and date."""
    named = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    yield f"{found['date']}, Python {found['python']}, {named}.\n"
    yield "| | on | parameters | MACs | PyTorch ran | |"
    yield "|---|---|---:|---:|---:|---|"
    for family, cases in hub_models.FAMILIES.items():
        yield f"| **{family}** | | | | | |"
        for name in cases:
            yield row(name, found["answers"][name])
    for name, reason in hub_models.NOT_BUILT.items():
        yield f"| `{name}` | | | | | not built: {reason} |"
    yield ""
    yield totals(found["answers"])


def row(name: str, said: dict[str, Any]) -> str:
    """One backbone."""
    ran = said["torch"]
    counted = "" if isinstance(ran, str) else f"{ran:,}"
    if counted and not said["unknown"]:
        counted += " ✓" if ran == said["macs"] else " ≠"
    notes = [*reasons(said["unknown"]), hub_models.DIFFERS.get(name, "")]
    if isinstance(ran, str):
        notes.append(f"PyTorch: {ran}")
    cells = [
        f"`{name}`",
        shown(said["on"]),
        f"{said['params']:,} {'✓' if said['params'] == said['keras'] else '✗'}",
        f"{'≥ ' if said['unknown'] else ''}{said['macs']:,}",
        counted,
        "; ".join(filter(None, notes)),
    ]
    return f"| {' | '.join(cells)} |"


def shown(on: dict[str, Any]) -> str:
    """What a backbone is explained on, without masks and the like."""
    return ", ".join(
        f"{' × '.join(map(str, size))} {name.replace('_', ' ')}"
        for name, size in on.items()
        if size and not name.endswith(_MINOR)
    )


def reasons(unknown: dict[str, str]) -> list[str]:
    """What is unknown, each reason once with the first row that has it and how many more."""
    rows: dict[str, list[str]] = {}
    for name, reason in unknown.items():
        rows.setdefault(reason.rpartition("tracing it failed: ")[2], []).append(name)
    found = []
    for reason, (first, *more) in rows.items():
        others = f" and {len(more)} more" if more else ""
        short = reason if len(reason) <= _LONGEST else f"{reason[: _LONGEST - 1]}…"
        found.append(f"`{first}`{others} unknown: {short}")
    return found


def totals(answers: dict[str, Any]) -> str:
    """How many there are of each."""
    exact = sum(said["params"] == said["keras"] for said in answers.values())
    known = sum(not said["unknown"] for said in answers.values())
    both = [each for each in answers.values() if isinstance(each["torch"], int)]
    both = [each for each in both if not each["unknown"]]
    alike = sum(said["torch"] == said["macs"] for said in both)
    return (
        f"{len(answers)} backbones: the parameters of **{exact}** are those that Keras counts; the "
        f"MACs of **{known}** are known whole. Of these PyTorch ran {len(both)}, and counted the "
        f"same on **{alike}**."
    )


if __name__ == "__main__":
    main()
