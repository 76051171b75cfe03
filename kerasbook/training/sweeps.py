"""`sweep`: many candidates of one builder, on all workers that share a storage."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from kerasbook.checks import choice, positive_integer, reject, require, string
from kerasbook.errors import ArgumentError
from kerasbook.report import explain, plan
from kerasbook.training.sweep_results import read_study
from kerasbook.training.sweep_space import read_space, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kerasbook.training.sweep_results import Sweep
    from kerasbook.training.sweep_space import Space

__all__ = ["sweep"]

_LOWER_IS_BETTER = ("loss", "error", "entropy", "divergence")
# A sweep ends when this many candidates were rejected for each one to be trained.
_MOST_REJECTED = 20
_HEARTBEAT_SECONDS, _GRACE_SECONDS = 15, 60
_MOST_RETRIES = 1


def sweep(
    builder: Callable[..., Any],
    space: Space,
    fit: Mapping[str, Any],
    *,
    trials: int = 20,
    storage: str | None = None,
    name: str = "sweep",
    monitor: str = "val_loss",
    direction: Literal["minimize", "maximize"] | None = None,
    max_params: int | None = None,
    max_macs: int | None = None,
    max_bytes: int | None = None,
    seed: int | None = None,
    heartbeat_seconds: int = _HEARTBEAT_SECONDS,
) -> Sweep:
    """The results of training many candidates of a model.

    Start the same script on as many machines as you like, with the same `storage`: the workers
    share the candidates. If a worker is killed, the others notice its missing heartbeat and try its
    candidate again. A candidate that is worse than the others at the same epoch is stopped. One
    above a budget is never built: its size is computed without its weights.

    Args:
        builder: a function that returns a compiled model: one of kerasbook's, or your own. Of
            your own, models that are compiled there are built before budgets are checked.
        space: for each argument of the builder a list of choices, or a `Between`.
        fit: the arguments of `model.fit`: `{"x": …, "y": …, "epochs": 5}`; `verbose` is 0 if left
            out.
        trials: number of candidates to train, by all workers together.
        storage: the URL of a database that all workers reach, `"postgresql://…"`; for workers on
            one machine a file will do, `"sqlite:///sweep.db"`. Without one, the candidates are kept
            in memory.
        name: the name of the sweep in the storage; an existing sweep of that name is continued.
        monitor: the metric to compare, a key of the training's history.
        direction: whether less or more is better; by default derived from the name of `monitor`.
        max_params: the largest number of parameters allowed.
        max_macs: the largest number of multiply-accumulates allowed for one sample.
        max_bytes: the largest size of the weights allowed, in bytes.
        seed: the seed of the candidates that this worker draws.
        heartbeat_seconds: interval of a worker's heartbeats; a worker without one for four
            intervals counts as dead.

    Returns:
        All candidates; print the result, or draw it with `SweepDisplay`.

    Raises:
        ArgumentError: an argument is wrong, or the training's history lacks `monitor`.
        MissingDependencyError: Optuna is not installed.

    Reference:
        Akiba et al., *Optuna: a next-generation hyperparameter optimization framework*, 2019.
    """
    values = read_space(space)
    positive_integer("trials", trials)
    positive_integer("heartbeat_seconds", heartbeat_seconds)
    if not callable(builder):
        reject("builder", "be a function that returns a model", builder)
    if direction is None:
        lower = string("monitor", monitor).endswith(_LOWER_IS_BETTER)
        direction = "minimize" if lower else "maximize"
    choice("direction", direction, ("minimize", "maximize"))
    budgets = {"max_params": max_params, "max_macs": max_macs, "max_bytes": max_bytes}
    optuna: Any = require("optuna", extra="tune")
    with _quiet(optuna):
        study = optuna.create_study(
            storage=_storage(optuna, storage, heartbeat_seconds),
            study_name=string("name", name),
            direction=direction,
            sampler=optuna.samplers.TPESampler(seed=seed),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1),
            load_if_exists=True,
        )

    def objective(trial: Any) -> float:  # noqa: ANN401  Optuna's
        return _train(trial, builder, suggest(trial, values), fit, monitor, budgets)

    with _quiet(optuna):
        if not _is_over(study, trials):
            study.optimize(objective, callbacks=[_stop_after(trials)])
    return read_study(study, monitor=monitor)


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:  # noqa: ANN401  the module
    """Silence Optuna's log of each candidate: the result has them all."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)


