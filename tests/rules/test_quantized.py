from __future__ import annotations

from math import prod

import pytest
from flop_counter import counted_macs, needs_torch
from keras_oracle import agree, check, graph_of, keras, layers, live_graph, row_of

from kerasbook.errors import SourceError
from kerasbook.graph import graph_rows
from kerasbook.report import explain
from kerasbook.rules import Layer, LayerSpec, RuleBook, Tensor, dtype_policy

pytestmark = pytest.mark.keras

POLICIES = (
    "int8",
    "int4",
    "int4/-1",
    "int4/4",
    "float8",
    "gptq/4/-1",
    "gptq/8/4",
    "awq/4/-1",
    "awq/4/3",
)
EMBEDDED = ("int8", "int4", "int4/-1", "int4/4")


def policy(mode):
    """The name of the policy that quantises a float32 layer."""
    return f"{mode}_from_float32"


# -------------------------------------------------------------------------------------- LoRA


def test_lora_freezes_the_kernel_and_trains_two_thin_matrices():
    """Rank 2 on Dense 10→6: 66 parameters become 98, of which 38 are trained."""
    row = check(layers.Dense(6, lora_rank=2), (10,))
    facts = row.node.facts
    assert facts.params.text == "(10 + 1)·6 + 10·2 + 2·6 = 98"
    assert facts.trainable.value == 38
    assert facts.logical.value == 66


LORA = (
    (lambda **o: layers.Dense(6, **o), (10,), 60 + 10 * 2 * 6),
    (lambda **o: layers.Dense(6, **o), (5, 10), 5 * 60 + 10 * 2 * 6),
    (
        lambda **o: layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", **o),
        (5, 10),
        5 * 60 + 10 * 2 * 2 * 3,
    ),
    (lambda **o: layers.Embedding(11, 6, **o), (4,), 11 * 2 * 6),
)
# Which Keras does not quantise.
CONVOLUTIONS = (
    (lambda **o: layers.Conv1D(3, 2, **o), (6, 4), 5 * 24 + 8 * 2 * 3),
    (
        lambda **o: layers.Conv2D(4, 3, groups=2, padding="same", use_bias=False, **o),
        (6, 6, 4),
        36 * 72 + 18 * 2 * 4,
    ),
    (lambda **o: layers.Conv3D(2, 2, strides=2, **o), (4, 4, 4, 3), 8 * 48 + 24 * 2 * 2),
)


@pytest.mark.parametrize(("layer", "shape", "macs"), LORA + CONVOLUTIONS)
def test_lora_equals_keras(layer, shape, macs):
    """The adapters' product is added to the kernel anew in each call."""
    row = check(layer(lora_rank=2), shape)
    assert row.macs.value == macs


@needs_torch
@pytest.mark.parametrize(("layer", "shape", "macs"), LORA + CONVOLUTIONS)
def test_lora_macs_are_what_torch_runs(layer, shape, macs):
    """The products that PyTorch counts while the layer runs."""
    assert counted_macs(layer(lora_rank=2), shape) == macs


def test_lora_that_is_enabled_later_is_in_the_configuration():
    """`enable_lora` on a built layer writes what the constructor would take."""
    layer = layers.Dense(6)
    inputs = keras.Input((10,))
    model = keras.Model(inputs, layer(inputs))
    layer.enable_lora(2)
    (row,) = (r for r in graph_rows(graph_of(model)) if r.node.name == layer.name)
    agree(row, layer, [model.output])
    assert row.node.facts.logical.value == 66


# ------------------------------------------------------------------------------ quantised layers


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("mode", POLICIES)
def test_quantised_dense_equals_keras(mode, use_bias):
    """What is stored is Keras's, weight by weight; what is meant are the plain layer's."""
    row = check(layers.Dense(7, use_bias=use_bias, dtype=policy(mode)), (4, 10))
    assert row.node.facts.logical.value == 10 * 7 + 7 * use_bias
    assert row.macs.value == 4 * 10 * 7


EINSUM = (
    ("abc,cd->abd", (None, 7), "d", (4, 10)),
    ("abc,cde->abde", (None, 2, 3), "de", (5, 10)),
    ("abcd,cde->abe", (None, 6), "e", (5, 2, 3)),
    ("abcd,cde->abe", (None, 6), None, (5, 8, 9)),
    ("abc,cd->adb", (7, None), None, (4, 10)),
)


