"""How fast the article's convolutional network trains: kerasbook, Keras by hand, PyTorch by hand.

Each contestant is a process of its own, which builds its network once, trains a few steps without
a clock, and then waits. Each round lets every contestant train the same number of samples, one
after the other in an order that changes, so that a slow moment of the machine meets all alike. The
numbers are medians over the rounds.

    python benchmarks/training_speed.py --batch-size 64 --write

The share of the peak compares the floating-point operations that a step needs with what the machine
does on one large convolution, measured in the same rounds.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from answers import replace_section

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[[int], float]
    # Samples by the clock's second, and by the second of the CPU.
    Rate = tuple[float, float]

# Memory that is returned to the system after a step is asked for again in the next: glibc keeps it.
KEEP_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(2**34)}
# A chain of layers has one operation to run at a time: one thread is enough to start them.
ONE_AT_A_TIME = {"TF_NUM_INTEROP_THREADS": "1"}

# name: (backend, which network and settings, what the environment adds)
CONTESTANTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "kerasbook on TensorFlow": ("tensorflow", "kerasbook", {}),
    "Keras by hand on TensorFlow": ("tensorflow", "keras", {}),
    "… TensorFlow, from tf.data, prefetched": ("tensorflow", "kerasbook tf.data", {}),
    "… TensorFlow, one at a time": ("tensorflow", "kerasbook", ONE_AT_A_TIME),
    "… TensorFlow, fused, one at a time": ("tensorflow", "kerasbook fused", ONE_AT_A_TIME),
    "… TensorFlow, mixed_bfloat16, one at a time": (
        "tensorflow",
        "kerasbook mixed_bfloat16",
        ONE_AT_A_TIME,
    ),
    "kerasbook on JAX": ("jax", "kerasbook", {}),
    "Keras by hand on JAX": ("jax", "keras", {}),
    "… JAX, memory kept": ("jax", "kerasbook", KEEP_MEMORY),
    "kerasbook on PyTorch": ("torch", "kerasbook", {}),
    "Keras by hand on PyTorch": ("torch", "keras", {}),
    "… PyTorch, memory kept": ("torch", "kerasbook", KEEP_MEMORY),
    "… PyTorch, fused, memory kept": ("torch", "kerasbook fused", KEEP_MEMORY),
    "… PyTorch, mixed_bfloat16, memory kept": ("torch", "kerasbook mixed_bfloat16", KEEP_MEMORY),
    "… PyTorch, both, memory kept": ("torch", "kerasbook fused mixed_bfloat16", KEEP_MEMORY),
    "PyTorch by hand": ("torch", "torch", {}),
    "PyTorch by hand, memory kept": ("torch", "torch", KEEP_MEMORY),
    "PyTorch by hand, compiled, memory kept": ("torch", "torch compile", KEEP_MEMORY),
    "PyTorch by hand, compiled, bf16, memory kept": ("torch", "torch compile bf16", KEEP_MEMORY),
    "one large convolution": ("torch", "peak", KEEP_MEMORY),
}
# What each is compared with in the table.
BY_HAND = {"TensorFlow": "Keras by hand on TensorFlow", "JAX": "Keras by hand on JAX",
           "PyTorch": "Keras by hand on PyTorch"}  # fmt: skip
PEAK = "one large convolution"
BEST = "PyTorch by hand, compiled, memory kept"
WARM_UP_BATCHES = 6


def main() -> int:
    """Print the table, or write it into the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--samples", type=int, default=2048, help="of each round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="contestants whose name matches this pattern")
    parser.add_argument("--write", action="store_true", help="write the table into the README")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return work(arguments.worker, arguments.batch_size, arguments.samples)
    names = [name for name in CONTESTANTS if re.search(arguments.only, name)]
    rates = measure(names, arguments)
    text = table(rates, batch_size=arguments.batch_size)
    print(text)
    if arguments.write:
        replace_section(f"training speed {arguments.batch_size}", text)
    return 0


# ---------------------------------------------------------------------------------- the rounds


def measure(names: list[str], arguments: argparse.Namespace) -> dict[str, list[Rate]]:
    """Rates of each contestant, one per round; of the peak, in operations."""
    workers = {name: start(name, arguments) for name in names}
    for name, worker in workers.items():
        print(f"{name}: {answer(name, worker)[0]:.0f} to begin with", file=sys.stderr)
    rates: dict[str, list[Rate]] = {name: [] for name in names}
    shuffled = random.Random(0)  # noqa: S311  an order, no secret
    for number in range(arguments.rounds):
        order = list(names)
        shuffled.shuffle(order)
        for name in order:
            rates[name].append(ask(name, workers[name]))
        print(f"round {number + 1} of {arguments.rounds}", file=sys.stderr)
    for worker in workers.values():
        worker.stdin.close()
        worker.wait(60)
    return rates


