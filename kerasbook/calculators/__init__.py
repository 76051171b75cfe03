"""Calculators: sizes, parameters, multiply-accumulates and steps that show their arithmetic.

Each is a short function with Keras's argument names. It returns an integer with its calculation
as `.text` and `.latex`, and the numbers that it was computed from as `.factors`.
"""

from kerasbook.calculators.attention import (
    group_query_attention_macs,
    group_query_attention_params,
    multi_head_attention_macs,
    multi_head_attention_params,
)
from kerasbook.calculators.convolution import (
    conv_macs,
    conv_params,
    conv_transpose_macs,
    conv_transpose_params,
    depthwise_conv_macs,
    depthwise_conv_params,
    separable_conv_macs,
    separable_conv_params,
)
from kerasbook.calculators.dense import (
    batch_norm_params,
    dense_macs,
    dense_params,
    embedding_params,
    group_norm_params,
    layer_norm_params,
)
from kerasbook.calculators.inverse import ConvSettings, solve_conv, widest_dense
from kerasbook.calculators.recurrent import (
    gru_macs,
    gru_params,
    lstm_macs,
    lstm_params,
    simple_rnn_macs,
    simple_rnn_params,
)
from kerasbook.calculators.resources import kv_cache_bytes, memory_bytes, training_steps
from kerasbook.calculators.sizes import (
    conv_output_size,
    conv_transpose_output_size,
    pool_output_size,
    receptive_field,
)
from kerasbook.calculators.sums import WeightedSum, weighted_sum

__all__ = [
    "ConvSettings",
    "WeightedSum",
    "batch_norm_params",
    "conv_macs",
    "conv_output_size",
    "conv_params",
    "conv_transpose_macs",
    "conv_transpose_output_size",
    "conv_transpose_params",
    "dense_macs",
    "dense_params",
    "depthwise_conv_macs",
    "depthwise_conv_params",
    "embedding_params",
    "group_norm_params",
    "group_query_attention_macs",
    "group_query_attention_params",
    "gru_macs",
    "gru_params",
    "kv_cache_bytes",
    "layer_norm_params",
    "lstm_macs",
    "lstm_params",
    "memory_bytes",
    "multi_head_attention_macs",
    "multi_head_attention_params",
    "pool_output_size",
    "receptive_field",
    "separable_conv_macs",
    "separable_conv_params",
    "simple_rnn_macs",
    "simple_rnn_params",
    "solve_conv",
    "training_steps",
    "weighted_sum",
    "widest_dense",
]
