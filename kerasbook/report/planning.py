"""`plan`: the report on a model that is never allocated."""

# Keras publishes no types:
# ruff: noqa: ANN401

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock, Thread, get_ident
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

from kerasbook.checks import require
from kerasbook.errors import ArgumentError
from kerasbook.report.reading import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kerasbook.graph import Fill
    from kerasbook.report.model_report import ModelReport
    from kerasbook.rules import Rule

__all__ = ["plan"]

_BUILDING: set[int] = set()  # the threads that build a model for a plan
_LOCK = Lock()
_NEED_VALUES = frozenset(  # of a model; building an optimizer is the other
    ("evaluate", "fit", "predict", "quantize", "test_on_batch", "train_on_batch")
)


def plan(
    build: Callable[[], object],
    *,
    dtype: str | None = None,
    input_shapes: Fill = None,
    extra_rules: Mapping[str, Rule] | None = None,
) -> ModelReport:
    """The report on the model that a function builds, without a single weight in memory.

    Building it takes the time of its layers and none for its numbers, however many there are: what
    it would take to train is known before a machine is found for it. Layers from outside that the
    function calls are afterwards as they were.

    Args:
        build: a function without arguments that returns a Keras model.
        dtype: the policy to build it under: `"mixed_bfloat16"`, `"bfloat16"`; the current one if
            left out.
        input_shapes: as for `explain`.
        extra_rules: as for `explain`.

    Returns:
        The report: its `params`, `macs`, `memory(batch_size, optimizer=…)` and `largest_batch()`.

    Raises:
        ArgumentError: `build` is no function, returns no Keras model, or fails in what needs the
            numbers of weights: training, evaluating, quantising, building an optimizer.

    Examples:
        >>> import keras
        >>> def build():
        ...     inputs = keras.Input((300_000,))
        ...     return keras.Model(inputs, keras.layers.Dense(300_000, use_bias=False)(inputs))
        >>> report = plan(build)
        >>> report.params.text
        '300000·300000 = 90,000,000,000'
        >>> report.memory(optimizer="sgd").weights_bytes
        360000000000
        >>> plan(build, dtype="bfloat16").memory(optimizer="sgd").weights_bytes
        180000000000
        >>> plan(lambda: 3)
        Traceback (most recent call last):
        kerasbook.errors.ArgumentError: build must return a Keras model; received 3.

    Reference:
        Keras, `keras.StatelessScope`: variables made inside it have a shape and no value.
    """
    from kerasbook.tracing import untouched  # noqa: PLC0415  only who plans loads a tracer

    if not _takes_nothing(build):
        raise ArgumentError(
            where="build",
            expected="be a function without arguments that returns a Keras model",
            received=f"build={build!r}",
        )
    keras = require("keras", extra="tensorflow")
    policy = keras.config.dtype_policy() if dtype is None else keras.dtype_policies.get(dtype)

    def report() -> ModelReport:
        keras.config.set_dtype_policy(policy)
        keras.config.disable_traceback_filtering()  # in this thread: `_failed_method` reads it
        with untouched(build):
            with keras.StatelessScope(initialize_variables=False), _values_wait(keras.Variable):
                model = _built(build)
            if not isinstance(model, keras.Layer):
                raise ArgumentError(
                    where="build", expected="return a Keras model", received=f"{model!r}"
                )
            return explain(model, input_shapes=input_shapes, extra_rules=extra_rules)

    return _apart(report)


def _takes_nothing(build: object) -> bool:
    """Whether it can be called without arguments."""
    from inspect import signature  # noqa: PLC0415  it starts slowly, and only who plans needs it

    if not callable(build):
        return False
    try:
        signature(build).bind()
    except TypeError:
        return False
    except ValueError:  # it does not say
        return True
    return True


def _built(build: Callable[[], object]) -> object:
    try:
        return build()
    except Exception as error:
        method = _failed_method(error)
        if method:
            message, _, _ = str(error).strip().partition("\n")
            raise ArgumentError(
                where="build",
                expected="do without the values of weights, which a plan does not make",
                received=f"{method}(), which raised {type(error).__name__}: {message.rstrip('.')}",
                mend=f"Leave {method}() to the real model, outside plan().",
            ) from error
        error.add_note(
            "While plan() runs build(), weights have a shape and no value. What needs values, such "
            "as training, building an optimizer or writing a file, must wait for the real model."
        )
        raise


def _failed_method(error: BaseException) -> str:
    """The method of Keras that an error comes from, of those that need values; `""` if of none."""
    for frame, _ in walk_tb(error.__traceback__):
        module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_name
        if not module.startswith("keras."):
            continue
        if name in _NEED_VALUES:
            return name
        if name == "build" and "optimizer" in module:
            return "optimizer.build"
    return ""


@contextmanager
def _values_wait(variable: Any) -> Iterator[None]:
    """Let variables that are made from a value wait too, in this thread.

    In a stateless scope those wait that are made from an initializer. The steps of an optimizer
    and its learning rate, states and metrics are made from a value.
    """

    def init(  # noqa: PLR0917  the order of Keras
        self: Any, initializer: Any, shape: Any = None, dtype: Any = None, **options: Any
    ) -> None:
        if get_ident() in _BUILDING and not (callable(initializer) or isinstance(initializer, str)):
            value = self._convert_to_tensor(initializer, dtype=dtype)
            shape, dtype = tuple(value.shape), value.dtype if dtype is None else dtype

            def initializer(*_: object, **__: object) -> object:
                return value

        super(variable, self).__init__(initializer, shape, dtype, **options)

    with _LOCK:
        if not _BUILDING:
            variable.__init__ = init
        _BUILDING.add(get_ident())
    try:
        yield
    finally:
        with _LOCK:
            _BUILDING.remove(get_ident())
            if not _BUILDING:
                del variable.__init__


def _apart(work: Callable[[], ModelReport]) -> ModelReport:
    """What a function returns or raises in a thread of its own.

    Keras keeps the variables that wait for their values per thread, and the next scope that closes
    in a thread allocates them all. Those of a plan end with its thread, also where it fails.
    """
    found: dict[str, Any] = {}

    def run() -> None:
        try:
            found["report"] = work()
        except BaseException as error:  # noqa: BLE001  raised again where it belongs
            found["error"] = error

    thread = Thread(target=run, name="kerasbook.plan", daemon=True)
    thread.start()
    thread.join()
    if "error" in found:
        raise found["error"]
    report: ModelReport = found["report"]
    return report