def start(name: str, arguments: argparse.Namespace) -> subprocess.Popen[str]:
    """The process of one contestant."""
    backend, _, extra = CONTESTANTS[name]
    settings = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", **extra}
    sizes = ["--batch-size", str(arguments.batch_size), "--samples", str(arguments.samples)]
    return subprocess.Popen(
        [sys.executable, __file__, "--worker", name, *sizes],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **settings, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def ask(name: str, worker: subprocess.Popen[str]) -> Rate:
    """What one round of a contestant gives."""
    worker.stdin.write("go\n")
    worker.stdin.flush()
    return answer(name, worker)


def answer(name: str, worker: subprocess.Popen[str]) -> Rate:
    """The next rates that a contestant prints."""
    for line in worker.stdout:
        if line.startswith("rate "):
            clock, cpu = map(float, line.split()[1:])
            return clock, cpu
    raise RuntimeError(f"{name} ended with exit status {worker.wait()}")


def work(name: str, batch_size: int, samples: int) -> int:
    """Train once for warming up, then once for each line that comes in."""
    _, kind, _ = CONTESTANTS[name]
    train = {"torch": train_torch, "peak": train_peak}.get(kind.split()[0], train_keras)
    run = train(kind.split()[1:], kind.split()[0], batch_size=batch_size, samples=samples)
    for _ in range(-(-WARM_UP_BATCHES * batch_size // samples)):
        run(samples)
    while True:
        begin, spent = time.perf_counter(), time.process_time()
        count = samples * run(samples)
        clock, cpu = time.perf_counter() - begin, time.process_time() - spent
        print(f"rate {count / clock} {count / cpu}", flush=True)
        if not sys.stdin.readline():
            return 0


def data(samples: int) -> tuple[Any, Any]:
    """Images and one-hot labels; what they show does not change the time."""
    import numpy as np  # noqa: PLC0415  only the workers load it

    rng = np.random.default_rng(0)
    labels = np.eye(10, dtype="float32")[rng.integers(0, 10, samples)]
    return rng.random((samples, 32, 32, 3), "float32"), labels


# ----------------------------------------------------------------------------- the contestants


def train_keras(options: list[str], who: str, *, batch_size: int, samples: int) -> Run:
    """A function that trains so many samples with `model.fit`."""
    import keras  # noqa: PLC0415  in the worker, once its backend is set

    import kerasbook as kb  # noqa: PLC0415  likewise
    from kerasbook.training import fuse_batch_norm  # noqa: PLC0415  likewise

    if "mixed_bfloat16" in options:
        keras.config.set_dtype_policy("mixed_bfloat16")
    keras.utils.set_random_seed(0)
    model = kb.cnn_classifier() if who == "kerasbook" else keras_by_hand(keras)
    if "fused" in options:
        fuse_batch_norm(model)
    images, labels = data(samples)

    def run(count: int) -> float:
        if "tf.data" in options:
            import tensorflow as tf  # noqa: PLC0415  likewise

            stored = tf.data.Dataset.from_tensor_slices((images[:count], labels[:count]))
            batches = stored.shuffle(count).batch(batch_size).prefetch(4)
            model.fit(batches, verbose=0)
        else:
            model.fit(images[:count], labels[:count], batch_size=batch_size, verbose=0)
        return 1.0

    return run


def keras_by_hand(keras: Any) -> Any:  # noqa: ANN401  neither publishes types
    """The network of `kerasbook.cnn_classifier()` as one types it."""
    layers = keras.layers
    inputs = outputs = keras.Input((32, 32, 3))
    for filters, strides in ((32, 1), (32, 2), (64, 1), (64, 2)):
        outputs = layers.Conv2D(filters, 3, strides=strides, padding="same")(outputs)
        outputs = layers.BatchNormalization()(outputs)
        outputs = layers.LeakyReLU()(outputs)
    outputs = layers.Dense(128)(layers.Flatten()(outputs))
    outputs = layers.LeakyReLU()(layers.BatchNormalization()(outputs))
    outputs = layers.Dense(10, activation="softmax")(layers.Dropout(0.5)(outputs))
    model = keras.Model(inputs, outputs)
    model.compile(
        keras.optimizers.Adam(5e-4), loss="categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def torch_by_hand(torch: Any) -> Any:  # noqa: ANN401  likewise
    """The same network in PyTorch at its best: channels last, probabilities inside the loss."""
    nn = torch.nn
    parts, channels = [], 3
    for filters, strides in ((32, 1), (32, 2), (64, 1), (64, 2)):
        parts += [nn.Conv2d(channels, filters, 3, stride=strides, padding=1)]
        parts += [nn.BatchNorm2d(filters), nn.LeakyReLU(0.3)]
        channels = filters
    parts += [nn.Flatten(), nn.Linear(4096, 128), nn.BatchNorm1d(128), nn.LeakyReLU(0.3)]
    parts += [nn.Dropout(0.5), nn.Linear(128, 10)]
    return nn.Sequential(*parts).to(memory_format=torch.channels_last).train()


def train_torch(options: list[str], _: str, *, batch_size: int, samples: int) -> Run:
    """A function that trains so many samples in a loop, with the accuracy that Keras counts too."""
    import torch  # noqa: PLC0415  in the worker

    torch.manual_seed(0)
    network = torch_by_hand(torch)
    optimizer = torch.optim.Adam(network.parameters(), 5e-4, fused=True)
    images, labels = (torch.from_numpy(each) for each in data(samples))
    images = images.permute(0, 3, 1, 2)  # channels last in memory
    labels = labels.argmax(1)
    half = "bf16" in options

    def loss_of(inputs: Any, targets: Any) -> tuple[Any, Any]:  # noqa: ANN401  likewise
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            scores = network(inputs)
            return torch.nn.functional.cross_entropy(scores.float(), targets), scores

    step = torch.compile(loss_of) if "compile" in options else loss_of

    def run(count: int) -> float:
        right = torch.zeros(())
        for rows in torch.randperm(count).split(batch_size):
            targets = labels[rows]
            loss, scores = step(images[rows], targets)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            right += (scores.detach().argmax(1) == targets).sum()
        right.item()
        return 1.0

    return run


def train_peak(_: list[str], __: str, *, batch_size: int, samples: int) -> Run:  # noqa: ARG001
    """A function that runs one large convolution; a "sample" is worth its operations."""
    import torch  # noqa: PLC0415  in the worker

    layer = torch.nn.Conv2d(128, 128, 3, padding=1, bias=False)
    layer = layer.to(memory_format=torch.channels_last)
    inputs = torch.rand(32, 128, 32, 32).to(memory_format=torch.channels_last)
    flops = 2 * 32 * 32 * 32 * 128 * 128 * 9

    def run(_: int) -> float:
        with torch.no_grad():
            for _ in range(20):
                layer(inputs)
        return 20 * flops / samples

    return run


# ------------------------------------------------------------------------------------ the table


def step_flops() -> int:
    """Floating-point operations of one sample in one training step.

    Forward, and twice as many backward; the first layer needs no gradient of its input.
    """
    import kerasbook as kb  # noqa: PLC0415  after the workers, so that nothing else runs beside them

    os.environ.setdefault("KERAS_BACKEND", "torch")
    report = kb.explain(kb.cnn_classifier())
    first = next(row.macs for row in report.rows if row.macs)
    return 6 * int(report.macs) - 2 * int(first)


def table(rates: dict[str, list[Rate]], *, batch_size: int) -> str:
    """The medians, and what they are of Keras by hand, PyTorch by hand, and the peak."""
    clock = {name: statistics.median(each for each, _ in found) for name, found in rates.items()}
    cpu = {name: statistics.median(each for _, each in found) for name, found in rates.items()}
    flops = step_flops()
    peak = clock.get(PEAK)
    lines = [
        heading(batch_size, peak),
        "",
        "| clock, CPU | samples a second | of Keras by hand | of PyTorch compiled | of the peak |",
        "|---|---:|---:|---:|---:|",
    ]
    hand = ""
    for name, found in rates.items():
        if name == PEAK:
            continue
        hand = next((by for each, by in BY_HAND.items() if each in name), hand)
        low, _, high = statistics.quantiles([each for each, _ in found], n=4)
        shares = [f"{100 * each[name] * flops / each[PEAK]:.0f} %" for each in (clock, cpu) if peak]
        cells = [
            f"{clock[name]:,.0f} ({low:,.0f} to {high:,.0f})",
            "" if name.startswith("PyTorch") else ratios(name, hand, clock, cpu),
            ratios(name, BEST, clock, cpu),
            ", ".join(shares),
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def ratios(name: str, other: str, *rates: dict[str, float]) -> str:
    """One contestant's rates as multiples of another's."""
    return ", ".join(f"{each[name] / each[other]:.2f} ×" for each in rates if other in each)


def heading(batch_size: int, peak: float | None) -> str:
    """When and on what it was measured."""
    today = datetime.now(UTC).date().isoformat()
    packages = ("keras", "tensorflow", "jax", "torch")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    cores = f"{os.cpu_count()} cores with a load of {os.getloadavg()[1]:.1f}"
    told = f" One large convolution: {peak / 1e9:,.0f} GFLOP/s." if peak else ""
    return (
        f"{today}, batch size {batch_size}, {cores} ({platform.machine()}), "
        f"Python {platform.python_version()}, {versions}.{told}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
