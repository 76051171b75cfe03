"""The classes and functions of Keras that a model file may name: what computes, and nothing else.

Keras turns every name in a file into an object of its own modules. Most of these modules hold more
than layers: downloads, readers of files and switches of the process. Only what is listed here
passes; the tests hold the list against Keras's public names.
"""

from __future__ import annotations

import re

from kerasbook.rules.layer import EXPORTED
from kerasbook.rules.operations import OPERATIONS
from kerasbook.rules.table import LAYERS

__all__ = [
    "CLASSES",
    "FUNCTIONS",
    "FUNCTION_MODULES",
    "HIGHER_ORDER",
    "RUNS_CODE",
    "is_keras_module",
]

# What the class does that no file may ask for.
RUNS_CODE = {
    "Lambda": "a Lambda, which runs Python code kept in the file",
    "TorchModuleWrapper": "a TorchModuleWrapper, whose pickled module runs code when it is loaded",
    "TFSMLayer": "a TFSMLayer, which loads and runs a TensorFlow SavedModel from another path",
    "JaxLayer": "a JaxLayer, which runs a function that the file cannot hold",
    "FlaxLayer": "a FlaxLayer, which runs a module that the file cannot hold",
    "__lambda__": "a Python lambda, whose byte code runs when it is called",
    "__typespec__": "a type of TensorFlow's own, which is imported by name",
}

_MODELS = "Functional Model Sequential"
_OPTIMIZERS = """
    Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion LossScaleOptimizer MultiOptimizer
    Muon Nadam OptimizerMap RMSprop SGD ScheduleFreeAdamW
    CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay PiecewiseConstantDecay
    PolynomialDecay
"""
_LOSSES = """
    BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy
    CategoricalFocalCrossentropy CategoricalGeneralizedCrossEntropy CategoricalHinge Circle
    CosineSimilarity Dice Hinge Huber
    KLDivergence LogCosh LossFunctionWrapper MeanAbsoluteError MeanAbsolutePercentageError
    MeanSquaredError MeanSquaredLogarithmicError Poisson SparseCategoricalCrossentropy SquaredHinge
    Tversky
"""
_METRICS = """
    AUC Accuracy BinaryAccuracy BinaryIoU CategoricalAccuracy ConcordanceCorrelation F1Score
    FBetaScore FalseNegatives FalsePositives IoU LogCoshError Mean MeanIoU MeanMetricWrapper
    OneHotIoU OneHotMeanIoU PearsonCorrelation Precision PrecisionAtRecall R2Score Recall
    RecallAtPrecision RootMeanSquaredError SensitivityAtSpecificity SparseCategoricalAccuracy
    SparseTopKCategoricalAccuracy SpecificityAtSensitivity Sum TopKCategoricalAccuracy
    TrueNegatives TruePositives
"""
_VALUES = """
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal
    LecunUniform Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform STFT
    STFTInitializer TruncatedNormal VarianceScaling Zeros L1 L1L2 L2 OrthogonalRegularizer MaxNorm
    MinMaxNorm NonNeg UnitNorm SeedGenerator
"""
_TYPES = """
    AWQConfig AWQDTypePolicy AbsMaxQuantizer DTypePolicy DTypePolicyMap Float8QuantizationConfig
    FloatDTypePolicy GPTQConfig GPTQDTypePolicy Int4DTypePolicy Int4QuantizationConfig
    Int8QuantizationConfig Policy QuantizedDTypePolicy QuantizedFloat8DTypePolicy
"""
_COLUMNS = "Cross Feature FeatureSpace"
_MARKS = """
    __bytes__ __ellipsis__ __keras_tensor__ __numpy__ __slice__ __tensor__ __tuple__
"""
# Operations that call a function they are given; Keras itself writes none of them.
_CALLING_NAMES = """
    AssociativeScan Cond ForiLoop Function JVP Map Scan Switch VectorizedMap WhileLoop
"""
_CALLING = frozenset(_CALLING_NAMES.split())

CLASSES = frozenset(
    (_MODELS + _OPTIMIZERS + _LOSSES + _METRICS + _VALUES + _TYPES + _COLUMNS + _MARKS).split()
) | ((LAYERS.keys() | EXPORTED.keys() | OPERATIONS.keys()) - RUNS_CODE.keys() - _CALLING)

_FUNCTIONS_NAMES = """
    celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh
    leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink
    softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh
    tanh_shrink threshold binary_accuracy binary_crossentropy binary_focal_crossentropy
    categorical_accuracy categorical_crossentropy categorical_focal_crossentropy
    categorical_generalized_cross_entropy categorical_hinge circle concordance_correlation
    cosine_similarity ctc dice hinge huber kl_divergence log_cosh mean_absolute_error
    mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error
    pearson_correlation poisson sparse_categorical_accuracy sparse_categorical_crossentropy
    sparse_top_k_categorical_accuracy squared_hinge top_k_categorical_accuracy tversky
"""
FUNCTIONS = frozenset(_FUNCTIONS_NAMES.split())
# In `keras.ops` everything computes, except what calls a function that it is given.
_HIGHER_ORDER_NAMES = """
    associative_scan cond custom_gradient fori_loop jvp map scan switch vectorized_map vectorize
    apply_along_axis while_loop
"""
HIGHER_ORDER = frozenset(_HIGHER_ORDER_NAMES.split())
FUNCTION_MODULES = frozenset(
    ("builtins", "keras.activations", "keras.losses", "keras.metrics", "keras.ops", "keras.ops.nn")
)
_MODULE = re.compile(r"keras(\.[a-z0-9_]+)*")


def is_keras_module(module: object) -> bool:
    """Whether a module is Keras's own, as files name it.

    Examples:
        >>> (
        ...     is_keras_module("keras.layers"),
        ...     is_keras_module("keras_hub.layers"),
        ...     is_keras_module(""),
        ... )
        (True, False, False)
    """
    return isinstance(module, str) and _MODULE.fullmatch(module) is not None
