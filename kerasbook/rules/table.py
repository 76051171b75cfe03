"""One literal table: the rule of each layer class of `keras.layers`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from kerasbook.checks import shown
from kerasbook.errors import ArgumentError
from kerasbook.rules.adapters import adaptable
from kerasbook.rules.attention import (
    additive_attention,
    attention,
    grouped_query_attention,
    multi_head_attention,
)
from kerasbook.rules.common import (
    activation,
    free,
    free_keeping,
    masking_out,
    out_of_reach,
    softmax,
)
from kerasbook.rules.conv import conv, conv_transposed, depthwise_conv, separable_conv
from kerasbook.rules.core import (
    dense,
    embedding,
    input_layer,
    layer_scale,
    prelu,
    reversible_embedding,
)
from kerasbook.rules.einsum import einsum_dense
from kerasbook.rules.facts import LayerFacts, Weight, unknown
from kerasbook.rules.keras_2 import tensorflow_operation
from kerasbook.rules.merging import concatenate, dot, elementwise
from kerasbook.rules.normalization import (
    batch_normalization,
    group_normalization,
    layer_normalization,
    rms_normalization,
    spectral_normalization,
    unit_normalization,
)
from kerasbook.rules.pooling import adaptive_pooling, global_pooling, pooling
from kerasbook.rules.preprocessing import (
    augmentation,
    category_encoding,
    crop,
    discretization,
    hashed_crossing,
    hashing,
    lookup,
    max_num_bounding_boxes,
    mel_spectrogram,
    normalization,
    pipeline,
    resizing,
    stft_spectrogram,
    text_vectorization,
    whole_image,
)
from kerasbook.rules.quantized import (
    dense_matrix,
    einsum_matrix,
    quantizable,
    quantizable_embedding,
)
from kerasbook.rules.recurrent import (
    bidirectional,
    conv_lstm,
    gru_cell,
    lstm_cell,
    recurrent,
    rnn,
    simple_rnn_cell,
    stacked_cells,
    time_distributed,
)
from kerasbook.rules.reshaping import (
    cropping,
    flatten,
    permute,
    repeat_vector,
    reshape,
    up_sampling,
    zero_padding,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kerasbook.rules.layer import Layer
    from kerasbook.rules.spec import LayerSpec, Rule

__all__ = ["LAYERS", "RuleBook", "is_keras", "is_operation"]

# Deeper than any network of wrappers in wrappers that somebody meant.
_DEEPEST = 50

LAYERS: Mapping[str, Rule] = MappingProxyType(
    {
        # core
        "EinsumDense": quantizable(einsum_dense, einsum_matrix),
        "ReversibleEmbedding": quantizable_embedding(reversible_embedding),
        "Dense": quantizable(dense, dense_matrix),
        "Embedding": quantizable_embedding(embedding),
        "Identity": free,
        "InputLayer": input_layer,
        "Masking": free,
        # activations
        "PReLU": prelu,
        "Activation": activation,
        "ELU": free_keeping("outputs"),
        "LeakyReLU": free_keeping("inputs"),
        "ReLU": free_keeping("outputs"),
        "Softmax": softmax,
        # convolution
        "Conv1DTranspose": conv_transposed(1),
        "Conv2DTranspose": conv_transposed(2),
        "Conv3DTranspose": conv_transposed(3),
        "DepthwiseConv1D": depthwise_conv(1),
        "DepthwiseConv2D": depthwise_conv(2),
        "SeparableConv1D": separable_conv(1),
        "SeparableConv2D": separable_conv(2),
        "Conv1D": adaptable(conv(1)),
        "Conv2D": adaptable(conv(2)),
        "Conv3D": adaptable(conv(3)),
        # pooling
        "AdaptiveAveragePooling1D": adaptive_pooling(1),
        "AdaptiveAveragePooling2D": adaptive_pooling(2),
        "AdaptiveAveragePooling3D": adaptive_pooling(3),
        "AdaptiveMaxPooling1D": adaptive_pooling(1),
        "AdaptiveMaxPooling2D": adaptive_pooling(2),
        "AdaptiveMaxPooling3D": adaptive_pooling(3),
        "AveragePooling1D": pooling(1),
        "AveragePooling2D": pooling(2),
        "AveragePooling3D": pooling(3),
        "MaxPooling1D": pooling(1),
        "MaxPooling2D": pooling(2),
        "MaxPooling3D": pooling(3),
        "GlobalAveragePooling1D": global_pooling(1),
        "GlobalAveragePooling2D": global_pooling(2),
        "GlobalAveragePooling3D": global_pooling(3),
        "GlobalMaxPooling1D": global_pooling(1),
        "GlobalMaxPooling2D": global_pooling(2),
        "GlobalMaxPooling3D": global_pooling(3),
        # merging
        "Add": elementwise,
        "Average": elementwise,
        "Maximum": elementwise,
        "Minimum": elementwise,
        "Multiply": elementwise,
        "Subtract": elementwise,
        "Concatenate": concatenate,
        "Dot": dot,
        # normalisation
        "GroupNormalization": group_normalization,
        "LayerNormalization": layer_normalization,
        "RMSNormalization": rms_normalization,
        "SpectralNormalization": spectral_normalization,
        "UnitNormalization": unit_normalization,
        "BatchNormalization": batch_normalization,
        # reshaping
        "Cropping1D": cropping(1),
        "Cropping2D": cropping(2),
        "Cropping3D": cropping(3),
        "Permute": permute,
        "RepeatVector": repeat_vector,
        "Reshape": reshape,
        "UpSampling1D": up_sampling(1),
        "UpSampling2D": up_sampling(2),
        "UpSampling3D": up_sampling(3),
        "ZeroPadding1D": zero_padding(1),
        "ZeroPadding2D": zero_padding(2),
        "ZeroPadding3D": zero_padding(3),
        "Flatten": flatten,
        # regularisation
        "ActivityRegularization": free,
        "AlphaDropout": masking_out,
        "Dropout": masking_out,
        "GaussianDropout": masking_out,
        "GaussianNoise": free,
        "SpatialDropout1D": masking_out,
        "SpatialDropout2D": masking_out,
        "SpatialDropout3D": masking_out,
        # recurrent
        "Bidirectional": bidirectional,
        "ConvLSTM1D": conv_lstm(1),
        "ConvLSTM2D": conv_lstm(2),
        "ConvLSTM3D": conv_lstm(3),
        "GRU": recurrent(gru_cell, "gru_cell"),
        "GRUCell": gru_cell,
        "LSTM": recurrent(lstm_cell, "lstm_cell"),
        "LSTMCell": lstm_cell,
        "RNN": rnn,
        "SimpleRNN": recurrent(simple_rnn_cell, "simple_rnn_cell"),
        "SimpleRNNCell": simple_rnn_cell,
        "StackedRNNCells": stacked_cells,
        "TimeDistributed": time_distributed,
        # attention
        "AdditiveAttention": additive_attention,
        "Attention": attention,
        "GroupQueryAttention": grouped_query_attention,
        "MultiHeadAttention": multi_head_attention,
        # preprocessing
        "AugMix": augmentation,
        "AutoContrast": whole_image,
        "CategoryEncoding": category_encoding,
        "CenterCrop": crop,
        "ContrastLimitedAdaptiveHistogramEqualization": whole_image,
        "CutMix": augmentation,
        "Discretization": discretization,
        "Equalization": whole_image,
        "HashedCrossing": hashed_crossing,
        "Hashing": hashing,
        "IntegerLookup": lookup,
        "MaxNumBoundingBoxes": max_num_bounding_boxes,
        "MelSpectrogram": mel_spectrogram,
        "MixUp": augmentation,
        "Normalization": normalization,
        "Pipeline": pipeline,
        "RandAugment": augmentation,
        "RandomBrightness": augmentation,
        "RandomColorDegeneration": augmentation,
        "RandomColorJitter": augmentation,
        "RandomContrast": augmentation,
        "RandomCrop": crop,
        "RandomElasticTransform": augmentation,
        "RandomErasing": augmentation,
        "RandomFlip": augmentation,
        "RandomGaussianBlur": augmentation,
        "RandomGrayscale": augmentation,
        "RandomHue": augmentation,
        "RandomInvert": augmentation,
        "RandomPerspective": augmentation,
        "RandomPosterization": augmentation,
        "RandomRotation": augmentation,
        "RandomSaturation": augmentation,
        "RandomSharpness": augmentation,
        "RandomShear": augmentation,
        "RandomTranslation": augmentation,
        "RandomZoom": augmentation,
        "Rescaling": free,
        "Resizing": resizing,
        "STFTSpectrogram": stft_spectrogram,
        "Solarization": augmentation,
        "StringLookup": lookup,
        "TextVectorization": text_vectorization,
        # not in keras.layers, but in files: of keras.applications, FeatureSpace, older versions
        "CustomScaleLayer": elementwise,
        "LayerScale": layer_scale,
        "StochasticDepth": free,
        "TFDConcat": concatenate,
        "TFDIdentity": free,
        "ThresholdedReLU": free_keeping("inputs"),
        # operations of TensorFlow, in files of Keras 2
        "ClassMethod": tensorflow_operation,
        "InstanceMethod": tensorflow_operation,
        "InstanceProperty": tensorflow_operation,
        "SlicingOpLambda": tensorflow_operation,
        "TFOpLambda": tensorflow_operation,
        "TensorFlowOpLayer": tensorflow_operation,
        # out of reach
        "FeatureSpace": out_of_reach("it prepares columns of a table with layers of its own"),
        "FlaxLayer": out_of_reach("it wraps a Flax module, whose code the file does not hold"),
        "JaxLayer": out_of_reach("it wraps a JAX function, whose code the file does not hold"),
        "Lambda": out_of_reach("it runs a Python function of the user's own"),
        "TFSMLayer": out_of_reach("it wraps a TensorFlow SavedModel kept in another file"),
        "TorchModuleWrapper": out_of_reach("it wraps a PyTorch module, pickled"),
    }
)

# Where the classes of raw `keras.ops` nodes live, which no two modules name alike.
_OPERATIONS = ("keras.src.ops", "keras.ops", "keras.src.activations", "keras.src.quantizers")


@dataclass(frozen=True, slots=True, eq=False)
class RuleBook:
    """The rules to go by: the tables, and what the user adds.

    Attributes:
        extra_rules: rules by class name or registered name; they come before the tables'.
        models: what answers for a model inside a wrapper, given how many wrappers are around it;
            the graph gives it.
        depth: how many wrappers are around what is asked for.

    Examples:
        >>> from kerasbook.rules import Layer, LayerSpec, Tensor
        >>> layer = Layer("Dense", "top", {"units": 10})
        >>> facts = RuleBook().facts(LayerSpec(layer, (Tensor((None, 128)),)))
        >>> facts.output_shape, facts.params, facts.macs
        ((None, 10), Formula('(128 + 1)·10 = 1,290'), Formula('128·10 = 1,280'))
        >>> RuleBook().facts(LayerSpec(Layer("Mine", "mine", {}), ())).reason
        'no rule is known for the class Mine'
    """

    extra_rules: Mapping[str, Rule] = field(default_factory=dict)
    models: Callable[[LayerSpec, int], LayerFacts | None] | None = None
    depth: int = 0

    def adds(self, layer: Layer) -> bool:
        """Whether the user gave a rule for the layer's class."""
        return bool(self.extra_rules) and (
            layer.registered_name in self.extra_rules or layer.class_name in self.extra_rules
        )

    def rule(self, layer: Layer) -> Rule | None:
        """The rule of a layer's class; `None` if there is none that can be trusted.

        A user's own class may override anything, so it is not taken for the Keras class that it
        is named after.
        """
        for name in (layer.registered_name, layer.class_name):
            if name and name in self.extra_rules:
                return self.extra_rules[name]
        if is_operation(layer):
            from kerasbook.rules.operations import OPERATIONS  # noqa: PLC0415  few models need them

            return OPERATIONS.get(layer.class_name)
        return LAYERS.get(layer.class_name) if is_keras(layer) else None

    def facts(self, spec: LayerSpec) -> LayerFacts:
        """What is known of one call of a layer.

        Raises:
            SourceError: the configuration or the inputs are not such a layer's.
        """
        if spec.evaluate is None:
            spec = replace(spec, evaluate=self.inside)
        rule = self.rule(spec.layer)
        if rule is None:
            return unknown(_why(spec.layer))
        if not spec.tensors and rule is not input_layer:
            spec.fail("it", "be called on a tensor", "none")
        facts: object = rule(spec)
        if not isinstance(facts, LayerFacts):  # only a user's own can
            where = f"the rule in extra_rules for {spec.class_name}"
            received = f"{shown(facts)} for layer {spec.name!r}"
            raise ArgumentError(where=where, expected="return LayerFacts", received=received)
        weights = _resolved(facts.weights, spec) if facts.weights else facts.weights
        dtype = facts.output_dtype or spec.policy.compute_dtype
        return replace(facts, weights=weights, output_dtype=dtype)

    def inside(self, spec: LayerSpec) -> LayerFacts:
        """What is known of one call of a layer or a model inside a layer."""
        if self.depth >= _DEEPEST:
            spec.fail("wrappers", f"be at most {_DEEPEST} deep", "deeper ones")
        deeper = replace(self, depth=self.depth + 1)
        facts = self.models(spec, deeper.depth) if self.models else None
        return deeper.facts(replace(spec, evaluate=deeper.inside)) if facts is None else facts


