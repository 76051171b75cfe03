"""One literal table: the rule of each layer class of `keras.layers`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from kerasbook.rules.attention import (
    additive_attention,
    attention,
    grouped_query_attention,
    multi_head_attention,
)
from kerasbook.rules.common import activation, free, out_of_reach
from kerasbook.rules.conv import conv
from kerasbook.rules.core import dense, embedding, input_layer
from kerasbook.rules.facts import unknown
from kerasbook.rules.normalization import batch_normalization
from kerasbook.rules.pooling import global_pooling, pooling
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
from kerasbook.rules.reshaping import flatten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kerasbook.rules.facts import LayerFacts
    from kerasbook.rules.layer import Layer
    from kerasbook.rules.spec import LayerSpec, Rule

__all__ = ["LAYERS", "OPERATIONS", "RuleBook"]

# Deeper than any network of wrappers in wrappers that somebody meant.
_DEEPEST = 50
_UNWRITTEN = out_of_reach("no rule has been written for it yet")

LAYERS: Mapping[str, Rule] = MappingProxyType(
    {
        # core
        "Dense": dense,
        "Embedding": embedding,
        "Identity": free,
        "InputLayer": input_layer,
        "Masking": free,
        # activations
        "Activation": activation,
        "ELU": free,
        "LeakyReLU": free,
        "ReLU": free,
        "Softmax": free,
        # convolution
        "Conv1D": conv(1),
        "Conv2D": conv(2),
        "Conv3D": conv(3),
        # pooling
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
        # normalisation
        "BatchNormalization": batch_normalization,
        # reshaping
        "Flatten": flatten,
        # regularisation
        "ActivityRegularization": free,
        "AlphaDropout": free,
        "Dropout": free,
        "GaussianDropout": free,
        "GaussianNoise": free,
        "SpatialDropout1D": free,
        "SpatialDropout2D": free,
        "SpatialDropout3D": free,
        # recurrent
        "Bidirectional": bidirectional,
        "ConvLSTM1D": conv_lstm(1),
        "ConvLSTM2D": conv_lstm(2),
        "ConvLSTM3D": conv_lstm(3),
        "GRU": recurrent(gru_cell),
        "GRUCell": gru_cell,
        "LSTM": recurrent(lstm_cell),
        "LSTMCell": lstm_cell,
        "RNN": rnn,
        "SimpleRNN": recurrent(simple_rnn_cell),
        "SimpleRNNCell": simple_rnn_cell,
        "StackedRNNCells": stacked_cells,
        "TimeDistributed": time_distributed,
        # attention
        "AdditiveAttention": additive_attention,
        "Attention": attention,
        "GroupQueryAttention": grouped_query_attention,
        "GroupedQueryAttention": grouped_query_attention,
        "MultiHeadAttention": multi_head_attention,
        # not written yet
        "AdaptiveAveragePooling1D": _UNWRITTEN,
        "AdaptiveAveragePooling2D": _UNWRITTEN,
        "AdaptiveAveragePooling3D": _UNWRITTEN,
        "AdaptiveMaxPooling1D": _UNWRITTEN,
        "AdaptiveMaxPooling2D": _UNWRITTEN,
        "AdaptiveMaxPooling3D": _UNWRITTEN,
        "Add": _UNWRITTEN,
        "AugMix": _UNWRITTEN,
        "AutoContrast": _UNWRITTEN,
        "Average": _UNWRITTEN,
        "CategoryEncoding": _UNWRITTEN,
        "CenterCrop": _UNWRITTEN,
        "Concatenate": _UNWRITTEN,
        "ContrastLimitedAdaptiveHistogramEqualization": _UNWRITTEN,
        "Conv1DTranspose": _UNWRITTEN,
        "Conv2DTranspose": _UNWRITTEN,
        "Conv3DTranspose": _UNWRITTEN,
        "Cropping1D": _UNWRITTEN,
        "Cropping2D": _UNWRITTEN,
        "Cropping3D": _UNWRITTEN,
        "CutMix": _UNWRITTEN,
        "DepthwiseConv1D": _UNWRITTEN,
        "DepthwiseConv2D": _UNWRITTEN,
        "Discretization": _UNWRITTEN,
        "Dot": _UNWRITTEN,
        "EinsumDense": _UNWRITTEN,
        "Equalization": _UNWRITTEN,
        "GroupNormalization": _UNWRITTEN,
        "HashedCrossing": _UNWRITTEN,
        "Hashing": _UNWRITTEN,
        "IntegerLookup": _UNWRITTEN,
        "LayerNormalization": _UNWRITTEN,
        "MaxNumBoundingBoxes": _UNWRITTEN,
        "Maximum": _UNWRITTEN,
        "MelSpectrogram": _UNWRITTEN,
        "Minimum": _UNWRITTEN,
        "MixUp": _UNWRITTEN,
        "Multiply": _UNWRITTEN,
        "Normalization": _UNWRITTEN,
        "PReLU": _UNWRITTEN,
        "Permute": _UNWRITTEN,
        "Pipeline": _UNWRITTEN,
        "RMSNormalization": _UNWRITTEN,
        "RandAugment": _UNWRITTEN,
        "RandomBrightness": _UNWRITTEN,
        "RandomColorDegeneration": _UNWRITTEN,
        "RandomColorJitter": _UNWRITTEN,
        "RandomContrast": _UNWRITTEN,
        "RandomCrop": _UNWRITTEN,
        "RandomElasticTransform": _UNWRITTEN,
        "RandomErasing": _UNWRITTEN,
        "RandomFlip": _UNWRITTEN,
        "RandomGaussianBlur": _UNWRITTEN,
        "RandomGrayscale": _UNWRITTEN,
        "RandomHue": _UNWRITTEN,
        "RandomInvert": _UNWRITTEN,
        "RandomPerspective": _UNWRITTEN,
        "RandomPosterization": _UNWRITTEN,
        "RandomRotation": _UNWRITTEN,
        "RandomSaturation": _UNWRITTEN,
        "RandomSharpness": _UNWRITTEN,
        "RandomShear": _UNWRITTEN,
        "RandomTranslation": _UNWRITTEN,
        "RandomZoom": _UNWRITTEN,
        "RepeatVector": _UNWRITTEN,
        "Rescaling": _UNWRITTEN,
        "Reshape": _UNWRITTEN,
        "Resizing": _UNWRITTEN,
        "ReversibleEmbedding": _UNWRITTEN,
        "STFTSpectrogram": _UNWRITTEN,
        "SeparableConv1D": _UNWRITTEN,
        "SeparableConv2D": _UNWRITTEN,
        "Solarization": _UNWRITTEN,
        "SpectralNormalization": _UNWRITTEN,
        "StringLookup": _UNWRITTEN,
        "Subtract": _UNWRITTEN,
        "TextVectorization": _UNWRITTEN,
        "UnitNormalization": _UNWRITTEN,
        "UpSampling1D": _UNWRITTEN,
        "UpSampling2D": _UNWRITTEN,
        "UpSampling3D": _UNWRITTEN,
        "ZeroPadding1D": _UNWRITTEN,
        "ZeroPadding2D": _UNWRITTEN,
        "ZeroPadding3D": _UNWRITTEN,
        # out of reach
        "FlaxLayer": out_of_reach("it wraps a Flax module, whose code the file does not hold"),
        "JaxLayer": out_of_reach("it wraps a JAX function, whose code the file does not hold"),
        "Lambda": out_of_reach("it runs a Python function of the user's own"),
        "TFSMLayer": out_of_reach("it wraps a TensorFlow SavedModel kept in another file"),
        "TorchModuleWrapper": out_of_reach("it wraps a PyTorch module, pickled"),
    }
)

# Raw `keras.ops` nodes of functional models, by the class of the operation: `ops.matmul` is Matmul.
OPERATIONS: Mapping[str, Rule] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class RuleBook:
    """The rules to go by: the tables, and what the user adds.

    Attributes:
        extra_rules: rules by class name or registered name; they come before the tables'.
        models: what answers for a model inside a wrapper; the graph gives it.

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
    models: Callable[[LayerSpec], LayerFacts | None] | None = None
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
        if layer.module.startswith(("keras.src.ops", "keras.ops")):
            return OPERATIONS.get(layer.class_name)
        return LAYERS.get(layer.class_name) if is_keras(layer) else None

    def facts(self, spec: LayerSpec) -> LayerFacts:
        """What is known of one call of a layer.

        Raises:
            SourceError: the configuration or the inputs are not such a layer's.
        """
        if self.depth > _DEEPEST:
            spec.fail(f"wrappers must be at most {_DEEPEST} deep; received deeper ones")
        deeper = replace(self, depth=self.depth + 1)
        spec = replace(spec, evaluate=deeper.facts)
        facts = self.models(spec) if self.models else None
        if facts is None:
            rule = self.rule(spec.layer)
            if rule is None:
                return unknown(_why(spec.layer))
            facts = rule(spec)
        return facts if spec.trainable else facts.frozen()


def is_keras(layer: Layer) -> bool:
    """Whether the class is Keras's own and not a user's of the same name.

    A user's class has a registered name, or a module of its own, or both. Files of Keras 2 give
    neither; there a user's class may be registered as `package>Name`, which no table holds.
    """
    if not layer.module:
        return not layer.registered_name
    return layer.module == "keras" or layer.module.startswith("keras.")


def _why(layer: Layer) -> str:
    if is_keras(layer):
        return f"no rule is known for the class {layer.class_name}"
    return f"{layer.class_name} is a class of the user's own; give its rule in extra_rules"
