"""Keras objects from a name, a configuration or an object, checked before a layer uses them.

The objects inside a model (activations, initializers, regularizers) must be Keras's own, so that a
saved model opens with Keras alone. Optimizers, losses and metrics may be the user's.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from inspect import isclass, signature
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from kerasbook.checks import choice, reject, require
from kerasbook.values import entries, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

__all__ = [
    "Activation",
    "ActivationLike",
    "InitializerLike",
    "LossLike",
    "MetricLike",
    "OptimizerLike",
    "RegularizerLike",
    "Training",
    "compile_arguments",
    "data_format_of",
    "in_half_precision",
    "initializer",
    "read_activation",
    "regularizer",
]

# The types of arguments: a name, a configuration, an object, or a function where Keras takes one.
ActivationLike: TypeAlias = "str | dict[str, Any] | Callable[..., Any] | keras.Layer | None"
InitializerLike: TypeAlias = "str | dict[str, Any] | keras.Initializer"
RegularizerLike: TypeAlias = "str | dict[str, Any] | keras.Regularizer | None"
OptimizerLike: TypeAlias = "str | dict[str, Any] | keras.Optimizer"
LossLike: TypeAlias = "str | dict[str, Any] | Callable[..., Any] | keras.Loss"
MetricLike: TypeAlias = "str | dict[str, Any] | Callable[..., Any] | keras.Metric"

# An activation as plain data: the name of a function, or the class and configuration of a layer.
Activation: TypeAlias = "str | tuple[str, dict[str, Any]] | None"

_ACTIVATION_LAYERS = ("Activation", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax")
# family: (base class, an example of what to write)
_FAMILIES = {
    "activations": ("", "'relu', 'LeakyReLU' or None"),
    "initializers": ("Initializer", "'glorot_uniform' or keras.initializers.HeNormal()"),
    "regularizers": ("Regularizer", "'l2' or keras.regularizers.L2(0.0001)"),
    "optimizers": ("Optimizer", "'adam' or keras.optimizers.Adam(learning_rate=0.0005)"),
    "losses": ("Loss", "'categorical_crossentropy' or leave it out"),
    "metrics": ("Metric", "'accuracy', or a list of several"),
}
# The errors of Keras's functions `get` for a name, a configuration or an object that is wrong.
_KERAS_ERRORS = (ValueError, TypeError, KeyError, AttributeError, ImportError)


@dataclass(frozen=True, slots=True)
class Training:
    """The user's arguments for compiling a model; `None` stands for the builder's default."""

    optimizer: object
    loss: object
    metrics: object
    default_optimizer: tuple[str, dict[str, float]]


def _keras() -> Any:  # noqa: ANN401  the module, which publishes no types
    return require("keras", extra="tensorflow")


# ------------------------------------------------------------------------ parts of the model


def read_activation(label: str, value: object) -> Activation:
    """The activation as plain data, from a name, configuration, function or layer.

    Examples:
        >>> read_activation("activation", "relu")
        'relu'
        >>> read_activation("activation", "LeakyReLU")
        ('LeakyReLU', {})
        >>> read_activation("activation", "rleu")
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: activation must be one of Keras's activations (name,
            configuration, function or layer), so that a saved model opens with Keras alone;
            received activation='rleu'. Did you mean 'relu'?
    """
    keras = _keras()
    if value is None:
        return None
    if isinstance(value, str) and value in _ACTIVATION_LAYERS[1:]:
        return value, {}
    if isinstance(value, dict) and value.get("class_name") in _ACTIVATION_LAYERS:
        value = _get(label, value, "activations", get=_activation_layer)
    name = value if isinstance(value, str) else getattr(value, "__name__", "")
    function = getattr(keras.activations, name, None) if name in _names("activations") else None
    if function is not None and (isinstance(value, str) or value is function):
        return None if name == "linear" else str(name)
    class_name = type(value).__name__
    if class_name in _ACTIVATION_LAYERS and type(value) is getattr(keras.layers, class_name):
        config = value.get_config()  # type: ignore[attr-defined]
        return class_name, {key: config[key] for key in config if key not in ("name", "dtype")}
    return _refuse(label, value, "activations")


def _activation_layer(config: dict[str, Any]) -> object:
    return getattr(_keras().layers, config["class_name"]).from_config(config["config"])


def initializer(label: str, value: object) -> Callable[[int | None], Any]:
    """A function that returns the initializer of one layer, given the layer's seed.

    Each layer needs its own initializer, because one object draws the same numbers at each call. An
    initializer with a seed of its own keeps it. No initializer is made without a seed if the layer
    has one, because that would draw from Python's global random state.
    """
    keras = _keras()
    kind: Any = value
    config: Any = {}
    if isinstance(value, dict):
        kind, config = value.get("class_name"), value.get("config")
    elif isinstance(value, keras.initializers.Initializer):
        kind, config = type(value), value.get_config()
    if isinstance(kind, str):
        kind = getattr(keras.initializers, kind, None)
    if not _is_seedable(kind) or not isinstance(config, dict) or config.get("seed") is not None:
        found = _own(label, value, "initializers")
        return lambda _: found

    def make(seed: int | None) -> Any:  # noqa: ANN401  a Keras object
        return kind.from_config({**config, "seed": seed})

    _get(label, value, "initializers", get=lambda _: make(0))
    return make


def _is_seedable(kind: object) -> bool:
    """Whether this is the class of one of Keras's random initializers."""
    base = _keras().initializers.Initializer
    return (
        isclass(kind)
        and issubclass(kind, base)
        and _is_of_keras(kind)
        and "seed" in signature(kind).parameters
    )


