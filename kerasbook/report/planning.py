"""`plan`: the report on a model that is never allocated."""

from __future__ import annotations

from contextvars import ContextVar
from threading import Thread

from kerasbook.checks import require
from kerasbook.errors import ArgumentError
from kerasbook.report.reading import explain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from kerasbook.graph import Fill
    from kerasbook.report.model_report import ModelReport
    from kerasbook.rules import Rule

__all__ = ["is_planning", "plan"]

_PLANNING = ContextVar("planning", default=False)


def is_planning() -> bool:
    """Whether a model is being planned: then no optimizer can be made, since it has weights."""
    return _PLANNING.get()


def plan(
    build: Callable[[], object],
    *,
    dtype: str | None = None,
    input_shapes: Fill = None,
    extra_rules: Mapping[str, Rule] | None = None,
) -> ModelReport:
    """The report on the model that a function builds, without a single weight in memory.

    Building it takes the time of its layers and none for its numbers, however many there are: what
    it would take to train is known before a machine is found for it.

    Args:
        build: a function without arguments that returns a Keras model.
        dtype: the policy to build it under: `"mixed_bfloat16"`, `"bfloat16"`; the current one if
            left out.
        input_shapes: as for `explain`.
        extra_rules: as for `explain`.

    Returns:
        The report: its `params`, `macs`, `memory(batch_size, optimizer=…)` and `largest_batch()`.

    Raises:
        ArgumentError: `build` is no function, returns no Keras model, or makes an optimizer.

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
    if not callable(build):
        raise ArgumentError(
            where="build",
            expected="be a function without arguments that returns a Keras model",
            received=f"build={build!r}",
        )
    keras = require("keras", extra="tensorflow")
    policy = keras.config.dtype_policy() if dtype is None else keras.dtype_policies.get(dtype)

    def report() -> ModelReport:
        _PLANNING.set(True)
        keras.config.set_dtype_policy(policy)
        with keras.StatelessScope(initialize_variables=False):
            model = _built(build)
        if not isinstance(model, keras.Layer):
            raise ArgumentError(
                where="build", expected="return a Keras model", received=f"{model!r}"
            )
        return explain(model, input_shapes=input_shapes, extra_rules=extra_rules)

    return _apart(report)


def _built(build: Callable[[], object]) -> object:
    try:
        return build()
    except ValueError as error:
        if "create a variable while in a stateless scope" not in str(error):
            raise
        raise ArgumentError(
            where="build",
            expected="not make an optimizer, nor compile the model, since those allocate",
            received="a function that does",
            mend="Compile what it returns, and give the optimizer to memory().",
        ) from error


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
