"""Learn Keras by building it: plain models, numbers that show their arithmetic, pictures.

`import kerasbook` loads nothing but this table of names; a module, and what it needs, is imported
when the first of its names is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

# Where each public name lives. The tests hold this table against each module's `__all__`, the
# imports below (which type checkers read) and the documentation.
_HOME = {
    "ActivationDisplay": "displays",
    "ArgumentError": "errors",
    "BatchDisplay": "displays",
    "Change": "report",
    "ClassMosaicDisplay": "displays",
    "Comparison": "report",
    "ConfusionDisplay": "displays",
    "ConvolutionStepDisplay": "displays",
    "EdgeFilterDisplay": "displays",
    "FilterDisplay": "displays",
    "FitDisplay": "displays",
    "HistoryDisplay": "displays",
    "KerasbookError": "errors",
    "LiveHistory": "displays",
    "Memory": "report",
    "MissingDependencyError": "errors",
    "ModelReport": "report",
    "PredictionGridDisplay": "displays",
    "ReportRow": "report",
    "SourceError": "errors",
    "UnknownLayerError": "errors",
    "batch_norm_params": "calculators",
    "cnn_classifier": "builders",
    "compare": "report",
    "conv_macs": "calculators",
    "conv_output_size": "calculators",
    "conv_params": "calculators",
    "conv_transpose_macs": "calculators",
    "conv_transpose_output_size": "calculators",
    "conv_transpose_params": "calculators",
    "count_params": "report",
    "dense_macs": "calculators",
    "dense_params": "calculators",
    "depthwise_conv_macs": "calculators",
    "depthwise_conv_params": "calculators",
    "embedding_params": "calculators",
    "explain": "report",
    "fnn_classifier": "builders",
    "group_norm_params": "calculators",
    "group_query_attention_macs": "calculators",
    "group_query_attention_params": "calculators",
    "gru_macs": "calculators",
    "gru_params": "calculators",
    "layer_norm_params": "calculators",
    "linear_regressor": "builders",
    "lstm_macs": "calculators",
    "lstm_params": "calculators",
    "memory_bytes": "calculators",
    "multi_head_attention_macs": "calculators",
    "multi_head_attention_params": "calculators",
    "pool_output_size": "calculators",
    "receptive_field": "calculators",
    "separable_conv_macs": "calculators",
    "separable_conv_params": "calculators",
    "simple_rnn_macs": "calculators",
    "simple_rnn_params": "calculators",
    "solve_conv": "calculators",
    "training_steps": "calculators",
    "weighted_sum": "calculators",
    "widest_dense": "calculators",
}
_MODULES = ("datasets", "displays", "filters", "formula", "rules")

__all__ = [*_HOME, *_MODULES]  # noqa: PLE0604

if TYPE_CHECKING:
    from kerasbook.builders import cnn_classifier, fnn_classifier, linear_regressor
    from kerasbook.calculators import (
        batch_norm_params,
        conv_macs,
        conv_output_size,
        conv_params,
        conv_transpose_macs,
        conv_transpose_output_size,
        conv_transpose_params,
        dense_macs,
        dense_params,
        depthwise_conv_macs,
        depthwise_conv_params,
        embedding_params,
        group_norm_params,
        group_query_attention_macs,
        group_query_attention_params,
        gru_macs,
        gru_params,
        layer_norm_params,
        lstm_macs,
        lstm_params,
        memory_bytes,
        multi_head_attention_macs,
        multi_head_attention_params,
        pool_output_size,
        receptive_field,
        separable_conv_macs,
        separable_conv_params,
        simple_rnn_macs,
        simple_rnn_params,
        solve_conv,
        training_steps,
        weighted_sum,
        widest_dense,
    )
    from kerasbook.displays import (
        ActivationDisplay,
        BatchDisplay,
        ClassMosaicDisplay,
        ConfusionDisplay,
        ConvolutionStepDisplay,
        EdgeFilterDisplay,
        FilterDisplay,
        FitDisplay,
        HistoryDisplay,
        LiveHistory,
        PredictionGridDisplay,
    )
    from kerasbook.errors import (
        ArgumentError,
        KerasbookError,
        MissingDependencyError,
        SourceError,
        UnknownLayerError,
    )
    from kerasbook.report import (
        Change,
        Comparison,
        Memory,
        ModelReport,
        ReportRow,
        compare,
        count_params,
        explain,
    )


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"kerasbook.{_HOME[name]}"), name)
    if name in _MODULES:
        return import_module(f"kerasbook.{name}")
    raise AttributeError(f"module 'kerasbook' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