def _storage(optuna: Any, url: str | None, heartbeat_seconds: int) -> Any:  # noqa: ANN401  Optuna's
    """An Optuna storage whose workers send heartbeats."""
    if url is None:
        return None
    retry = optuna.storages.RetryFailedTrialCallback(max_retry=_MOST_RETRIES)
    return optuna.storages.RDBStorage(
        string("storage", url),
        heartbeat_interval=heartbeat_seconds,
        grace_period=heartbeat_seconds * _GRACE_SECONDS // _HEARTBEAT_SECONDS,
        failed_trial_callback=retry,
    )


def _is_over(study: Any, trials: int) -> bool:  # noqa: ANN401  Optuna's
    """Whether enough candidates were trained, or too many were rejected."""
    done = [trial for trial in study.trials if trial.state.name in {"COMPLETE", "PRUNED"}]
    rejected = sum("rejected" in trial.user_attrs for trial in done)
    return len(done) - rejected >= trials or rejected >= _MOST_REJECTED * trials


def _stop_after(trials: int) -> Callable[[Any, Any], None]:
    def stop(study: Any, _: Any) -> None:  # noqa: ANN401  Optuna's
        if _is_over(study, trials):
            study.stop()

    return stop


def _train(  # noqa: PLR0917  one call
    trial: Any,  # noqa: ANN401  Optuna's
    builder: Callable[..., Any],
    arguments: Mapping[str, object],
    fit: Mapping[str, Any],
    monitor: str,
    budgets: Mapping[str, int | None],
) -> float:
    """The best value of the monitored metric of one candidate, after training it."""
    model = None
    try:
        report = plan(partial(builder, **arguments))
    except ArgumentError as error:
        if error.__cause__ is None:
            _reject(trial, str(error))
        # The error is Keras's: a builder that compiles its model needs real weights.
        model = builder(**arguments)
        report = explain(model)
    trial.set_user_attr("params", int(report.params))
    trial.set_user_attr("macs", int(report.macs))
    missed = report.budget(**budgets).missed
    if missed:
        _reject(trial, "; ".join(f"{line.name} {line.verdict}" for line in missed))
    model = builder(**arguments) if model is None else model
    pruning = _pruning(trial, monitor)
    settings = {"verbose": 0, **fit}
    settings["callbacks"] = [*settings.get("callbacks", ()), pruning]
    history = model.fit(**settings).history
    if monitor not in history:
        reject("monitor", f"be one of {', '.join(sorted(history))}", monitor)
    if pruning.pruned:
        raise _pruned()
    best = min if trial.study.direction.name == "MINIMIZE" else max
    return float(best(history[monitor]))


def _reject(trial: Any, reason: str) -> None:  # noqa: ANN401  Optuna's
    trial.set_user_attr("rejected", reason)
    raise _pruned()


def _pruned() -> Exception:
    error: Exception = require("optuna", extra="tune").TrialPruned()
    return error


def _pruning(trial: Any, monitor: str) -> Any:  # noqa: ANN401  a Keras callback
    """A callback that reports each epoch, and stops a training that is worse than others."""
    keras: Any = require("keras", extra="tensorflow")

    class Pruning(keras.callbacks.Callback):  # type: ignore[misc]
        pruned = False

        def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
            value = (logs or {}).get(monitor)
            if value is not None:
                trial.report(float(value), epoch)
                self.pruned = trial.should_prune()
                self.model.stop_training = self.model.stop_training or self.pruned

    return Pruning()
