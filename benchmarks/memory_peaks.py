"""How near the report's memory is to what a backend takes, over ten networks.

    KERAS_BACKEND=torch python benchmarks/memory_peaks.py            # prints the table
    KERAS_BACKEND=torch python benchmarks/memory_peaks.py --write    # keeps it in README.md

On PyTorch the peak is the most that its allocator holds in a step, as its profiler records it,
beside the weights; what is saved for the backward pass is what its hooks are given. On JAX it is
what the compiler says of the step that Keras compiles: arguments, results and temporary buffers,
less what they share. On TensorFlow it is the most that its allocator holds in five steps of the
graph that Keras runs on a CPU; the allocator that counts has to be chosen before TensorFlow starts.
A step of training is one of SGD with the usual loss, on a batch of 16.
"""

# Keras and the backends publish no types, and are imported when they are asked:
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

import argparse
import gc
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

os.environ.setdefault("TF_CPU_ALLOCATOR_USE_BFC", "true")

import keras
import numpy as np
from answers import replace_section
from explain_speed import about
from memory_networks import MODES, NETWORKS, network

import kerasbook as kb

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH_SIZE = 16
LIBRARY = "xla_cpu_experimental_ynn_fusion_type"
LOSSES = {"autoencoder": "mean_squared_error", "U-Net": "binary_crossentropy"}


class Measured(NamedTuple):
    """What a step took and what the report says, in bytes; and what PyTorch saved in training."""

    peak_bytes: int
    said_bytes: int
    saved_bytes: int | None = None
    said_saved_bytes: int | None = None

    @property
    def error(self) -> float:
        """How far the report is from what was taken: −0.1 for a tenth too little."""
        return self.said_bytes / self.peak_bytes - 1

    @property
    def saved_error(self) -> float | None:
        """Likewise of what is saved."""
        if not self.saved_bytes or self.said_saved_bytes is None:
            return None
        return self.said_saved_bytes / self.saved_bytes - 1


def measured(name: str, mode: str) -> Measured:
    """A network in one of the modes, on the backend that runs."""
    gc.collect()
    before = allocated()["current"]
    model = network(name, mode)
    loss = LOSSES.get(name, "sparse_categorical_crossentropy")
    if mode != "inference":
        model.compile(optimizer=keras.optimizers.SGD(), loss=loss)
        model.optimizer.build(model.trainable_variables)
    (entry,), (result,) = model.inputs, model.outputs
    x = np.zeros((BATCH_SIZE, *entry.shape[1:]), entry.dtype)
    y = np.zeros((BATCH_SIZE, *result.shape[1:]), "float32")
    if name not in LOSSES:
        y = y[..., :1]
    memory = kb.explain(model).memory(BATCH_SIZE, optimizer="sgd")
    said = memory.inference_bytes if mode == "inference" else memory.training_bytes
    if keras.backend.backend() == "jax":
        return Measured(by_compiler(model, (x, y), mode), int(said))
    if keras.backend.backend() == "tensorflow":
        return Measured(by_allocator(model, (x, y), mode) - before, int(said))
    peak = by_profiler(model, (x, y), mode) + memory.weights_bytes
    if mode == "inference":
        return Measured(peak, int(said))
    return Measured(peak, int(said), saved(model, x), BATCH_SIZE * memory.saved_bytes)


def by_profiler(model: Any, batch: tuple[Any, Any], mode: str) -> int:
    """What PyTorch's allocator holds at most during a step, and the batch itself."""
    import torch

    given, truth = map(torch.from_numpy, batch)

    def step() -> None:
        if mode == "inference":
            with torch.no_grad():
                model(given, training=False)
        else:
            model.train_on_batch(given, truth)
            model.zero_grad()

    step()
    gc.collect()
    with torch.profiler.profile(
        activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True
    ) as profile:
        step()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        profile.export_chrome_trace(str(path))
        events = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    changes = [each for each in events if each.get("name") == "[memory]"]
    changes.sort(key=lambda each: each["ts"])
    first = changes[0]["args"]
    before = first["Total Allocated"] - first["Bytes"]
    return max(each["args"]["Total Allocated"] for each in changes) - before + given.nbytes


