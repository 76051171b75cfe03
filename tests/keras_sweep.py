"""Writes a model with each class that Keras exports for models, as files of every format.

It runs with any Keras 3: `python tests/keras_sweep.py FOLDER` writes the files, and prints as JSON
which classes are in them and which could not be built or saved.
"""

from __future__ import annotations

import inspect
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import keras

layers = keras.layers

# Bases, and what is called in its own way.
BASES = {"Layer", "Wrapper", "InputSpec", "Loss", "Metric", "Optimizer", "LearningRateSchedule"}
BASES |= {"OptimizerMap", "Initializer", "Regularizer", "Constraint", "InputLayer", "Input"}
# What a file may not hold: it runs code from the file, or from another one.
CODE = {"Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper"}
# Cells and wrappers need a layer around them or inside, merging layers and attention two inputs.
SETTINGS: dict[str, dict[str, Any]] = {
    "Activation": {"activation": "relu"},
    "CategoryEncoding": {"num_tokens": 9},
    "Cropping1D": {"cropping": 1},
    "Discretization": {"bin_boundaries": [0.0, 1.0]},
    "EinsumDense": {"equation": "ab,bc->ac", "output_shape": 3, "bias_axes": "c"},
    "Embedding": {"input_dim": 9, "output_dim": 3},
    "ReversibleEmbedding": {"input_dim": 9, "output_dim": 3},
    "GroupNormalization": {"groups": 2},
    "GroupQueryAttention": {"head_dim": 4, "num_query_heads": 4, "num_key_value_heads": 2},
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 3, "dropout": 0.1},
    "HashedCrossing": {"num_bins": 5},
    "Hashing": {"num_bins": 5},
    "IntegerLookup": {"vocabulary": [3, 5, 8]},
    "StringLookup": {"vocabulary": ["a", "b"]},
    "TextVectorization": {"vocabulary": ["a", "b"]},
    "MelSpectrogram": {"fft_length": 64, "sequence_stride": 16, "num_mel_bins": 8},
    "STFTSpectrogram": {"frame_length": 32, "frame_step": 16, "fft_length": 32},
    "Normalization": {"mean": 1.0, "variance": 2.0},
    "Permute": {"dims": (2, 1)},
    "MaxNumBoundingBoxes": {"max_number": 4},
    "RandomPosterization": {"factor": 3},
    "RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1},
    "Reshape": {"target_shape": (-1, 2)},
}
# By what a constructor asks for and does not give itself.
USUAL = {
    "units": 3,
    "filters": 4,
    "kernel_size": 2,
    "pool_size": 2,
    "output_size": 2,
    "rate": 0.2,
    "stddev": 0.2,
    "factor": 0.1,
    "height": 4,
    "width": 4,
    "scale": 0.5,
    "n": 2,
    "axes": 1,
    "value_range": (0, 1),
    "num_classes": 3,
    "target_class_ids": [0],
    "recall": 0.5,
    "precision": 0.5,
    "sensitivity": 0.5,
    "specificity": 0.5,
    "initial_learning_rate": 0.1,
    "decay_steps": 10,
    "decay_rate": 0.9,
    "first_decay_steps": 5,
    "boundaries": [5, 9],
    "values": [0.1, 0.05, 0.01],
    "side": "before",
    "num_bins": 5,
    "height_factor": 0.1,
    "num_tokens": 9,
}
SHAPES = [(8,), (6, 8), (8, 8, 3), (6, 6, 6, 3), (2, 8, 8, 3), (3, 6, 6, 6, 2), (1,), (256, 1)]
# Keras builds some layers on fewer axes than they can run on.
AXES = {
    "1D": 2,
    "2D": 3,
    "3D": 4,
    "Attention": 2,
    "CenterCrop": 3,
    "Resizing": 3,
    "STFTSpectrogram": 2,
}


def exported(module: Any) -> dict[str, type]:
    """The classes of a module by name, each once."""
    found = {}
    for name in dir(module):
        value = getattr(module, name)
        if inspect.isclass(value) and not name.islower() and name not in BASES | CODE:
            found.setdefault(value, name)
    return {name: value for value, name in found.items()}


def made(cls: type, name: str, **options: Any) -> Any:
    """One of a class, with what it asks for."""
    given = dict(SETTINGS.get(name, {}))
    for key, parameter in inspect.signature(cls).parameters.items():
        asked = parameter.default is inspect.Parameter.empty
        if asked and key in USUAL and key not in given:
            given[key] = USUAL[key]
    return cls(**(given | options))


def layer_of(name: str, cls: type) -> Any:
    """A layer of a class."""
    if name in {"Bidirectional", "RNN", "StackedRNNCells", "TimeDistributed", "ConvLSTMCell"}:
        inner = {
            "Bidirectional": lambda: layers.GRU(3),
            "RNN": lambda: layers.SimpleRNNCell(3),
            "StackedRNNCells": lambda: [layers.GRUCell(3), layers.LSTMCell(2)],
            "TimeDistributed": lambda: layers.Dense(3),
        }[name]()
        made_of = cls(inner)
        return layers.RNN(made_of) if name == "StackedRNNCells" else made_of
    if name.endswith("Cell"):
        return layers.RNN(cls(3))
    if name == "SpectralNormalization":
        return cls(layers.Dense(3))
    if name == "Pipeline":
        return cls([layers.RandomFlip(), layers.Rescaling(0.5)])
    return made(cls, name)


