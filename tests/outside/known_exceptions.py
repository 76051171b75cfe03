"""Where the report and what Keras runs may disagree, each with its reason."""

from __future__ import annotations

import re

# Part of a test's name, of `CLASS: FAULT`, and why they disagree. Both are regular expressions.
_EXCEPTIONS = (
    (
        r"layers/rnn/|masking_test",
        r"(RNN|SimpleRNN|LSTM|GRU|ConvLSTM.D|Bidirectional|Functional|Sequential): live: MACs",
        "on PyTorch Keras runs a step more than there are, or two with stacked cells",
    ),
    (
        r"attention/additive_attention_test",
        r"AdditiveAttention: live: MACs",
        "PyTorch's counter leaves out sums of products that are written as a product and a sum",
    ),
    (
        r"core/einsum_dense_test",
        r"EinsumDense: live: MACs: kerasbook \d+, Keras 0$",
        "PyTorch's counter leaves out equations that sum nothing",
    ),
    (
        r"rnn/conv_lstm_test",
        r"ConvLSTM(Cell)?: file: passes the check",
        "Keras cannot load it: the configuration of these bases leaves out their rank",
    ),
    (
        r"(conv|dense)_test.*test_lora_weight_name",
        r"MyModel: file: (params|weights)",
        "adapters are added to the kernel when it is saved; Keras cannot load this class",
    ),
)


def reason(test: str, name: str, fault: str) -> str:
    """Why a fault is none; empty if there is no reason.

    Args:
        test: the test, by its path and name.
        name: the class of the layer or model.
        fault: the sentence that `held_against_keras` found.
    """
    for where, what, why in _EXCEPTIONS:
        if re.search(where, test) and re.match(what, f"{name}: {fault}"):
            return why
    return ""