def saved(model: Any, x: Any) -> int:
    """What PyTorch keeps for the backward pass, each storage once, weights aside."""
    import torch

    own = {each.value.untyped_storage().data_ptr() for each in model.variables}
    kept = {}

    def pack(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes(), tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = model(torch.from_numpy(x), training=True)
    del result
    return sum(size for size, _ in kept.values())


def allocated() -> dict[str, int]:
    """What TensorFlow's allocator holds, now and at most since it was last reset; 0 elsewhere."""
    if keras.backend.backend() != "tensorflow":
        return {"current": 0, "peak": 0}
    import tensorflow as tf

    return dict(tf.config.experimental.get_memory_info("CPU:0"))


def by_allocator(model: Any, batch: tuple[Any, Any], mode: str) -> int:
    """What TensorFlow's allocator holds at most during a step: its threads make steps differ."""
    import tensorflow as tf

    given, truth = map(tf.convert_to_tensor, batch)
    peaks = []
    for _ in range(6):
        tf.config.experimental.reset_memory_stats("CPU:0")
        if mode == "inference":
            model.predict_on_batch(given)
        else:
            model.train_on_batch(given, truth)
        peaks.append(allocated()["peak"])
    return max(peaks[1:])  # the first one traces


def by_compiler(model: Any, batch: tuple[Any, Any], mode: str) -> int:
    """What XLA says of the step that Keras compiles on JAX."""
    import jax

    if mode == "inference":

        def predict(trained: Any, others: Any, x: Any) -> Any:
            return model.stateless_call(trained, others, x, training=False)[0]

        state = model.trainable_variables, model.non_trainable_variables
        lowered = jax.jit(predict).lower(*map(values, state), batch[0])
    else:
        model.train_on_batch(*batch)  # makes what the metrics keep
        state = (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
            model.metrics_variables,
        )
        step = jax.jit(model.train_step, donate_argnums=0)
        lowered = step.lower(tuple(map(values, state)), batch)
    # XLA's library of products allocates tensors of its own, which the analysis leaves out; and
    # without it another program is compiled. Neither is sure: the larger blames us for too little.
    return max(analysed(lowered.compile()), analysed(lowered.compile({LIBRARY: ""})))


def analysed(compiled: Any) -> int:
    """What XLA says that a program takes: arguments, results and temporary buffers."""
    found = compiled.memory_analysis()
    taken = found.argument_size_in_bytes + found.output_size_in_bytes + found.temp_size_in_bytes
    return int(taken - found.alias_size_in_bytes)


def values(variables: list[Any]) -> list[Any]:
    """The arrays that variables hold."""
    return [each.value for each in variables]


def to_markdown(found: dict[tuple[str, str], Measured]) -> Iterator[str]:
    """The table."""
    yield about()
    yield ""
    yield "| | | measured | said | error | saved | said | error |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|"
    for (name, mode), each in found.items():
        first = name if mode == MODES[0] else ""
        sizes = f"{_human(each.peak_bytes)} | {_human(each.said_bytes)} | {_percent(each.error)}"
        more = " | | "
        if each.saved_bytes is not None and each.said_saved_bytes is not None:
            kept = _human(each.saved_bytes), _human(each.said_saved_bytes)
            more = " | ".join((*kept, _percent(each.saved_error)))
        yield f"| {first} | {mode} | {sizes} | {more} |"


def _human(size: int) -> str:
    return f"{size / 2**20:.2f} MiB"


def _percent(error: float | None) -> str:
    return "" if error is None else f"{100 * error:+.0f} %".replace("-", "−")


def main() -> None:
    """Measure, print the table, and keep it if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the table in README.md")
    parser.add_argument("--only", choices=NETWORKS, help="print what is found of one, as JSON")
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps({mode: measured(arguments.only, mode) for mode in MODES}))
        return
    found = {(name, mode): measured(name, mode) for name in NETWORKS for mode in MODES}
    text = "\n".join(to_markdown(found))
    print(text)
    if arguments.write:
        replace_section(f"memory {keras.backend.backend()}", text)


if __name__ == "__main__":
    main()
