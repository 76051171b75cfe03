"""Prediction and evaluation by all devices and processes of a JAX run, on any row count."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from kerasbook.training.batches import Batches

__all__ = ["evaluate_together", "others_than_first", "padded", "predict_together", "sync"]


def padded(rows: NDArray[Any], multiple: int) -> NDArray[Any]:
    """The rows, with the last one repeated until their number is a multiple of `multiple`."""
    missing = -len(rows) % multiple
    return np.concatenate([rows, np.repeat(rows[-1:], missing, axis=0)]) if missing else rows


def predict_together(model: Any, rows: NDArray[Any], step: int) -> NDArray[Any]:  # noqa: ANN401  a Keras model
    """The predictions for all rows: each process predicts a part, and all receive all parts."""
    import jax  # noqa: PLC0415  only on this backend
    from jax.experimental import multihost_utils  # noqa: PLC0415  likewise

    processes = jax.process_count()
    mine = np.split(padded(rows, processes * step), processes)[jax.process_index()]
    # With data parallelism each device has a full copy of the weights: this device's is enough.
    trained, others = (
        [each.value.addressable_data(0) for each in group]
        for group in (model.trainable_variables, model.non_trainable_variables)
    )

    def outputs(batch: Any) -> Any:  # noqa: ANN401  JAX's arrays
        return model.stateless_call(trained, others, batch, training=False)[0]

    forward = jax.jit(outputs)
    parts = [np.asarray(forward(mine[start : start + step])) for start in range(0, len(mine), step)]
    together = multihost_utils.process_allgather(np.concatenate(parts), tiled=True)
    answer: NDArray[Any] = np.asarray(together)
    return answer[: len(rows)]


def evaluate_together(model: Any, data: Batches, devices: int) -> dict[str, float]:  # noqa: ANN401  a Keras model
    """The loss and the metrics over all rows, each batch shared by all devices."""
    if model.test_function is None:
        _build(model, data)
    model.reset_metrics()
    groups = (model.trainable_variables, model.non_trainable_variables, model.metrics_variables)
    state = tuple([each.value for each in group] for group in groups)
    batches, logs = _spread(data, devices), {}
    while True:
        try:
            logs, state = model.test_function(state, batches)
        except StopIteration:
            break
    # Keras's function has consumed the values that it was given and returned new ones.
    for group, values in zip(groups, state, strict=True):
        for variable, value in zip(group, values, strict=True):
            variable.assign(value)
    return {name: float(value) for name, value in logs.items()}


def _build(model: Any, data: Batches) -> None:  # noqa: ANN401  a Keras model
    """Let Keras create its metrics and functions, by evaluating one row per device."""
    import jax  # noqa: PLC0415  only on this backend

    local = jax.local_device_count()
    rows = data._read(np.arange(local) % data.samples)  # noqa: SLF001  a subclass reads rows so
    model.test_on_batch(*rows)


def _spread(data: Batches, devices: int) -> Iterator[Any]:
    """Batches sharded over all devices; the rest that does not divide is copied to each."""
    import jax  # noqa: PLC0415  only on this backend
    from jax.sharding import NamedSharding, PartitionSpec  # noqa: PLC0415  likewise

    mesh = keras.distribution.distribution().device_mesh.backend_mesh
    divided = data.samples - data.samples % devices
    cuts = [*range(0, divided, data.batch_size), divided, data.samples]
    for start, stop in pairwise(cuts):
        if start == stop:
            continue
        axis = PartitionSpec() if start == divided else PartitionSpec(mesh.axis_names[0])
        place = NamedSharding(mesh, axis)

        def put(rows: NDArray[Any], place: NamedSharding = place) -> Any:  # noqa: ANN401  JAX's
            return jax.make_array_from_callback(rows.shape, place, rows.__getitem__)

        yield keras.tree.map_structure(put, data._read(np.arange(start, stop)))  # noqa: SLF001  a subclass reads rows so


def others_than_first(numbers: Iterable[int]) -> list[int]:
    """The processes whose 32-bit numbers differ from those of process 0."""
    if keras.backend.backend() != "jax":
        return []
    import jax  # noqa: PLC0415  only on this backend
    from jax.experimental import multihost_utils  # noqa: PLC0415  likewise

    if jax.process_count() == 1:
        return []
    all_of_them = multihost_utils.process_allgather(np.array(list(numbers), np.uint32))
    differ = (all_of_them != all_of_them[0]).any(axis=1)
    return [int(process) for process in np.flatnonzero(differ)]


def sync(name: str) -> None:
    """Wait until every process has reached this call."""
    from jax.experimental import multihost_utils  # noqa: PLC0415  only on this backend

    multihost_utils.sync_global_devices(f"kerasbook {name}")
