"""How fast `explain` is, beside Keras's own `load_model` and `summary`, and how it grows.

    python benchmarks/explain_speed.py                    # all parts, on every backend installed
    python benchmarks/explain_speed.py chains nesting     # some of them
    python benchmarks/explain_speed.py --write            # keeps the tables in README.md

- `file`: `kerasbook explain EfficientNetV2L.keras` as a whole process, beside a process that calls
  `keras.models.load_model` and `summary()` on the same file.
- `live`: `kerasbook.explain(model)` beside `model.summary()`, in one process, nothing printed.
- `chains`: configurations of 100 to 100,000 dense layers, with the memory that they take.
- `nesting`: sequential models inside each other, as many as are read.

Both sides of a comparison take turns, so that a slow moment of the machine meets them alike. A
ratio is that of one turn; given are the median and the least and the greatest of all turns. The
processor's time stands beside the clock's, since the latter depends on what else runs.
"""

# Keras publishes no types, and is imported in the parts that need it:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from answers import replace_section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PARTS = ("file", "live", "chains", "nesting")
BACKENDS = ("tensorflow", "jax", "torch")
LENGTHS = (100, 1_000, 10_000, 100_000)
DEPTHS = (10, 100, 200)
_LOAD = "import sys, keras; keras.models.load_model(sys.argv[1]).summary()"
_PARSE = (
    "import argparse, json, sys, zipfile; "
    "json.loads(zipfile.ZipFile(sys.argv[1]).read('config.json'))"
)
_SAVE = "import sys, keras; keras.applications.EfficientNetV2L(weights=None).save(sys.argv[1])"


class Spent(NamedTuple):
    """Seconds by the clock, and of the processor."""

    wall_seconds: float
    cpu_seconds: float


def main() -> None:
    """Measure the parts, print their tables, and keep them if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side (default: 5)")
    parser.add_argument("--backends", nargs="*", default=None, help="default: those installed")
    parser.add_argument("--write", action="store_true", help="keep the tables in README.md")
    arguments = parser.parse_args()
    backends = arguments.backends or [name for name in BACKENDS if importlib.util.find_spec(name)]
    tables = {
        "file": lambda: of_file(backends, arguments.rounds),
        "live": lambda: of_live_models(backends, arguments.rounds),
        "chains": of_chains,
        "nesting": of_nesting,
    }
    for part in arguments.parts or PARTS:
        text = "\n".join([about(), "", *tables[part]()])
        print(f"{text}\n", flush=True)
        if arguments.write:
            replace_section(part, text)


# ------------------------------------------------------------------------------- whole processes


def of_file(backends: list[str], rounds: int) -> Iterator[str]:
    """The table of whole processes on EfficientNetV2L's file."""
    yield "| beside `load_model` + `summary()` on | Keras | kerasbook | ratio, clock | ratio, CPU |"
    yield "|---|---:|---:|---:|---:|"
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "EfficientNetV2L.keras"))
        python(["-c", _SAVE, file], backends[0])
        for backend in backends:
            ours = ["-m", "kerasbook", "explain", file]
            pairs = [
                (python(ours, backend), python(["-c", _LOAD, file], backend))
                for _ in range(rounds + 1)
            ][1:]  # the first fill caches: byte code, the file
            yield row(backend, pairs)
        empty, parsed = (
            1000 * statistics.median(python(words, backends[0]).wall_seconds for _ in range(9))
            for words in (["-c", "pass"], ["-c", _PARSE, file])
        )
    yield ""
    yield (
        f"The floor of kerasbook's time: Python itself starts in {empty:.0f} ms, and takes "
        f"{parsed:.0f} ms to import argparse, json and zipfile and parse that configuration."
    )