@pytest.mark.parametrize(("equation", "output_shape", "bias_axes", "shape"), EINSUM)
@pytest.mark.parametrize("mode", POLICIES)
def test_quantised_einsum_equals_keras(mode, equation, output_shape, bias_axes, shape):
    """Rows are what the equation sums over, columns the rest."""
    layer = layers.EinsumDense(equation, output_shape, bias_axes=bias_axes, dtype=policy(mode))
    check(layer, shape)


@pytest.mark.parametrize("mode", EMBEDDED)
@pytest.mark.parametrize("size", [6, 7])
def test_quantised_embeddings_equal_keras(mode, size):
    """A scale for each word, or for each word and group of its numbers."""
    row = check(layers.Embedding(11, size, dtype=policy(mode)), (4,))
    assert row.node.facts.logical.value == 11 * size


@pytest.mark.parametrize("mode", ["", *EMBEDDED])
@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("reverse", [True, False])
def test_quantised_reversible_embeddings_equal_keras(mode, tied, reverse):
    """A table of its own for the way back is quantised by itself."""
    dtype = policy(mode) if mode else "float32"
    layer = layers.ReversibleEmbedding(11, 6, tie_weights=tied, dtype=dtype)
    row = check(layer, (4, 6) if reverse else (4,), reverse=reverse)
    assert row.macs.value == (4 * 6 * 11 if reverse else 0)


@pytest.mark.parametrize("mode", ["int8", "int4", "int4/4"])
@pytest.mark.parametrize(("layer", "shape", "macs"), LORA)
def test_adapters_beside_a_quantised_kernel(layer, shape, macs, mode):
    """The kernel is packed, the adapters are not; they are what is trained, with the bias."""
    row = check(layer(lora_rank=2, dtype=policy(mode)), shape)
    plain = check(layer(lora_rank=2), shape)
    assert row.node.trainable.value == plain.node.trainable.value
    assert row.node.facts.logical.value == plain.node.facts.logical.value
    assert plain.macs.value == macs


def test_products_of_adapters_beside_a_quantised_kernel():
    """Per position: inputs·units, inputs·rank and rank·units."""
    row = check(layers.Dense(6, lora_rank=2, dtype=policy("int8")), (5, 10))
    assert row.macs.text == "5·10·6 + 5·10·2 + 5·6·2 = 460"
    heads = layers.EinsumDense("abc,cde->abde", (None, 2, 3), lora_rank=2, dtype=policy("int8"))
    assert check(heads, (5, 10)).macs.value == 5 * 10 * 6 + 5 * 10 * 2 * 2 + 5 * 2 * 2 * 3
    table = check(layers.Embedding(11, 6, lora_rank=2, dtype=policy("int8")), (4,))
    assert table.macs.value == 4 * 2 * 6


def test_a_quantised_layer_that_is_frozen():
    """Nothing of it is trained."""
    row = check(layers.Dense(6, dtype=policy("float8"), trainable=False), (10,))
    assert row.node.facts.trainable.value == 0


def test_heads_that_are_quantised_one_by_one():
    """A map of policies quantises the projections of an attention by their paths."""
    quantised = keras.dtype_policies.QuantizedDTypePolicy("int8", "float32")
    policies = keras.dtype_policies.DTypePolicyMap()
    for name in ("query", "value", "attention_output"):
        policies[f"attention/{name}"] = quantised
    tokens = keras.Input((10, 16))
    layer = layers.MultiHeadAttention(2, 8, dtype=policies, name="attention")
    model = keras.Model(tokens, layer(tokens, tokens))
    row = next(r for r in graph_rows(graph_of(model)) if r.node.name == "attention")
    assert row.node.params.value == layer.count_params()
    held = [(w.shape, w.trainable, w.dtype) for w in row.node.facts.weights]
    assert held == [(tuple(w.shape), w.trainable, w.dtype) for w in layer.weights]
    assert row.node.facts.logical.value == 1_088


@pytest.mark.parametrize("mode", ["int8", "int4/4", "float8", "gptq/4/-1"])
@pytest.mark.parametrize("kind", ["multi", "grouped"])
def test_heads_quantise_all_their_projections(mode, kind):
    """The policy of the layer is that of each projection."""
    make = {
        "multi": lambda: layers.MultiHeadAttention(2, 8, dtype=policy(mode)),
        "grouped": lambda: layers.GroupQueryAttention(8, 4, 2, dtype=policy(mode)),
    }
    tokens, layer = keras.Input((10, 16)), make[kind]()
    model = keras.Model(tokens, layer(tokens, tokens))
    row = next(r for r in graph_rows(graph_of(model)) if r.node.name == layer.name)
    agree(row, layer, [model.output])


