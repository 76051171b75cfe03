"""What recurrent layers, attention, preprocessing and operations refuse, and how they say it."""

# A message is written in one piece, as it is shown:
# ruff: noqa: E501

from __future__ import annotations

import pytest

from kerasbook.errors import SourceError
from kerasbook.rules import Layer, LayerSpec, RuleBook, Tensor
from kerasbook.rules.operations import OPERATIONS

REFUSED = (
    (
        "LSTM",
        {"units": 8},
        (Tensor((None, 4)),),
        "its input must have 3 axes; received the shape (None, 4).",
    ),
    (
        "LSTMCell",
        {"units": 8},
        (Tensor((None, 4, 6)),),
        "its input must have 2 axes; received the shape (None, 4, 6).",
    ),
    (
        "StackedRNNCells",
        {"cells": []},
        (Tensor((None, 4)),),
        "cells must be a list of at least one cell; received cells=[].",
    ),
    (
        "TimeDistributed",
        {"layer": {"class_name": "Dense", "config": {"units": 3}}},
        (Tensor((None, 4)),),
        "its input must have at least 3 axes; received the shape (None, 4).",
    ),
    (
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 8},
        (Tensor((None, 4, 6)),),
        "it must be called on query and value; received tensors: 1.",
    ),
    (
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 8, "attention_axes": [2]},
        (Tensor((None, 4, 6)), Tensor((None, 4, 6))),
        "attention_axes must be between batch and features; received (2,).",
    ),
    (
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 8},
        (Tensor((None, 4, 6)), Tensor((None, 6))),
        "query, value and key must have as many axes, 3 or more; received the shapes (None, 4, 6), (None, 6) and (None, 6).",
    ),
    (
        "GroupQueryAttention",
        {"head_dim": 2, "num_query_heads": 4, "num_key_value_heads": 3},
        (Tensor((None, 4, 6)), Tensor((None, 4, 6))),
        "num_key_value_heads must divide num_query_heads=4; received num_key_value_heads=3.",
    ),
    (
        "Attention",
        {},
        (Tensor((None, 4, 6)),),
        "it must be called on a list of query and value, and key if there is one; received tensors: 1.",
    ),
    (
        "Attention",
        {},
        ([Tensor((None, 4, 6)), 2],),
        "it must be called on tensors; received 1 and something else.",
    ),
    (
        "Resizing",
        {"height": 3, "width": 4},
        ([Tensor((None, 8, 9, 3)), Tensor((None, 8))],),
        "it must be called on images alone; received tensors: 2.",
    ),
    (
        "STFTSpectrogram",
        {"frame_length": 256},
        (Tensor((None, 100, 2)),),
        "frame_length must cover at most the padded input of 100 pixels; received frame_length=256. Use frame_length <= 100 or padding='same'.",
    ),
    (
        "Pipeline",
        {"layers": 3},
        (Tensor((None, 4, 6)),),
        "layers must be a list of layers; received layers=3.",
    ),
    (
        "EinsumDense",
        {"equation": "abcd,bcde->ae", "output_shape": 5, "dtype": "gptq/4/-1_from_float32"},
        (Tensor((None, 2, 3, 4)),),
        "a kernel must have 2 or 3 axes for gptq; received 4.",
    ),
    (
        "Embedding",
        {"input_dim": 5, "output_dim": 3, "dtype": "float8_from_float32"},
        (Tensor((None, 4)),),
        "an embedding must be quantised to int8 or int4; received 'float8'.",
    ),
    (
        "Add",
        {},
        (Tensor((None, 4, 6)), Tensor((None, 5, 6))),
        "its operands must have shapes that fit; received (None, 4, 6), (None, 5, 6).",
    ),
    ("Add", {}, ("x",), "it must be called on a tensor; received none."),
    ("Sum", {"axis": 3}, (Tensor((None, 4, 6)),), "axis must be from -3 to 2; received axis=3."),
    (
        "Concatenate",
        {"axis": 1},
        ([Tensor((None, 4, 6)), Tensor((None, 4))],),
        "its operands must have as many axes; received (None, 4) and (None, 4, 6).",
    ),
    ("Concatenate", {"axis": 1}, (2,), "it must be called on a tensor; received none."),
    (
        "BroadcastTo",
        {"shape": [2, -3]},
        (Tensor((None, 4, 6)),),
        "shape must be a list of sizes; received shape=[2, -3].",
    ),
    (
        "Pad",
        {"pad_width": [[1, 1], [1, 1]]},
        (Tensor((None, 4, 6)),),
        "pad_width must have a pair for each of the 3 axes; received [[1, 1], [1, 1]].",
    ),
    (
        "Pad",
        {"pad_width": [[1, 1], [1, -1], [0, 0]]},
        (Tensor((None, 4, 6)),),
        "pad_width must be integers of at least 0; received pad_width=[1, -1].",
    ),
    (
        "Tensordot",
        {"axes": 4},
        (Tensor((None, 4, 6)), Tensor((None, 4, 6))),
        "axes must be at most the axes of both operands; received axes=4.",
    ),
    (
        "Tensordot",
        {"axes": [1]},
        (Tensor((None, 4, 6)), Tensor((None, 4, 6))),
        "axes must be an integer or a list for each operand; received axes=[1].",
    ),
    (
        "Tensordot",
        {"axes": [[1], [1, 2]]},
        (Tensor((None, 4, 6)), Tensor((None, 4, 6))),
        "axes must name as many of both operands; received axes=[[1], [1, 2]].",
    ),
    (
        "Einsum",
        {"subscripts": "ij->i"},
        (Tensor((None, 4, 6)), Tensor((None, 4, 6))),
        "subscripts must have a term for each of 2 operands; received 'ij->i'.",
    ),
    (
        "Einsum",
        {"subscripts": "ij,jk->ik"},
        (Tensor((None, 4, 6)), Tensor((None, 4, 6))),
        "subscripts must name the 3 axes of each operand; received 'ij'.",
    ),
    (
        "Einsum",
        {"subscripts": "bij,bjk->bz"},
        (Tensor((None, 4, 6)), Tensor((None, 6, 2))),
        "subscripts must take the result's axes from the operands; received 'bij,bjk->bz'.",
    ),
    ("Matmul", {}, (Tensor((None, 4, 6)),), "it must be called on 2 operands; received 1."),
    (
        "Matmul",
        {},
        (Tensor((None, 4, 6)), Tensor((None, 4, 6))),
        "its operands must have shapes that fit; received (None, 4, 6) and (None, 4, 6).",
    ),
    (
        "Cross",
        {},
        (Tensor(()), Tensor((None, 4, 6))),
        "it must be called on vectors; received a number.",
    ),
    (
        "DotProductAttention",
        {},
        (Tensor((None, 4, 6)), Tensor((None, 4, 6)), Tensor((None, 4, 6))),
        "it must be called on query, key and value of 4 axes each; received (None, 4, 6), (None, 4, 6), (None, 4, 6).",
    ),
    (
        "ExpandDims",
        {"axis": [1, 1]},
        (Tensor((None, 4, 6)),),
        "axis must name each new axis once; received axis=[1, 1].",
    ),
    (
        "Squeeze",
        {"axis": 1},
        (Tensor((None, 4, 6)),),
        "axis must name axes of one position; received axis=1.",
    ),
    (
        "Transpose",
        {"axes": [0, 1]},
        (Tensor((None, 4, 6)),),
        "axes must name each of the 3 axes once; received axes=[0, 1].",
    ),
    ("Rot90", {"axes": [1]}, (Tensor((None, 4, 6)),), "axes must name 2 axes; received axes=[1]."),
    (
        "Moveaxis",
        {"source": [1, 2], "destination": [1]},
        (Tensor((None, 4, 6)),),
        "source and destination must name as many axes, each once; received source=[1, 2] and destination=[1].",
    ),
    (
        "Reshape",
        {"newshape": [-1, -1]},
        (Tensor((None, 4, 6)),),
        "target_shape must be sizes, at most one of them -1; received (-1, -1).",
    ),
    ("SearchSorted", {}, (Tensor((None, 4, 6)),), "it must be called on 2 operands; received 1."),
    (
        "CategoricalCrossentropy",
        {},
        (Tensor((None, 4, 6)),),
        "it must be called on target and output; received something else.",
    ),
    (
        "Split",
        {"indices_or_sections": 3, "axis": 1},
        (Tensor((None, 4, 6)),),
        "indices_or_sections must divide the 4 positions; received indices_or_sections=3.",
    ),
    (
        "Split",
        {"indices_or_sections": 0, "axis": 1},
        (Tensor((None, 4, 6)),),
        "indices_or_sections must be from 1 to 10000; received indices_or_sections=0.",
    ),
    (
        "GetItem",
        {},
        (Tensor((None, 4, 6)), [0, 0, 0, 0]),
        "its key must fit the 3 axes; received 4 indices.",
    ),
    (
        "GetItem",
        {},
        (Tensor((None, 4, 6)), [slice(None, None, None), slice("a", 2, None)]),
        "a slice must have integers; received slice('a', 2, None).",
    ),
    (
        "TakeAlongAxis",
        {"axis": 1},
        (Tensor((None, 4, 6)), Tensor((None, 4))),
        "its indices must have as many axes as (None, 4, 6); received (None, 4).",
    ),
    (
        "Slice",
        {"shape": [1, 2]},
        (Tensor((None, 4, 6)), [0, 0, 0]),
        "shape must have a size for each axis of (None, 4, 6); received [1, 2].",
    ),
    (
        "Conv",
        {},
        (Tensor((None, 8, 9, 4)), Tensor((3, 3, 3, 5), constant=True)),
        "its kernel must divide the 4 channels; received (3, 3, 3, 5).",
    ),
    (
        "Conv",
        {},
        (Tensor((None, 8, 9, 4)), Tensor((3, 5), constant=True)),
        "kernel must have 4 axes of known size; received the shape (3, 5).",
    ),
    (
        "ExtractSequences",
        {"sequence_length": 9, "sequence_stride": 2},
        (Tensor((None, 6)),),
        "kernel_size must cover at most the padded input of 6 pixels; received kernel_size=9. Use kernel_size <= 6 or padding='same'.",
    ),
    (
        "CropImages",
        {"top_cropping": 9},
        (Tensor((None, 8, 9, 4)),),
        "cropping must leave something of 8 positions; received 9 in all.",
    ),
    (
        "DepthToSpace",
        {"block_size": 3},
        (Tensor((None, 8, 9, 4)),),
        "block_size must divide axis 3 of (None, 8, 9, 4); received block_size=3.",
    ),
    (
        "Tile",
        {"repeats": [1, -1]},
        (Tensor((None, 4, 6)),),
        "repeats must be integers of at least 0; received repeats=[1, -1].",
    ),
)


@pytest.mark.parametrize(("name", "config", "arguments", "message"), REFUSED)
def test_what_is_wrong_is_said(name, config, arguments, message):
    """The message names the layer, what must be and what was received."""
    module = "keras.src.ops.numpy" if name in OPERATIONS else "keras.layers"
    with pytest.raises(SourceError) as error:
        RuleBook().facts(LayerSpec(Layer(name, "x", config, module=module), arguments))
    assert str(error.value) == f"layer 'x' ({name}): {message}"
