"""`start_distributed`: one training on several devices or machines.

A setup that Keras supports is started; one that would silently train wrongly is refused.
"""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import keras
import numpy as np

from kerasbook.checks import integer, keras_model, positive_integer, reject
from kerasbook.errors import ArgumentError, TrainingError
from kerasbook.training._collective import evaluate_together, padded, predict_together, sync
from kerasbook.training._launchers import Launch, read_launch
from kerasbook.training.batches import Batches

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from numpy.typing import ArrayLike, NDArray

    from kerasbook.training._shuffled_batches import SeededBatches

    Data = TypeVar("Data", bound=SeededBatches)

__all__ = ["Distributed", "start_distributed"]

_ALONE = {
    "torch": (
        "with PyTorch, model.fit in several processes trains each model for itself: gradients are "
        "not synchronized"
    ),
    "tensorflow": (
        "with TensorFlow, model.fit does not train over several machines in Keras 3 "
        "(keras issues 20585 and 18624)"
    ),
}


@dataclass(frozen=True, slots=True)
class Distributed:
    """A run on several devices, as `start_distributed` set it up.

    Attributes:
        process: the number of this process, from 0.
        processes: the number of processes.
        devices: the number of devices of all processes together.
    """

    process: int
    processes: int
    devices: int

    def scope(self) -> AbstractContextManager[Any]:
        """The context to build and compile the model in.

        On TensorFlow with several devices it is the scope of a `MirroredStrategy`; the other
        backends need none, and the context does nothing.
        """
        if keras.backend.backend() != "tensorflow" or self.devices == 1:
            return nullcontext()
        import tensorflow as tf  # noqa: PLC0415  only on this backend

        scope: AbstractContextManager[Any] = tf.distribute.MirroredStrategy(_tf_devices()).scope()
        return scope

    def shard(self, data: Data) -> Data:
        """This process's slice of each batch of `Batches` or `ImageStore`, for `model.fit`.

        Raises:
            ArgumentError: the devices do not divide the batch size.
        """
        if data.batch_size % self.devices:
            near = max(1, round(data.batch_size / self.devices)) * self.devices
            reject(
                "batch_size",
                f"be a multiple of the number of devices, {self.devices}",
                data.batch_size,
                mend=f"Use batch_size={near}, for example.",
            )
        return data.shard(self.process, self.processes)

    def check(self, model: Any) -> None:  # noqa: ANN401  a Keras model
        """Check that the model trains on several devices as it does on one.

        Raises:
            ArgumentError: `model` is not a Keras model.
            TrainingError: on TensorFlow, a `BatchNormalization` would compute separate statistics
                on each device.
        """
        keras_model("model", model)
        if keras.backend.backend() != "tensorflow" or self.devices == 1:
            return
        for layer in model._flatten_layers():  # noqa: SLF001  nested models too; no public way
            if type(layer).__name__ == "BatchNormalization" and not layer.synchronized:
                raise TrainingError(
                    f"the layer {layer.name!r} normalizes the part of a batch that each device "
                    f"sees: {self.devices} devices train another model than one. Build it with "
                    f"BatchNormalization(synchronized=True)."
                )

    def predict(self, model: Any, x: ArrayLike, *, batch_size: int = 32) -> NDArray[Any]:  # noqa: ANN401  a Keras model
        """The predictions of `model.predict`, for any number of rows, equal on every process.

        JAX needs batch sizes that are multiples of the number of devices: the last batch is padded,
        and the extra predictions are dropped. Each of several processes predicts a part of the
        rows, and all receive all predictions.

        Args:
            model: a model with one input and one output.
            x: the rows; all of them, on every process.
            batch_size: rows at a time.

        Returns:
            One prediction a row.
        """
        keras_model("model", model)
        rows, step = np.asarray(x), self._step(batch_size)
        if self.processes > 1:
            return predict_together(model, rows, step)
        answer: NDArray[Any] = model.predict(padded(rows, self.devices), batch_size=step, verbose=0)
        return answer[: len(rows)]

    def evaluate(
        self,
        model: Any,  # noqa: ANN401  a Keras model
        x: Any,  # noqa: ANN401  an array, or arrays in a structure
        y: Any,  # noqa: ANN401  likewise
        *,
        sample_weight: Any = None,  # noqa: ANN401  likewise
        batch_size: int = 32,
    ) -> dict[str, float]:
        """The results of `model.evaluate`, for any number of rows, equal on every process.

        All devices share each batch. No row is added, since a metric would count it: if JAX cannot
        divide the last rows among the devices, each device computes all of them.

        Args:
            model: a compiled model.
            x: the rows, as `model.fit` takes them; all of them, on every process.
            y: likewise.
            sample_weight: how much each row counts in the loss and in weighted metrics, likewise.
            batch_size: rows at a time.

        Returns:
            The loss and each metric by name.

        Raises:
            ArgumentError: x, y and the weights differ in length; or, on TensorFlow, there are
                fewer rows than devices.
        """
        keras_model("model", model)
        data = Batches(x, y, sample_weight, batch_size=self._step(batch_size), seed=None)
        if keras.backend.backend() == "jax" and self.devices > 1:
            return evaluate_together(model, data, self.devices)
        if data.samples < self.devices:
            raise ArgumentError(
                f"x must have a row for each of the {self.devices} devices; "
                f"received {data.samples}. Evaluate a model that is built outside of scope()."
            )
        # TensorFlow splits any batch but the first one unevenly.
        data.batch_size = min(data.batch_size, data.samples - data.samples % self.devices)
        answer: dict[str, float] = model.evaluate(data, verbose=0, return_dict=True)
        return answer

    def save(self, model: Any, path: str | os.PathLike[str]) -> None:  # noqa: ANN401  a Keras model
        """Write one file, as `model.save` does; all processes call it, and process 0 writes.

        `model.save` in one process of several would wait for the others for ever: Keras creates
        variables while it saves, and on JAX all processes must create each together. This method
        needs no such variables, and returns on every process once the file is written.

        Args:
            model: the model, the same on every process.
            path: a path that process 0 can write.
        """
        keras_model("model", model)
        if self.processes == 1:
            model.save(path)
            return
        distribution = keras.distribution.distribution()
        keras.distribution.set_distribution(None)
        try:
            if self.process == 0:
                model.save(path)
        finally:
            keras.distribution.set_distribution(distribution)
            sync("save")

    def _step(self, batch_size: int) -> int:
        """The batch size, rounded up to a multiple of the number of devices."""
        return -(-positive_integer("batch_size", batch_size) // self.devices) * self.devices


def start_distributed(
    *,
    coordinator: str | None = None,
    num_processes: int | None = None,
    process_id: int | None = None,
    seed: int = 0,
) -> Distributed:
    """The run on all devices of all processes; to be called before any other use of Keras.

    ```python
    run = kerasbook.training.start_distributed()
    with run.scope():
        model = kerasbook.cnn_classifier((32, 32, 3), 10, labels="integer")
    data = run.shard(ImageStore("photos.store", batch_size=256))
    model.fit(data, epochs=30, callbacks=[ExactResume("run.state")])
    ```

    Missing arguments are read from the launcher: Keras's own variables
    (`KERAS_DISTRIBUTION_JOB_ADDRESSES`, `…_NUM_PROCESSES`, `…_PROCESS_ID`), torchrun's, Slurm's, a
    Kubernetes Indexed Job's, Ray Train's. Without a launcher, the run is this one process with
    all its devices.
    Several processes need Keras on JAX.

    Args:
        coordinator: the address and port of process 0, such as `"10.0.0.1:1234"`.
        num_processes: the number of processes.
        process_id: the number of this process, from 0.
        seed: the seed of Keras's weights and Dropout, the same on every process.

    Returns:
        The run: the number of this process, and how many processes and devices there are.

    Raises:
        ArgumentError: an argument is wrong.
        TrainingError: the backend would train a separate model in each process; the launcher did
            not give all values; or the processes could not connect to each other.
    """
    given = Launch(
        coordinator,
        None if num_processes is None else positive_integer("num_processes", num_processes),
        None if process_id is None else integer("process_id", process_id, minimum=0),
    )
    launch = given.filled(read_launch(os.environ))
    keras.utils.set_random_seed(seed)
    backend = keras.backend.backend()
    count = launch.num_processes or 1
    if count > 1:
        if backend in _ALONE:
            raise TrainingError(
                f"{_ALONE[backend]}; received {count} processes. Use KERAS_BACKEND=jax, which "
                f"trains one model over all of them, or one process with all its devices."
            )
        _join(launch, count)
    return _on_jax(count) if backend == "jax" else _on_one_machine(backend)


def _join(launch: Launch, count: int) -> None:
    """Connect the processes of a JAX run, and check that all are connected."""
    import jax  # noqa: PLC0415  only on this backend

    if not jax.distributed.is_initialized():  # Ray's JaxTrainer does it on GPUs
        _initialize(launch, count)
    joined = jax.process_count()
    if joined != count:
        # Ray's JaxTrainer on CPUs starts unconnected workers: each would train its own model.
        raise TrainingError(
            f"{count} processes were started and {joined} of them are connected: each would train "
            f"a model of its own. Call start_distributed before anything else uses JAX."
        )


def _initialize(launch: Launch, count: int) -> None:
    missing = [
        name
        for name, value in (
            ("coordinator", launch.coordinator),
            ("process_id", launch.process_id),
        )
        if value is None
    ]
    if missing:
        raise TrainingError(
            f"{' and '.join(missing)} must be known to each of {count} processes; neither the "
            f"arguments nor the launcher say. Give start_distributed(coordinator='host:port', "
            f"num_processes={count}, process_id=…)."
        )
    keras.distribution.initialize(launch.coordinator, count, launch.process_id)


def _on_jax(count: int) -> Distributed:
    import jax  # noqa: PLC0415  only on this backend

    devices = keras.distribution.list_devices()
    if len(devices) > 1:
        keras.distribution.set_distribution(
            keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False)
        )
    return Distributed(int(jax.process_index()), count, len(devices))


def _on_one_machine(backend: str) -> Distributed:
    return Distributed(0, 1, len(_tf_devices()) if backend == "tensorflow" else 1)


def _tf_devices() -> list[str]:
    import tensorflow as tf  # noqa: PLC0415  only on this backend

    kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
    return [device.name for device in tf.config.list_logical_devices(kind)]