def test_paths_by_patterns_are_not_followed():
    """Which projections a pattern means is not found out: the weights are unknown, not plain."""
    policies = keras.dtype_policies.DTypePolicyMap()
    policies["attention/.*"] = keras.dtype_policies.QuantizedDTypePolicy("int8", "float32")
    tokens = keras.Input((10, 16))
    layer = layers.MultiHeadAttention(2, 8, dtype=policies, name="attention")
    model = keras.Model(tokens, layer(tokens, tokens))
    row = next(r for r in graph_rows(graph_of(model)) if r.node.name == "attention")
    assert row.node.params is None
    assert row.reason == "patterns of paths choose how its parts are stored"
    assert row.macs.value == 13_440


# --------------------------------------------------------------------------- quantised in memory

QUANTISED = (("int8", None, 72), ("int4", None, 58), ("float8", None, 3_141))


@pytest.mark.parametrize(("mode", "config", "stored"), QUANTISED)
def test_dense_quantised_in_memory(mode, config, stored):
    """Dense 10→6 after `quantize`: 72, 58 and 3,141 are stored, 66 are meant."""
    layer = layers.Dense(6)
    model = keras.Sequential([keras.Input((10,)), layer])
    layer.quantize(mode, config=config)
    for graph in (graph_of(model), live_graph(model)):
        (row,) = (r for r in graph_rows(graph) if r.node.name == layer.name)
        assert row.node.params.value == layer.count_params() == stored
        assert row.node.facts.logical.value == 66


@pytest.mark.parametrize("block_size", [None, -1, 4])
def test_int4_in_groups_as_asked_for(block_size):
    """The policy in the configuration says how many rows share a scale."""
    layer = layers.Dense(6)
    model = keras.Sequential([keras.Input((10,)), layer])
    layer.quantize("int4", config=keras.quantizers.Int4QuantizationConfig(block_size=block_size))
    (row,) = (r for r in graph_rows(graph_of(model)) if r.node.name == layer.name)
    assert row.node.params.value == layer.count_params()


# -------------------------------------------------------------------------------------- mistakes


def facts_of(config, shape=(None, 10)):
    """The facts of a Dense layer from its configuration."""
    return RuleBook().facts(LayerSpec(Layer("Dense", "top", config), (Tensor(shape),)))


def test_settings_of_a_policy_are_numbers():
    """What is no number is said to be none."""
    with pytest.raises(SourceError) as error:
        facts_of({"units": 6, "dtype": "int4/many_from_float32"})
    assert str(error.value) == (
        "layer 'top' (Dense): a quantisation policy must have numbers as settings; "
        "received 'int4/many_from_float32'."
    )


def test_lora_beside_gptq_is_refused_as_keras_does():
    """Keras has no LoRA for it."""
    with pytest.raises(SourceError) as error:
        facts_of({"units": 6, "lora_rank": 2, "dtype": "gptq/4/-1_from_float32"})
    assert str(error.value) == (
        "layer 'top' (Dense): lora_rank must not be set with gptq; received lora_rank=2."
    )


@pytest.mark.parametrize("mode", [*POLICIES, "int8"])
def test_policies_are_known_by_the_names_that_keras_gives_them(mode):
    """A serialised policy and its name are one."""
    keras_policy = keras.dtype_policies.get(policy(mode))
    frame = keras.saving.serialize_keras_object(keras_policy)
    assert dtype_policy(frame).name == keras_policy.name == policy(mode)


# ------------------------------------------------------------------------ inside attention