def python(words: list[str], backend: str) -> Spent:
    """What a whole Python process takes, its output thrown away."""
    # Byte code is written, as an installed package has it.
    settings = {key: v for key, v in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    settings |= {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(
        [sys.executable, *words],
        env=settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        status = process.wait()
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if status:
        raise SystemExit(f"{words} ended with status {status}")
    return Spent(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


# ---------------------------------------------------------------------------------- live models


def of_live_models(backends: list[str], rounds: int) -> Iterator[str]:
    """The table of models in memory, each backend in a process of its own."""
    yield "| beside `summary()` of | Keras | kerasbook | ratio, clock | ratio, CPU |"
    yield "|---|---:|---:|---:|---:|"
    for backend in backends:
        code = f"import explain_speed; explain_speed.print_live({rounds})"
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
            cwd=Path(__file__).parent,
            stdout=subprocess.PIPE,
            check=True,
        )
        for name, pairs in json.loads(done.stdout).items():
            yield row(f"{name}, {backend}", [(Spent(*a), Spent(*b)) for a, b in pairs])


def print_live(rounds: int) -> None:
    """Print what both sides take on two networks, as JSON."""
    import keras

    import kerasbook as kb

    found = {}
    for name in ("ResNet50", "EfficientNetV2L"):
        model = getattr(keras.applications, name)(weights=None)
        found[name] = [
            (spent(lambda: kb.explain(model)), spent(lambda: model.summary(print_fn=_silent)))  # noqa: B023  called at once
            for _ in range(rounds + 1)
        ][1:]  # the first import what is imported late
    print(json.dumps(found))


def _silent(*_: Any, **__: Any) -> None:
    """Print nothing."""


def spent(action: Callable[[], Any]) -> Spent:
    """What a call takes."""
    begin, cpu = time.perf_counter(), time.process_time()
    action()
    return Spent(time.perf_counter() - begin, time.process_time() - cpu)


# -------------------------------------------------------------------------------------- growth


def of_chains() -> Iterator[str]:
    """The table of ever longer chains."""
    yield "| dense layers | `explain` | a layer | `to_text` | a layer | memory | a layer |"
    yield "|---:|---:|---:|---:|---:|---:|---:|"
    for length in LENGTHS:
        found = in_own_process("chain", length)
        explained, written, held = (found[key] for key in ("explain", "to_text", "memory_bytes"))
        yield (
            f"| {length:,} | {explained:.3g} s | {1e6 * explained / length:.0f} µs "
            f"| {written:.3g} s | {1e6 * written / length:.0f} µs "
            f"| {held / 2**20:.0f} MiB | {held / length / 1024:.1f} KiB |"
        )


def of_nesting() -> Iterator[str]:
    """The table of ever deeper models."""
    yield "| models inside each other | `explain` | a model |"
    yield "|---:|---:|---:|"
    for depth in DEPTHS:
        seconds = in_own_process("nest", depth)["explain"]
        yield f"| {depth:,} | {seconds:.3g} s | {1e6 * seconds / depth:.0f} µs |"


def in_own_process(kind: str, size: int) -> dict[str, float]:
    """Seconds of the processor and bytes at most, the median of a few processes."""
    rounds = 5 if size < 100_000 else 3  # noqa: PLR2004  the longest take their time
    code = f"import explain_speed; explain_speed.print_growth({kind!r}, {size})"
    runs = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", code],
                cwd=Path(__file__).parent,
                stdout=subprocess.PIPE,
                check=True,
            ).stdout
        )
        for _ in range(rounds)
    ]
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def print_growth(kind: str, size: int) -> None:
    """Print what explaining one configuration takes, as JSON."""
    import kerasbook as kb

    kb.explain(chain(1)).to_text()
    config = {"chain": chain, "nest": nest}[kind](size)
    before = resident_bytes()
    begin = time.process_time()
    report = kb.explain(config)
    explained = time.process_time() - begin
    held = resident_bytes() - before
    found = {"explain": explained, "memory_bytes": held}
    if kind == "chain":
        found["to_text"] = spent(report.to_text).cpu_seconds
    print(json.dumps(found))


def chain(length: int) -> dict[str, Any]:
    """The configuration of dense layers, one after the other."""
    layers = [
        {
            "module": "keras.layers",
            "class_name": "Dense",
            "config": {"name": f"dense_{n}", "units": 8 + n % 8, "activation": "relu"},
        }
        for n in range(length)
    ]
    return {"name": "chain", "layers": layers, "build_input_shape": [None, 16]}


def nest(depth: int) -> dict[str, Any]:
    """The configuration of sequential models inside each other, with one dense layer each."""
    config: dict[str, Any] | None = None
    for level in range(depth):
        dense = {"class_name": "Dense", "config": {"name": f"dense_{level}", "units": 8}}
        layers = [dense] if config is None else [dense, config]
        inside = {"name": f"level_{level}", "layers": layers, "build_input_shape": [None, 8]}
        config = {"module": "keras", "class_name": "Sequential", "config": inside}
    return config


def resident_bytes() -> int:
    """The most memory that this process has held so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


# ------------------------------------------------------------------------------------ printing


def row(name: str, pairs: list[tuple[Spent, Spent]]) -> str:
    """One comparison: both times, and the ratios with their spread."""
    ours, theirs = (
        statistics.median(side.wall_seconds for side in sides) for sides in zip(*pairs, strict=True)
    )
    clock = [peer.wall_seconds / own.wall_seconds for own, peer in pairs]
    cpu = [peer.cpu_seconds / own.cpu_seconds for own, peer in pairs]
    return f"| {name} | {theirs:.3g} s | {ours:.3g} s | {spread(clock)} | {spread(cpu)} |"


def spread(ratios: list[float]) -> str:
    """The median ratio, the least and the greatest."""
    return f"**{statistics.median(ratios):.3g} ×** ({min(ratios):.3g} to {max(ratios):.3g})"


def about() -> str:
    """The date, the machine and the load on it."""
    packages = ("keras", "tensorflow", "jax", "torch")
    from importlib.metadata import version

    named = ", ".join(
        f"{name} {version(name)}" for name in packages if importlib.util.find_spec(name)
    )
    load = os.getloadavg()[0]
    return (
        f"{dt.datetime.now(tz=dt.UTC).date()}, Python {platform.python_version()}, {named}; "
        f"{os.cpu_count()} cores with a load of {load:.1f}."
    )


if __name__ == "__main__":
    main()
