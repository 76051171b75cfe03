"""Keras objects from their names, configurations or themselves: checked before a layer takes them.

What belongs to the model itself (activations, initializers, regularizers) must be Keras's own, so
that a saved model opens with Keras alone. What it is trained with may be the user's.
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
    "activation",
    "compile_arguments",
    "data_format_of",
    "in_half_precision",
    "initializer",
    "regularizer",
]

# What users may give: a name, a configuration, an object, and where Keras takes one a function.
ActivationLike: TypeAlias = "str | dict[str, Any] | Callable[..., Any] | keras.Layer | None"
InitializerLike: TypeAlias = "str | dict[str, Any] | keras.Initializer"
RegularizerLike: TypeAlias = "str | dict[str, Any] | keras.Regularizer | None"
OptimizerLike: TypeAlias = "str | dict[str, Any] | keras.Optimizer"
LossLike: TypeAlias = "str | dict[str, Any] | Callable[..., Any] | keras.Loss"
MetricLike: TypeAlias = "str | dict[str, Any] | Callable[..., Any] | keras.Metric"

# What an activation becomes: the name of a function, or the class and configuration of a layer.
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
# What these raise on a name, a configuration or an object that they cannot interpret.
_KERAS_ERRORS = (ValueError, TypeError, KeyError, AttributeError, ImportError)


@dataclass(frozen=True, slots=True)
class Training:
    """What a model is compiled with, as given; `None` stands for the builder's own choice."""

    optimizer: object
    loss: object
    metrics: object
    default_optimizer: tuple[str, dict[str, float]]


def _keras() -> Any:  # noqa: ANN401  the module, which publishes no types
    return require("keras", extra="tensorflow")


# ------------------------------------------------------------------------ parts of the model


def activation(label: str, value: object) -> Activation:
    """An activation as plain data.

    Examples:
        >>> activation("activation", "relu")
        'relu'
        >>> activation("activation", "LeakyReLU")
        ('LeakyReLU', {})
        >>> activation("activation", "rleu")
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
    """What makes an initializer of Keras for one layer, given that layer's seed.

    Each layer gets its own: an initializer draws the same numbers at each call. One that comes
    with a seed keeps it. None is made without a seed before it is known whether there is one,
    because that draws from Python's global random state.
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
    """Whether this is one of Keras's random initializers, the class itself."""
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
    """A regularizer of Keras, or none."""
    return None if value is None else _own(label, value, "regularizers")


# ------------------------------------------------------------------------------- compiling


def compile_arguments(
    training: Training, defaults: tuple[str, tuple[str, ...]] | None, *, accuracy: str | None = None
) -> dict[str, Any] | None:
    """The arguments of `model.compile`; `None` for a backbone, which has no loss.

    Args:
        training: what the user gave.
        defaults: loss and metrics of the head; `None` if there is no head.
        accuracy: the class of `keras.metrics` that the name "accuracy" stands for, and with it the
            head's loss for the name "crossentropy"; `None` where Keras finds both by the shape of
            the labels.
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
    """A new optimizer: one object given to two models must not keep the state of both."""
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
    """Whether this name stands for the crossentropy that Keras finds by the shape of the labels.

    https://keras.io/api/models/model_training_apis/
    """
    return isinstance(loss, str) and loss.lower() in ("ce", "crossentropy")


def _metrics(value: object, accuracy: str | None) -> list[Any]:
    """Each metric as Keras takes it: names stay names, objects are copied like optimizers."""
    if (several := entries(value)) is not None:
        labeled = {f"metrics[{index}]": plain(entry) for index, entry in enumerate(several)}
    else:
        labeled = {"metrics": plain(value)}
    return [_metric(label, entry, accuracy) for label, entry in labeled.items()]


def _metric(label: str, value: object, accuracy: str | None) -> Any:  # noqa: ANN401  as Keras takes it
    # These names stand for the accuracy that fits the labels, as for losses above.
    if isinstance(value, str) and value.lower() in ("acc", "accuracy"):
        return value if accuracy is None else getattr(_keras().metrics, accuracy)(name=value)
    found = _get(label, value, "metrics")
    if isinstance(value, str):
        return value
    shared = found is value and isinstance(found, _keras().metrics.Metric)
    return _copy(label, found) if shared else found


def _copy(label: str, value: Any) -> Any:  # noqa: ANN401  a Keras object
    """An object with the same settings and no state."""
    keras = _keras()
    schedule = keras.optimizers.schedules.LearningRateSchedule
    # Keras finds a user's own class in a configuration only where it is registered.
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
    """Where the channels are; Keras's own setting if the argument is `None`."""
    if value is None:
        return str(_keras().config.image_data_format())
    return choice("data_format", value, ("channels_last", "channels_first"))


def in_half_precision() -> bool:
    """Whether layers compute in 16 bits by default."""
    return str(_keras().config.dtype_policy().compute_dtype) in ("float16", "bfloat16")


# ---------------------------------------------------------------------------------- lookup


def _own(label: str, value: object, family: str) -> Any:  # noqa: ANN401  a Keras object
    """An object of one family whose class is Keras's."""
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
    """What Keras makes of a name, a configuration or an object; `get` in place of the family's."""
    try:
        # Some of these write into the configuration that they are given.
        argument = deepcopy(value) if isinstance(value, dict) else value
        found = (get or getattr(_keras(), family).get)(argument)
    except _KERAS_ERRORS:
        _refuse(label, value, family)
    return _refuse(label, value, family) if found is None else found


def _names(family: str) -> list[str]:
    """The names by which Keras knows the members of a family, in lower case as in its examples."""
    members = [name for name in dir(getattr(_keras(), family)) if not name.startswith("_")]
    if family == "optimizers":
        members = [name.lower() for name in members]
    return [
        name
        for name in members
        if name.islower() and name not in ("get", "serialize", "deserialize", "legacy", "schedules")
    ]


def _refuse(label: str, value: object, family: str) -> NoReturn:
    """Raise the error for an object that Keras does not know, naming a near miss."""
    from difflib import get_close_matches  # noqa: PLC0415  only a wrong name pays for it

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