@pytest.mark.parametrize(
    "build",
    [
        lambda: layers.MultiHeadAttention(3, 8, use_bias=False),
        lambda: layers.MultiHeadAttention(2, 4, value_dim=3),
        lambda: layers.GroupQueryAttention(4, 4, 2),
    ],
)
def test_adapters_in_the_projections_of_attention(build):
    """No configuration has them; in memory each counts as that of a layer by itself."""
    inputs, layer = keras.Input((6, 8)), build()
    model = keras.Model(inputs, layer(inputs, inputs))
    plain = row_of(layer, live_graph(model))
    parts = [each for each in layer._layers if hasattr(each, "enable_lora")][:3]
    for part in parts:
        part.enable_lora(2)
    row = row_of(layer, live_graph(model))
    agree(row, layer, [model.output])
    assert row.facts.params_origin == "ruled"
    more = sum(prod(part.kernel.shape) * 2 for part in parts)
    assert row.macs.value - plain.macs.value == more


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`")
@pytest.mark.parametrize("filters", [None, "query", "top"])
def test_a_file_with_projections_that_were_quantised(filters, tmp_path):
    """Its configuration does not say so, and its arrays do; Keras itself does not load it."""
    inputs, layer = keras.Input((6, 8)), layers.MultiHeadAttention(2, 4)
    model = keras.Model(inputs, layers.Dense(4, name="top")(layer(inputs, inputs)))
    model.quantize("int8", filters=filters)
    model.save(tmp_path / "m.keras")
    report = explain(tmp_path / "m.keras")
    assert report.params_known
    assert report.params == model.count_params() == explain(model).params
    row = next(each for each in report.rows if each.class_name == "MultiHeadAttention")
    assert row.logical_params in (288, None)
    assert row.params_origin == ("ruled" if filters == "top" else "counted from arrays")


HEADS = {
    "MultiHeadAttention": lambda **o: layers.MultiHeadAttention(2, 4, **o),
    "gated": lambda **o: layers.MultiHeadAttention(2, 4, use_gate=True, use_bias=False, **o),
    "GroupQueryAttention": lambda **o: layers.GroupQueryAttention(4, 4, 2, **o),
}


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`")
@pytest.mark.parametrize("filters", [None, "query|output"])
@pytest.mark.parametrize("mode", ["int8", "int4", "float8"])
@pytest.mark.parametrize("kind", HEADS)
def test_quantised_heads_are_the_same_in_memory_and_in_their_file(kind, mode, filters, tmp_path):
    """What is trained, the memory, and each scheme: as Keras has them in memory."""
    inputs, layer = keras.Input((6, 8)), HEADS[kind]()
    model = keras.Model(inputs, layer(inputs, inputs))
    model.quantize(mode, filters=filters)
    model.save(tmp_path / "m.keras")
    live, stored = explain(model), explain(tmp_path / "m.keras")
    trained = sum(prod(each.shape) for each in model.trainable_weights)
    assert stored.params_known
    assert stored.trainable_known
    assert (stored.params, stored.params.trainable) == (model.count_params(), trained)
    assert stored.weights_bytes == live.weights_bytes
    backend = keras.backend.backend()
    assert stored.memory(backend=backend) == live.memory(backend=backend)
    assert sorted(_stored_under(stored).items()) == sorted(_stored_under(live).items())


def _stored_under(report):
    """What is stored, as it is and under each scheme, and which schemes Keras refuses."""
    schemes = report.quantization()
    return {each.name: (each.stored, each.stored_known, each.kept) for each in schemes.schemes} | (
        schemes.refused
    )


ON_DATA = {
    "Dense": lambda dtype: layers.Dense(6, dtype=dtype),
    "Dense without bias": lambda dtype: layers.Dense(6, use_bias=False, dtype=dtype),
    "EinsumDense": lambda dtype: layers.EinsumDense(
        "abc,cd->abd", (None, 6), bias_axes="d", dtype=dtype
    ),
    "MultiHeadAttention": lambda dtype: layers.MultiHeadAttention(2, 4, dtype=dtype),
}


@pytest.mark.parametrize("mode", ["gptq/4/-1", "gptq/4/8", "gptq/8/-1", "awq/4/-1", "awq/4/8"])
@pytest.mark.parametrize("kind", ON_DATA)
def test_layers_that_were_quantised_on_data_are_known_from_a_file(kind, mode, tmp_path):
    """Keras writes all but the zero points, one for each scale; the report counts them."""
    inputs, layer = keras.Input((5, 16)), ON_DATA[kind](policy(mode))
    heads = isinstance(layer, layers.MultiHeadAttention)
    model = keras.Model(inputs, layer(inputs, inputs) if heads else layer(inputs))
    model.save(tmp_path / "m.keras")
    report = explain(tmp_path / "m.keras")
    assert (report.params_known, report.trainable_known) == (True, True)
    trained = sum(prod(each.shape) for each in model.trainable_weights)
    assert (report.params, report.params.trainable) == (model.count_params(), trained)
