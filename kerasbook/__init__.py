"""Learn Keras by building it: plain models, numbers that show their arithmetic, pictures.

`import kerasbook` loads nothing but this table of names; a module, and what it needs, is imported
when the first of its names is used.

Examples:
    >>> import kerasbook as kb
    >>> kb.conv_params(kernel_size=(4, 4), channels=3, filters=10).text
    '(4·4·3 + 1)·10 = 490'
    >>> model = kb.cnn_classifier((32, 32, 3), 10, filters=(16, 32), strides=2, hidden_units=())
    >>> kb.explain(model)  # any Keras model, or a saved one
    <ModelReport of 'cnn_classifier': ...>
    >>> kb.ArchitectureDisplay.from_model(model).plot()
    <ArchitectureDisplay: cnn_classifier: ...>
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

# Where each public name lives. The tests hold this table against each module's `__all__`, the
# imports below (which type checkers read) and the documentation.
_HOME = {
    "ActivationDisplay": "displays",
    "ArchitectureDisplay": "displays",
    "ArgumentError": "errors",
    "BatchDisplay": "displays",
    "BatchNormDisplay": "displays",
    "ClassMosaicDisplay": "displays",
    "Comparison": "report",
    "ConfusionDisplay": "displays",
    "ConvolutionStepDisplay": "displays",
    "DropoutDisplay": "displays",
    "EdgeFilterDisplay": "displays",
    "FeatureMapDisplay": "displays",
    "FileCheck": "safety",
    "FilterDisplay": "displays",
    "FitDisplay": "displays",
    "FlattenDisplay": "displays",
    "HistoryDisplay": "displays",
    "ImageGridDisplay": "displays",
    "KerasbookError": "errors",
    "LiveHistory": "displays",
    "MissingDependencyError": "errors",
    "ModelReport": "report",
    "PredictionGridDisplay": "displays",
    "SaliencyDisplay": "displays",
    "SourceError": "errors",
    "SweepDisplay": "displays",
    "TrainingError": "errors",
    "UnknownLayerError": "errors",
    "batch_norm_params": "calculators",
    "check_file": "safety",
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
    "kv_cache_bytes": "calculators",
    "layer_norm_params": "calculators",
    "linear_regressor": "builders",
    "load_model": "safety",
    "lstm_macs": "calculators",
    "lstm_params": "calculators",
    "memory_bytes": "calculators",
    "multi_head_attention_macs": "calculators",
    "multi_head_attention_params": "calculators",
    "plan": "report",
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
_MODULES = (
    "datasets",
    "displays",
    "filters",
    "arithmetic",
    "report",
    "rules",
    "safety",
    "training",
)

__all__ = [*_HOME, *_MODULES]  # noqa: PLE0604

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kerasbook.builders import cnn_classifier as cnn_classifier
    from kerasbook.builders import fnn_classifier as fnn_classifier
    from kerasbook.builders import linear_regressor as linear_regressor
    from kerasbook.calculators import batch_norm_params as batch_norm_params
    from kerasbook.calculators import conv_macs as conv_macs
    from kerasbook.calculators import conv_output_size as conv_output_size
    from kerasbook.calculators import conv_params as conv_params
    from kerasbook.calculators import conv_transpose_macs as conv_transpose_macs
    from kerasbook.calculators import conv_transpose_output_size as conv_transpose_output_size
    from kerasbook.calculators import conv_transpose_params as conv_transpose_params
    from kerasbook.calculators import dense_macs as dense_macs
    from kerasbook.calculators import dense_params as dense_params
    from kerasbook.calculators import depthwise_conv_macs as depthwise_conv_macs
    from kerasbook.calculators import depthwise_conv_params as depthwise_conv_params
    from kerasbook.calculators import embedding_params as embedding_params
    from kerasbook.calculators import group_norm_params as group_norm_params
    from kerasbook.calculators import group_query_attention_macs as group_query_attention_macs
    from kerasbook.calculators import group_query_attention_params as group_query_attention_params
    from kerasbook.calculators import gru_macs as gru_macs
    from kerasbook.calculators import gru_params as gru_params
    from kerasbook.calculators import kv_cache_bytes as kv_cache_bytes
    from kerasbook.calculators import layer_norm_params as layer_norm_params
    from kerasbook.calculators import lstm_macs as lstm_macs
    from kerasbook.calculators import lstm_params as lstm_params
    from kerasbook.calculators import memory_bytes as memory_bytes
    from kerasbook.calculators import multi_head_attention_macs as multi_head_attention_macs
    from kerasbook.calculators import multi_head_attention_params as multi_head_attention_params
    from kerasbook.calculators import pool_output_size as pool_output_size
    from kerasbook.calculators import receptive_field as receptive_field
    from kerasbook.calculators import separable_conv_macs as separable_conv_macs
    from kerasbook.calculators import separable_conv_params as separable_conv_params
    from kerasbook.calculators import simple_rnn_macs as simple_rnn_macs
    from kerasbook.calculators import simple_rnn_params as simple_rnn_params
    from kerasbook.calculators import solve_conv as solve_conv
    from kerasbook.calculators import training_steps as training_steps
    from kerasbook.calculators import weighted_sum as weighted_sum
    from kerasbook.calculators import widest_dense as widest_dense
    from kerasbook.displays import ActivationDisplay as ActivationDisplay
    from kerasbook.displays import ArchitectureDisplay as ArchitectureDisplay
    from kerasbook.displays import BatchDisplay as BatchDisplay
    from kerasbook.displays import BatchNormDisplay as BatchNormDisplay
    from kerasbook.displays import ClassMosaicDisplay as ClassMosaicDisplay
    from kerasbook.displays import ConfusionDisplay as ConfusionDisplay
    from kerasbook.displays import ConvolutionStepDisplay as ConvolutionStepDisplay
    from kerasbook.displays import DropoutDisplay as DropoutDisplay
    from kerasbook.displays import EdgeFilterDisplay as EdgeFilterDisplay
    from kerasbook.displays import FeatureMapDisplay as FeatureMapDisplay
    from kerasbook.displays import FilterDisplay as FilterDisplay
    from kerasbook.displays import FitDisplay as FitDisplay
    from kerasbook.displays import FlattenDisplay as FlattenDisplay
    from kerasbook.displays import HistoryDisplay as HistoryDisplay
    from kerasbook.displays import ImageGridDisplay as ImageGridDisplay
    from kerasbook.displays import LiveHistory as LiveHistory
    from kerasbook.displays import PredictionGridDisplay as PredictionGridDisplay
    from kerasbook.displays import SaliencyDisplay as SaliencyDisplay
    from kerasbook.displays import SweepDisplay as SweepDisplay
    from kerasbook.errors import ArgumentError as ArgumentError
    from kerasbook.errors import KerasbookError as KerasbookError
    from kerasbook.errors import MissingDependencyError as MissingDependencyError
    from kerasbook.errors import SourceError as SourceError
    from kerasbook.errors import TrainingError as TrainingError
    from kerasbook.errors import UnknownLayerError as UnknownLayerError
    from kerasbook.report import Comparison as Comparison
    from kerasbook.report import ModelReport as ModelReport
    from kerasbook.report import compare as compare
    from kerasbook.report import count_params as count_params
    from kerasbook.report import explain as explain
    from kerasbook.report import plan as plan
    from kerasbook.safety import FileCheck as FileCheck
    from kerasbook.safety import check_file as check_file
    from kerasbook.safety import load_model as load_model


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"kerasbook.{_HOME[name]}"), name)
    if name in _MODULES:
        return import_module(f"kerasbook.{name}")
    raise AttributeError(f"module 'kerasbook' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
