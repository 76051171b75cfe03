"""Where the time of training goes: the share of each kind of PyTorch's operations.

Once for the article's network of kerasbook on Keras's PyTorch backend, once for the same network in
PyTorch by hand; the clock's time beside operations is Python's own.

    python benchmarks/training_profile.py --batch-size 64
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys

from training_speed import CONTESTANTS

KINDS = {
    "convolution": "convolution|conv",
    "normalisation": "batch_norm|native_layer|var_mean",
    "dense": "mm|linear|matmul",
    "activation and loss": "relu|softmax|loss|sigmoid|dropout|bernoulli|where|gt|lt",
    "optimizer": "adam|foreach|addcmul|addcdiv|sqrt|lerp|pow|reciprocal",
    "copies and layout": "copy|clone|contiguous|permute|transpose|index|stack|cat|empty|zero|fill",
    "element by element": "add|mul|sub|div|neg|sum|mean|maximum|clamp|eq|argmax",
}


def main() -> None:
    """Print the share of each kind of operation, of Keras on PyTorch and of PyTorch by hand."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=64)
    batch_size = parser.parse_args().batch_size
    for name in ("kerasbook on PyTorch", "PyTorch by hand"):
        backend, kind, _ = CONTESTANTS[name]
        done = subprocess.run(
            [sys.executable, "-c", PROFILED, kind, str(batch_size)],
            env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        shares = json.loads(done.stdout.splitlines()[-1])
        print(name, *(f"{each} {100 * part:.0f} %" for each, part in shares.items()), sep="  ")


PROFILED = """
import json, re, sys, time
sys.path.insert(0, "benchmarks")
import torch, training_speed as speed
from training_profile import KINDS
kind, batch = sys.argv[1], int(sys.argv[2])
train = speed.train_torch if kind == "torch" else speed.train_keras
run = train([], kind, batch_size=batch, samples=16 * batch)
run(6 * batch)
with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as found:
    begin = time.perf_counter()
    run(16 * batch)
    wall = time.perf_counter() - begin
spent = dict.fromkeys([*KINDS, "other operations"], 0.0)
for each in found.key_averages():
    for name, pattern in KINDS.items():
        if re.search(pattern, each.key):
            break
    else:
        name = "other operations"
    spent[name] += each.self_cpu_time_total / 1e6
total = sum(spent.values())
shares = {name: part / wall for name, part in spent.items()}
shares["outside operations"] = 1 - total / wall
print(json.dumps(shares))
"""


if __name__ == "__main__":
    main()