def called(name: str, make: Any) -> Any:
    """A model of one layer, on the first inputs that it takes, one or two."""
    errors = []
    fewest = next((axes for end, axes in AXES.items() if name.endswith(end)), 1)
    for shape in SHAPES:
        if len(shape) < fewest:
            continue
        for count in (1, 2):
            for dtype in ("float32", "int32", "string"):
                if dtype == "string" and keras.backend.backend() != "tensorflow":
                    continue
                layer = make()
                try:
                    inputs = [keras.Input(shape, dtype=dtype) for _ in range(count)]
                    if count == 1:
                        return keras.Model(inputs, layer(inputs[0]))
                    try:
                        return keras.Model(inputs, layer(inputs))
                    except Exception:  # noqa: BLE001  query and value, each by itself
                        return keras.Model(inputs, make()(*inputs))
                except Exception as error:  # noqa: BLE001  other inputs may do
                    errors.append(f"{type(error).__name__}: {error}")
    raise ValueError(errors[0])


def around(**options: Any) -> Any:
    """A model of one layer with an initializer, a regularizer or a constraint."""
    return keras.Sequential([keras.Input((4,)), layers.Dense(4, **options)])


def compiled(**options: Any) -> Any:
    """A small model, compiled and with the states of its optimizer."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile(**({"optimizer": "sgd", "loss": "mse"} | options))
    model.optimizer.build(model.trainable_variables)
    return model


def models() -> dict[str, Any]:
    """A function that makes a model, by the name of the class in it."""
    makers = {
        layers: lambda name, cls: called(name, lambda: layer_of(name, cls)),
        keras.losses: lambda name, cls: compiled(loss=made(cls, name)),
        keras.metrics: lambda name, cls: compiled(metrics=[metric(name, cls)]),
        keras.optimizers: lambda name, cls: compiled(optimizer=optimizer(name, cls)),
        keras.optimizers.schedules: lambda name, cls: compiled(
            optimizer=keras.optimizers.SGD(made(cls, name))
        ),
        keras.initializers: initialised,
        keras.regularizers: lambda _, cls: around(kernel_regularizer=cls()),
        keras.constraints: lambda _, cls: around(kernel_constraint=cls()),
    }
    found: dict[str, Any] = {}
    for module, make in makers.items():
        for name, cls in exported(module).items():
            key = f"{module.__name__.rpartition('.')[2]}.{name}"
            found[key] = lambda make=make, name=name, cls=cls: make(name, cls)
    for name in dir(keras.activations):
        function = getattr(keras.activations, name)
        if inspect.isfunction(function) and name not in {"deserialize", "get", "serialize"}:
            found[f"activations.{name}"] = lambda f=function: activated(f)
    return found


def activated(function: Any) -> Any:
    """A model with an activation as a layer, and as a setting of one."""
    named = [layers.Activation(function), layers.Dense(4, activation=function)]
    return keras.Sequential([keras.Input((4,)), *named])


def metric(name: str, cls: type) -> Any:
    """A metric of a class; one of a function for what wraps one."""
    return cls(keras.metrics.mean_squared_error) if name == "MeanMetricWrapper" else made(cls, name)


def optimizer(name: str, cls: type) -> Any:
    """An optimizer of a class; one around others for what wraps them."""
    if name == "MultiOptimizer":
        inner = keras.optimizers.OptimizerMap(keras.optimizers.Adam())
        inner[".*bias"] = keras.optimizers.SGD()
        return cls(inner)
    return cls(keras.optimizers.Adam()) if name == "LossScaleOptimizer" else made(cls, name)


def initialised(name: str, cls: type) -> Any:
    """A model with a kernel of an initializer, which knows its shape if it needs one."""
    if "STFT" in name:
        return keras.Sequential(
            [keras.Input((16, 1)), layers.Conv1D(5, 8, kernel_initializer=cls("real"))]
        )
    return around(kernel_initializer=cls())


def write(folder: Path) -> dict[str, str]:
    """Write all files; by class and format what prevented one, or `""`."""
    outcomes = {}
    for name, make in models().items():
        try:
            model = make()
        except Exception as error:  # noqa: BLE001  told
            outcomes[name] = f"{type(error).__name__}: {error}"[:300]
            continue
        for suffix in ("keras", "h5", "json"):
            path = folder / f"{name}.{suffix}"
            try:
                if suffix == "json":
                    path.write_text(model.to_json())
                else:
                    model.save(path)
            except Exception as error:  # noqa: BLE001  told
                path.unlink(missing_ok=True)
                outcomes[f"{name}.{suffix}"] = f"{type(error).__name__}: {error}"[:300]
            else:
                outcomes[f"{name}.{suffix}"] = ""
    return outcomes


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.stdout.write(json.dumps({"keras": keras.__version__, "files": write(Path(sys.argv[1]))}))
