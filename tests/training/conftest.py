"""What the tests of training share: a small network, its data, and a run that is broken off."""

from __future__ import annotations

import numpy as np
import pytest

# Programs: what they share with another is beside them only when they are run.
collect_ignore = ["evaluation_program.py", "kills_together.py"]


class Breakdown(Exception):  # noqa: N818  it stands for a power cut
    """Stands for the death of the process."""


@pytest.fixture(scope="session")
def keras():
    """The module, on the backend that the environment names."""
    import keras  # noqa: PLC0415  the fast tests collect this file without Keras

    return keras


@pytest.fixture(scope="session")
def arrays():
    """Inputs and labels that are the same in every run."""
    draw = np.random.default_rng(0)
    return draw.normal(size=(52, 6)).astype("float32"), draw.integers(0, 3, 52)


@pytest.fixture(scope="session")
def network(keras):
    """A function that builds the same model at every call: Dropout, batch statistics, Adam."""

    def build(units=8, **compile_arguments):
        keras.utils.clear_session()
        keras.utils.set_random_seed(0)
        layers = keras.layers
        model = keras.Sequential(
            [
                keras.Input((6,)),
                layers.Dense(units),
                layers.BatchNormalization(),
                layers.Dropout(0.3),
                layers.Dense(3, activation="softmax"),
            ]
        )
        model.compile(
            "adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **compile_arguments
        )
        return model

    return build


@pytest.fixture(scope="session")
def run(keras, network, arrays):
    """A function that trains, or breaks off after so many batches: the model and its history."""
    from kerasbook.training import Batches, ExactResume  # noqa: PLC0415  they import Keras

    def break_off(resume, after):
        # What it counts stands outside of the callback, which would have it given back.
        left = iter(range(after - 1, -1, -1))

        def count(batch, logs=None):
            del batch, logs
            if next(left, None) == 0:
                resume._writer.finish()
                raise Breakdown

        return keras.callbacks.LambdaCallback(on_train_batch_end=count)

    def train(path, *, after=0, epochs=3, also=(), model=None, data=None, fit=None, **options):
        model = model or network()
        data = Batches(*arrays, batch_size=8, seed=1) if data is None else data
        resume = ExactResume(path, **{"save_freq": 1, **options})
        callbacks = [*options.get("callbacks", ()), *also, resume, break_off(resume, after)]
        arguments = {"validation_data": (arrays[0][:16], arrays[1][:16]), **(fit or {})}
        try:
            model.fit(data, epochs=epochs, verbose=0, callbacks=callbacks, **arguments)
        except Breakdown:
            return model, None
        return model, model.history

    return train


@pytest.fixture
def state():
    """A function that gives all of a model's numbers, its optimizer's and its seeds' included."""

    def collect(model):
        from keras import ops  # noqa: PLC0415  the fast tests collect this file without Keras

        everything = [*model.variables, *model.optimizer.variables]
        return [np.array(ops.convert_to_numpy(each.value)) for each in everything]

    return collect