def _resolved(weights: tuple[Weight, ...], spec: LayerSpec) -> tuple[Weight, ...]:
    """The weights with their types, and frozen where the layer is.

    Whether a weight of a layer inside, `query/kernel`, is trained, that layer decides: Keras makes
    it with a flag of its own.
    """
    dtype, trainable, owner = spec.policy.variable_dtype, spec.trainable, spec.layer.shared_id
    return tuple(
        Weight(
            each.name,
            each.sizes,
            each.trainable and (trainable or "/" in each.name),
            each.dtype or dtype,
            owner if each.owner is None else each.owner,
        )
        for each in weights
    )


def is_keras(layer: Layer) -> bool:
    """Whether the class is Keras's own and not a user's of the same name.

    A user's class has a registered name, or a module of its own, or both. Files of Keras 2 give
    neither; there a user's class may be registered as `package>Name`, which no table holds.
    """
    if not layer.module:
        return not layer.registered_name
    return layer.module == "keras" or layer.module.startswith("keras.")


def is_operation(layer: Layer) -> bool:
    """Whether it is a node of `keras.ops`: it has no policy, its types are those of its inputs."""
    return layer.module.startswith(_OPERATIONS)


def _why(layer: Layer) -> str:
    if is_keras(layer):
        return f"no rule is known for the class {layer.class_name}"
    return f"{layer.class_name} is a class of the user's own; give its rule in extra_rules"