def _is_of_keras(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == "keras"


def regularizer(label: str, value: object) -> Any:  # noqa: ANN401  a Keras object
    """A Keras regularizer, or `None`."""
    return None if value is None else _own(label, value, "regularizers")


# ------------------------------------------------------------------------------- compiling


def compile_arguments(
    training: Training, defaults: tuple[str, tuple[str, ...]] | None, *, accuracy: str | None = None
) -> dict[str, Any] | None:
    """The arguments of `model.compile`; `None` for a backbone, which has no loss.

    Args:
        training: the user's arguments.
        defaults: loss and metrics of the head; `None` if there is no head.
        accuracy: the class of `keras.metrics` that the name "accuracy" stands for; the name
            "crossentropy" then stands for the head's loss. `None` if Keras finds both from the
            shape of the labels.
    """
    if defaults is None and training.loss is None:
        for name in ("optimizer", "metrics"):
            if (value := getattr(training, name)) is not None:
                mend = "Give loss=… too, or compile the model that you build on the backbone."
                reject(name, "be left out with head=None, which has no loss", value, mend=mend)
        return None
    loss, metrics = defaults or (None, ())
    own = training.loss is not None and not (accuracy and _is_any_crossentropy(training.loss))
    return {
        "optimizer": _optimizer(training),
        "loss": _loss(plain(training.loss)) if own else loss,
        "metrics": _metrics(metrics if training.metrics is None else training.metrics, accuracy),
    }


def _optimizer(training: Training) -> Any:  # noqa: ANN401  a Keras object
    """A new optimizer: one object in two models would mix their states."""
    keras = _keras()
    if training.optimizer is None:
        class_name, settings = training.default_optimizer
        return getattr(keras.optimizers, class_name)(**settings)
    given = plain(training.optimizer)
    found = _get("optimizer", given, "optimizers")
    return _copy("optimizer", found) if found is given else found


def _loss(value: object) -> Any:  # noqa: ANN401  a Keras object, a function or a name
    if _is_any_crossentropy(value):
        return value
    found = _get("loss", value, "losses")
    return value if isinstance(value, str) else found


def _is_any_crossentropy(loss: object) -> bool:
    """Whether this name stands for the crossentropy that Keras chooses by the shape of the labels.

    https://keras.io/api/models/model_training_apis/
    """
    return isinstance(loss, str) and loss.lower() in ("ce", "crossentropy")


def _metrics(value: object, accuracy: str | None) -> list[Any]:
    """The metrics as Keras takes them: names stay names, and objects are copied like optimizers."""
    if (several := entries(value)) is not None:
        labeled = {f"metrics[{index}]": plain(entry) for index, entry in enumerate(several)}
    else:
        labeled = {"metrics": plain(value)}
    return [_metric(label, entry, accuracy) for label, entry in labeled.items()]


def _metric(label: str, value: object, accuracy: str | None) -> Any:  # noqa: ANN401  as Keras takes it
    # Keras chooses the accuracy for these names by the shape of the labels, as for losses above.
    if isinstance(value, str) and value.lower() in ("acc", "accuracy"):
        return value if accuracy is None else getattr(_keras().metrics, accuracy)(name=value)
    found = _get(label, value, "metrics")
    if isinstance(value, str):
        return value
    shared = found is value and isinstance(found, _keras().metrics.Metric)
    return _copy(label, found) if shared else found


def _copy(label: str, value: Any) -> Any:  # noqa: ANN401  a Keras object
    """A copy of an object with its settings and without its state."""
    keras = _keras()
    schedule = keras.optimizers.schedules.LearningRateSchedule
    # Keras finds a user's own class in a configuration only if it is registered.
    own = {type(x).__name__: type(x) for x in vars(value).values() if isinstance(x, schedule)}
    try:
        with keras.saving.custom_object_scope(own):
            return type(value).from_config(value.get_config())
    except (*_KERAS_ERRORS, NotImplementedError) as error:
        reject(
            label,
            "be an object that Keras can copy from its configuration",
            value,
            mend=f"Its get_config() or from_config() fails: {error}",
        )


# -------------------------------------------------------------------------------- settings


def data_format_of(value: object) -> str:
    """`"channels_last"` or `"channels_first"`; Keras's setting if the argument is `None`."""
    if value is None:
        return str(_keras().config.image_data_format())
    return choice("data_format", value, ("channels_last", "channels_first"))


def in_half_precision() -> bool:
    """Whether layers compute in 16 bits by default."""
    return str(_keras().config.dtype_policy().compute_dtype) in ("float16", "bfloat16")


# ---------------------------------------------------------------------------------- lookup


def _own(label: str, value: object, family: str) -> Any:  # noqa: ANN401  a Keras object
    """The object of a family such as "initializers", whose class must be Keras's own."""
    found = None if value is None else _get(label, value, family)
    base = getattr(getattr(_keras(), family), _FAMILIES[family][0])
    if not isinstance(found, base) or not _is_of_keras(type(found)):
        _refuse(label, value, family)
    return found


def _get(
    label: str,
    value: object,
    family: str,
    *,
    get: Callable[[Any], object] | None = None,
) -> Any:  # noqa: ANN401  a Keras object
    """The Keras object of a name, configuration or object, by `get` or the family's own `get`."""
    try:
        # Some of these write into the configuration that they are given.
        argument = deepcopy(value) if isinstance(value, dict) else value
        found = (get or getattr(_keras(), family).get)(argument)
    except _KERAS_ERRORS:
        _refuse(label, value, family)
    return _refuse(label, value, family) if found is None else found


def _names(family: str) -> list[str]:
    """Keras's names of the members of a family, in lower case as in its examples."""
    members = [name for name in dir(getattr(_keras(), family)) if not name.startswith("_")]
    if family == "optimizers":
        members = [name.lower() for name in members]
    return [
        name
        for name in members
        if name.islower() and name not in ("get", "serialize", "deserialize", "legacy", "schedules")
    ]


def _refuse(label: str, value: object, family: str) -> NoReturn:
    """Raise the error for an object that Keras does not know; the message names a similar one."""
    from difflib import get_close_matches  # noqa: PLC0415  needed for messages only

    own = family in ("activations", "initializers", "regularizers")
    forms = "function or layer" if family == "activations" else "or object"
    near: list[str] = []
    if isinstance(value, str):
        extra = {"activations": _ACTIVATION_LAYERS[1:], "metrics": ("accuracy",)}.get(family, ())
        known = {name.lower(): name for name in (*extra, *_names(family))}
        near = [known[name] for name in get_close_matches(value.lower(), known, n=1)]
    reject(
        label,
        f"be one of Keras's {family} (name, configuration{',' * (family == 'activations')} {forms})"
        + ", so that a saved model opens with Keras alone" * own,
        value,
        mend=f"Did you mean {near[0]!r}?" if near else f"Use {_FAMILIES[family][1]}.",
    )
