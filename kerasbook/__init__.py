"""Learn Keras by building it: plain models, numbers that show their arithmetic, pictures.

At the root are the builders, the calculators, the displays, the functions of the report and of the
file check, and `KerasbookError`. Everything else is one room deeper: `kb.datasets.photos`,
`kb.training.ExactResume`, `kb.report.ModelReport`. A room is imported when it is first used.

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

from typing import TYPE_CHECKING

from kerasbook.lazy import attach

__version__ = "0.1.0"

_CONTENTS = {
    "builders": "linear_regressor fnn_classifier cnn_classifier",
    "calculators": """
        dense_params dense_macs embedding_params
        conv_params conv_macs conv_output_size solve_conv
        conv_transpose_params conv_transpose_macs conv_transpose_output_size
        depthwise_conv_params depthwise_conv_macs separable_conv_params separable_conv_macs
        pool_output_size receptive_field
        batch_norm_params layer_norm_params group_norm_params
        simple_rnn_params simple_rnn_macs lstm_params lstm_macs gru_params gru_macs
        multi_head_attention_params multi_head_attention_macs
        group_query_attention_params group_query_attention_macs kv_cache_bytes
        training_steps memory_bytes widest_dense weighted_sum
        ConvSettings WeightedSum
    """,
    "report": "explain count_params compare plan",
    "safety": "check_file load_model",
    "displays": """
        ActivationDisplay ArchitectureDisplay BatchDisplay BatchNormDisplay ClassMosaicDisplay
        ConfusionDisplay ConvolutionStepDisplay DropoutDisplay EdgeFilterDisplay FeatureMapDisplay
        FilterDisplay FitDisplay FlattenDisplay HistoryDisplay ImageGridDisplay LiveHistory
        PredictionGridDisplay SaliencyDisplay SweepDisplay
    """,
    "errors": "KerasbookError",
}
_ROOMS = (
    "arithmetic",
    "builders",
    "calculators",
    "datasets",
    "displays",
    "errors",
    "filters",
    "quantization",
    "report",
    "rules",
    "safety",
    "sources",
    "tour",
    "tracing",
    "training",
)

if TYPE_CHECKING:
    from kerasbook import arithmetic as arithmetic
    from kerasbook import builders as builders
    from kerasbook import calculators as calculators
    from kerasbook import datasets as datasets
    from kerasbook import displays as displays
    from kerasbook import errors as errors
    from kerasbook import filters as filters
    from kerasbook import quantization as quantization
    from kerasbook import report as report
    from kerasbook import rules as rules
    from kerasbook import safety as safety
    from kerasbook import sources as sources
    from kerasbook import tour as tour
    from kerasbook import tracing as tracing
    from kerasbook import training as training
    from kerasbook.builders import *
    from kerasbook.calculators import *
    from kerasbook.displays import *
    from kerasbook.errors import KerasbookError as KerasbookError
    from kerasbook.report import compare as compare
    from kerasbook.report import count_params as count_params
    from kerasbook.report import explain as explain
    from kerasbook.report import plan as plan
    from kerasbook.safety import check_file as check_file
    from kerasbook.safety import load_model as load_model
else:
    __getattr__, __dir__, __all__ = attach(__name__, _CONTENTS, modules=_ROOMS)
