"""`explain`: the report on whatever holds a model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kerasbook.checks import boolean, choice, reject, require
from kerasbook.errors import SourceError, UnknownLayerError
from kerasbook.graph import build_graph, graph_rows
from kerasbook.report.model_report import ModelReport
from kerasbook.report.optimizers import read_optimizer
from kerasbook.report.rows import report_rows
from kerasbook.sources.config import read_config

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kerasbook.arithmetic import Params
    from kerasbook.files.model_file import ModelFile
    from kerasbook.graph import Fill, Graph, Model, Tracing
    from kerasbook.report.model_report import Backend
    from kerasbook.report.optimizers import Optimizer
    from kerasbook.report.rows import ReportRow
    from kerasbook.rules import Rule

__all__ = ["count_params", "explain", "make_report"]

# What decides how much an optimizer keeps.
_SETTINGS = (
    "amsgrad",
    "centered",
    "exclude_embeddings",
    "exclude_layers",
    "gradient_accumulation_steps",
    "momentum",
    "use_ema",
)


def explain(
    source: object,
    *,
    input_shapes: Fill = None,
    extra_rules: Mapping[str, Rule] | None = None,
    strict: bool = False,
    trace: Tracing = "unknown",
) -> ModelReport:
    """The report on a model: every layer's parameters, MACs and sizes, with their arithmetic.

    A file or a configuration is read as data: Keras is not imported, no weights are loaded, and
    nothing in it is executed.

    Args:
        source: a Keras model, the path of a `.keras` file (or of an older `.h5` file), the JSON of
            `model.to_json()`, or the dict of `model.get_config()`.
        input_shapes: sizes for what the model's inputs leave unspecified: one shape, a list with
            one per input, or a dict by input name; with or without the batch.
        extra_rules: rules for your own layers, by class name or registered name: functions from
            a `LayerSpec` to `LayerFacts`, as in `kerasbook.rules`. A layer that its rule refuses
            is unknown, with the error as the reason.
        strict: whether a layer that no rule knows is an error. Otherwise the report names it in
            `unknown`, and its totals are "at least".
        trace: of a model in memory, `"unknown"` traces what no rule knows on the backend that
            runs, without computing it; `"never"` leaves it unknown.

    Returns:
        The report; print it, or read its `rows`, `params`, `macs` and `memory()`.

    Raises:
        ArgumentError: `source` is nothing of the kind, `input_shapes` does not fit the model, or
            one of `extra_rules` is no rule.
        SourceError: the file or configuration is damaged, foreign or hostile.
        UnknownLayerError: `strict=True`, and there is a layer that no rule knows.

    Examples:
        >>> dense = {"class_name": "Dense", "config": {"name": "top", "units": 10}}
        >>> report = explain({"name": "net", "layers": [dense], "build_input_shape": [None, 128]})
        >>> report.params, report.params.text
        (Params(1290), '(128 + 1)·10 = 1,290')
        >>> report.rows[1].macs.text
        '128·10 = 1,280'
        >>> mine = {"class_name": "Mine", "module": "mylib", "config": {"name": "mine"}}
        >>> net = {"name": "net", "layers": [mine], "build_input_shape": [None, 128]}
        >>> explain(net).unknown
        ('mine',)
        >>> explain(net, strict=True)
        Traceback (most recent call last):
        kerasbook.errors.UnknownLayerError: every layer must be known with strict=True; unknown:
            mine (Mine is a class of the user's own; give its rule in extra_rules).
    """
    boolean("strict", strict)
    _check_rules(extra_rules)
    choice("trace", trace, ("unknown", "never"))
    with _opened(source) as (model, optimizer):
        graph = build_graph(
            model,
            input_shapes=input_shapes,
            extra_rules=extra_rules,
            trace=trace,
            errors="unknown",
        )
        report = make_report(graph, optimizer=optimizer, backend=_backend(source))
    if strict and (report.unknown or report.reason):
        found = "; ".join(_reasons(report, report.rows))
        raise UnknownLayerError(
            where="every layer", expected=f"be known with strict=True; unknown: {found}"
        )
    return report


def _reasons(report: ModelReport, rows: Iterable[ReportRow]) -> Iterator[str]:
    """What is unknown and why: of some layers, and of the model as a whole."""
    yield from (f"{row.name} ({row.reason})" for row in rows if row.reason)
    if report.reason:
        yield f"{report.name} ({report.reason})"


def _check_rules(rules: object) -> None:
    """Raise unless the rules are functions by the names of classes."""
    if rules is None:
        return
    expected = "be a dict of functions by class name"
    if not isinstance(rules, Mapping):
        reject("extra_rules", expected, rules)
    for name, rule in rules.items():
        if not isinstance(name, str):
            reject("extra_rules", expected, rules)
        if not callable(rule):
            reject(f"extra_rules[{name!r}]", "be a function from LayerSpec to LayerFacts", rule)


def count_params(source: object) -> Params:
    """The number of a model's parameters, with its arithmetic.

    Args:
        source: what `explain` takes.

    Returns:
        An integer with `.trainable`, `.non_trainable` and `.text`.

    Raises:
        ArgumentError: `source` holds no model.
        SourceError: the file or configuration is damaged, foreign or hostile.
        UnknownLayerError: the parameters of a layer are not known.

    Examples:
        >>> dense = {"class_name": "Dense", "config": {"name": "top", "units": 10}}
        >>> count_params({"name": "net", "layers": [dense], "build_input_shape": [None, 128]})
        Params(1290)
    """
    report = explain(source)
    if not report.params_known:
        missing = "; ".join(_reasons(report, [row for row in report.rows if row.params is None]))
        raise UnknownLayerError(
            where="the parameters of every layer",
            expected=f"be known; unknown: {missing}",
            mend="Use explain(source).params for those that are.",
        )
    return report.params


@contextmanager
def _opened(source: object) -> Iterator[tuple[Model, Optimizer | None]]:
    """The model as data, and the optimizer it was compiled with."""
    if isinstance(source, str | os.PathLike | Mapping):
        yield _read(source)
        return
    if not (hasattr(source, "get_config") and hasattr(source, "weights")):
        expected = "be a Keras model, the path of a model file, its JSON, or its config"
        reject("source", expected, source)
    from kerasbook.sources.live import opened_model  # noqa: PLC0415  imports Keras

    with opened_model(source) as model:
        yield model, _live_optimizer(getattr(source, "optimizer", None))


def _read(source: str | os.PathLike[str] | Mapping[str, object]) -> tuple[Model, Optimizer | None]:
    """The model of a configuration, its JSON or a file."""
    if isinstance(source, Mapping):
        return read_config(source), _compiled(source)
    from kerasbook.files import model_file  # noqa: PLC0415  only for JSON and files

    if isinstance(source, str) and source.lstrip().startswith("{"):
        file = model_file.read_model_json(source)
        return read_config(file.config), read_optimizer(file.optimizer)
    file = model_file.read_model_file(source)
    return _with_stored(read_config(file.config), file, source), read_optimizer(file.optimizer)


def _with_stored(model: Model, file: ModelFile, source: str | os.PathLike[str]) -> Model:
    """The model with the weights that its file stores, if their arrays can be listed."""
    if file.format == "json":
        return model
    from kerasbook.safety.arrays import list_arrays  # noqa: PLC0415  only for files with weights
    from kerasbook.sources.stored import with_stored  # noqa: PLC0415  likewise

    try:
        arrays = list_arrays(os.fspath(source), file.format)
    except SourceError:  # what the file says of the model is sound all the same
        return model
    return model if arrays is None else with_stored(model, arrays, file_format=file.format)


def make_report(
    graph: Graph, *, optimizer: Optimizer | None = None, backend: Backend | None = None
) -> ModelReport:
    """The report on a graph, for a model compiled with that optimizer that runs on that backend."""
    return ModelReport(
        name=graph.name,
        class_name=graph.class_name,
        rows=tuple(report_rows(graph_rows(graph))),
        input_names=graph.inputs,
        output_shapes=graph.output_shapes,
        optimizer=optimizer,
        backend=backend,
        graph=graph,
        reason=graph.reason,
    )


def _backend(source: object) -> Backend | None:
    """The backend that a model in memory runs on; `None` if it was read as data."""
    if isinstance(source, Mapping | str | os.PathLike):
        return None
    backend: Backend = require("keras", extra="tensorflow").backend.backend()
    return backend


def _compiled(config: Mapping[str, object]) -> Optimizer | None:
    compiled = config.get("compile_config")
    return read_optimizer(compiled.get("optimizer")) if isinstance(compiled, Mapping) else None


def _live_optimizer(optimizer: Any) -> Optimizer | None:  # noqa: ANN401  one of Keras, or None
    """An optimizer in memory; one whose configuration cannot be written down, by its settings."""
    if optimizer is None:
        return None
    try:
        config = optimizer.get_config()
    except Exception:  # noqa: BLE001  a schedule of the user's own may raise anything
        config = {each: getattr(optimizer, each, None) for each in _SETTINGS}
        if "inner_optimizer" in vars(optimizer):
            config["inner_optimizer"] = _live_optimizer(optimizer.inner_optimizer)
        if callable(getattr(optimizer, "_learning_rate", None)):  # a schedule
            config["learning_rate"] = {}
    return read_optimizer({"class_name": type(optimizer).__name__, "config": config})
