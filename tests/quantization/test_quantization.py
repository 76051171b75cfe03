"""Quantisation against Keras: what `quantize` and policies make of real models, to the byte."""

from __future__ import annotations

import json
import warnings
from math import prod

import pytest

import kerasbook as kb
from kerasbook.dtypes import width_bytes

pytest.importorskip("keras")
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_oracle import keras
from nets import CONV, MINE, TOP, layer, sequential

layers = keras.layers
pytestmark = pytest.mark.keras


def images():
    """A convolutional network: nothing but its top is quantised."""
    inputs = keras.Input((9, 9, 3))
    x = layers.Conv2D(5, 3, use_bias=False)(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Add()([x, layers.DepthwiseConv2D(3, padding="same")(x)])
    x = layers.LayerNormalization()(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, layers.Dense(7, name="top")(layers.Dropout(0.5)(x)))


def decoder():
    """A transformer's block whose table of words is used both ways."""
    tokens = keras.Input((6,), dtype="int32")
    table = layers.ReversibleEmbedding(11, 10)
    x = table(tokens)
    mixed = layers.MultiHeadAttention(2, 5)(x, x)
    x = layers.LayerNormalization()(x + mixed)
    wide = layers.EinsumDense("abc,cd->abd", (6, 13), bias_axes="d", activation="gelu")(x)
    x = x + layers.Dense(10)(wide)
    return keras.Model(tokens, table(x, reverse=True))


def untied():
    """Two tables, grouped heads, and a kernel of three axes."""
    tokens = keras.Input((6,), dtype="int32")
    table = layers.ReversibleEmbedding(11, 9, tie_weights=False)
    x = table(tokens)
    x = layers.GroupQueryAttention(3, 4, 2)(x, x)
    x = layers.EinsumDense("abc,cde->abde", (6, 3, 5), bias_axes="de")(x)
    x = layers.EinsumDense("abde,dec->abc", (6, 9))(x)
    return keras.Model(tokens, table(x, reverse=True))


def nested():
    """Models in models, wrappers, and a layer that is shared."""
    shared = layers.Dense(9, name="shared")
    parts = [
        keras.Sequential([keras.Input((6,)), layers.Dense(9, "relu"), layers.Dense(7)], name=name)
        for name in ("inner", "inside")
    ]
    inputs = keras.Input((4, 6))
    x = layers.TimeDistributed(parts[0], name="steps")(inputs)
    x = layers.TimeDistributed(layers.Dense(5, name="cell"), name="each")(x)
    x = layers.Bidirectional(layers.LSTM(3, recurrent_initializer="zeros"))(x)
    outer = keras.Sequential([keras.Input((6,)), layers.Dense(6), parts[1]], name="outer")
    return keras.Model(inputs, [outer(x), shared(shared(layers.Dense(9)(x)))])


def adapted():
    """LoRA's adapters beside their kernels."""
    tokens = keras.Input((6,), dtype="int32")
    x = layers.Embedding(11, 8, lora_rank=3)(tokens)
    x = layers.Dense(7, lora_rank=2)(x)
    return keras.Model(tokens, layers.EinsumDense("abc,cd->abd", (6, 5), lora_rank=2)(x))


def activated():
    """Layers that Keras passes over, since their activations are layers."""
    inputs = keras.Input((10,))
    x = layers.Dense(9, activation=layers.LeakyReLU())(inputs)
    x = layers.SpectralNormalization(layers.Dense(9, name="inside"))(x)
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(x))


BUILDERS = (images, decoder, untied, nested, adapted, activated)
FLOATS = ("mixed_float16", "bfloat16")
MODES = ("int8", "int4", "int4/-1", "int4/4", "float8")


def bytes_of(weights):
    """Bytes that variables take."""
    return sum(
        prod(w.shape) * width_bytes(keras.backend.standardize_dtype(w.dtype)) for w in weights
    )


def under(policy, build):
    """A model built under a policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return build()
    finally:
        keras.config.set_dtype_policy(before)


def quantize(model, scheme, **options):
    """Quantise a model as a scheme says it; what Keras passes over it warns about."""
    mode, _, group = scheme.partition("/")
    if group:
        options["config"] = keras.quantizers.Int4QuantizationConfig(block_size=int(group))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Layer .* does not have a `quantize` method")
        warnings.filterwarnings("ignore", message="Invalid quantization mode")
        model.quantize(None if group else mode, **options)


def sources(model):
    """A report on the model in memory, and one on its configuration."""
    return {"live": kb.explain(model), "config": kb.explain(model.to_json())}


@pytest.mark.parametrize("scheme", MODES)
@pytest.mark.parametrize("build", BUILDERS)
def test_quantised_bytes_are_those_that_keras_stores(build, scheme):
    """What was foretold is what `model.quantize` leaves, to the byte, and layer by layer."""
    model = build()
    told = {
        name: report.quantization(schemes=[scheme])[scheme]
        for name, report in sources(model).items()
    }
    quantize(model, scheme)
    for each in told.values():
        assert each.stored == bytes_of(model.weights)
        assert each.known
    kinds = sorted(
        (tuple(w.shape), keras.backend.standardize_dtype(w.dtype)) for w in model.weights
    )
    for each in told.values():
        assert sorted((w.shape, w.dtype) for row in each.rows for w in row.weights) == kinds


@pytest.mark.parametrize("policy", FLOATS)
@pytest.mark.parametrize("build", BUILDERS)
def test_policies_are_those_of_a_model_built_under_them(build, policy):
    """Weights, and all that the report says of a model's memory, are those of the real model."""
    plain, real = build(), kb.explain(under(policy, build))
    for report in sources(plain).values():
        told = report.quantization(3, schemes=[policy])[policy]
        assert told.stored == sum(real.weights_bytes.values())
        assert told.moved == real.quantization(3)["as it is"].moved
        # A file does not say on which backend it will run: it is taken as compiled.
        memory = real.memory(3, backend=report.backend or "tensorflow")
        assert told.peak == memory.inference_bytes
        assert told.known == memory.known


@pytest.mark.parametrize("scheme", ["int8_from_mixed_bfloat16", "int4/4_from_bfloat16"])
def test_both_at_once(scheme):
    """A model built under a policy and quantised then."""
    mode, _, policy = scheme.partition("_from_")
    told = kb.explain(decoder()).quantization(schemes=[scheme])[scheme]
    model = under(policy, decoder)
    quantize(model, mode)
    assert told.stored == bytes_of(model.weights)
    real = kb.explain(model).memory()
    assert told.peak == real.inference_bytes


def test_what_was_foretold_is_said_afterwards():
    """Of the quantised model itself the report says the same, as it is."""
    model = decoder()
    told = kb.explain(model).quantization(2)["int8"]
    quantize(model, "int8")
    now = kb.explain(model).quantization(2)
    assert (now["as it is"].stored, now["as it is"].peak) == (told.stored, told.peak)
    assert now["as it is"].moved == told.moved
    assert set(now.refused) == {"int8", "int4", "float8"}


def arrays_bytes(path):
    """Bytes of the arrays that a file holds."""
    import zipfile  # noqa: PLC0415  only here

    import h5py  # noqa: PLC0415  Keras brings it

    found = []
    with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as member:
        h5py.File(member).visititems(
            lambda _, each: found.append(each.nbytes) if isinstance(each, h5py.Dataset) else None
        )
    return sum(found)


@pytest.mark.parametrize("scheme", ["as it is", "int8", "int4", "float8"])
def test_a_file_holds_as_many_bytes(scheme, tmp_path):
    """The arrays in a saved file are what is stored."""
    model = decoder()
    told = kb.explain(model).quantization(schemes=["int8", "int4", "float8"])[scheme]
    if scheme != "as it is":
        quantize(model, scheme)
    path = tmp_path / "model.keras"
    model.save(path)
    assert arrays_bytes(path) == told.stored


def test_a_quantised_file_says_what_it_holds(tmp_path):
    """Heads left out, whose quantised parts Keras's own configuration does not tell."""
    model = images()
    quantize(model, "int8")
    path = tmp_path / "model.keras"
    model.save(path)
    assert kb.explain(path).quantization()["as it is"].stored == arrays_bytes(path)


def test_adapters_are_merged_into_a_file(tmp_path):
    """What is stored in memory includes them; saving merges them into their kernels."""
    model = adapted()
    told = kb.explain(model).quantization()["int8"]
    adapters = [w for row in told.rows for w in row.weights if w.name.startswith("lora_")]
    quantize(model, "int8")
    path = tmp_path / "model.keras"
    model.save(path)
    assert arrays_bytes(path) == told.stored - 4 * sum(prod(w.shape) for w in adapters)


@settings(deadline=None, max_examples=10)
@given(
    inputs=st.integers(1, 40),
    units=st.integers(1, 9),
    words=st.integers(1, 30),
    group=st.sampled_from([-1, 1, 3, 128]),
)
def test_sizes_of_all_kinds_are_packed_as_keras_does(inputs, units, words, group):
    """Odd sizes leave half a byte, groups may be longer than there are rows."""
    tokens = keras.Input((2,), dtype="int32")
    x = layers.Embedding(words, inputs)(tokens)
    x = layers.Dense(units)(x)
    x = layers.EinsumDense("abc,cde->abde", (2, 3, units))(x)
    model = keras.Model(tokens, x)
    scheme = f"int4/{group}"
    told = kb.explain(model).quantization(schemes=[scheme])[scheme]
    quantize(model, scheme)
    assert told.stored == bytes_of(model.weights)


# ------------------------------------------------------------------------------- layers of others


class Block(layers.Layer):
    """A layer of the user's own with layers of Keras inside."""

    def __init__(self, **options):
        super().__init__(**options)
        self.first, self.second = layers.Dense(9), layers.Dense(6)

    def build(self, shape):
        """Build the layers inside."""
        self.first.build(shape)
        self.second.build((*shape[:-1], 9))
        self.shift = self.add_weight(shape=(6,), name="shift")

    def call(self, inputs):
        """Call one after the other."""
        return self.second(self.first(inputs)) + self.shift


class Whole(keras.Model):
    """A subclassed model of such layers."""

    def __init__(self):
        super().__init__()
        self.block, self.heads = Block(), layers.MultiHeadAttention(2, 3)

    def call(self, inputs):
        """Mix what comes out of the block."""
        x = self.block(inputs)
        return self.heads(x, x)


def traced():
    """A functional model with a layer of the user's own."""
    inputs = keras.Input((4, 6))
    return keras.Model(inputs, layers.Dense(3)(Block()(inputs)))


def subclassed():
    """A model that records no calls."""
    model = Whole()
    model(keras.ops.zeros((2, 4, 6)))
    return model


@pytest.mark.parametrize("scheme", [*MODES, "bfloat16"])
@pytest.mark.parametrize("build", [traced, subclassed])
def test_what_was_traced_is_quantised_inside(build, scheme):
    """Layers inside layers of the user's own are found in a model in memory."""
    model = build()
    told = kb.explain(model).quantization(schemes=[scheme])[scheme]
    if scheme == "bfloat16":
        model = under(scheme, build)
    else:
        quantize(model, scheme)
    assert told.stored == bytes_of(model.weights)
    assert told.stored_known


@pytest.mark.parametrize("scheme", ["int8", "int4/4", "float8"])
def test_what_was_not_traced_keeps_its_parts(scheme):
    """Weights that were counted in memory have no paths, and projections follow each other."""
    model = subclassed()
    report = kb.explain(model, trace="never")
    heads = next(
        r
        for r in report.quantization(schemes=[scheme])[scheme].rows
        if "heads" in r.name or "attention" in r.name
    )
    quantize(model, scheme)
    assert heads.stored == bytes_of(model.heads.weights)


def test_a_layer_of_the_users_own_is_at_least():
    """In a file nobody knows what is inside it, and so what Keras would quantise."""
    report = kb.explain(sequential(TOP, MINE))
    told = report.quantization()
    assert not told["int8"].stored_known
    assert "≥ " in told.to_text()
    rule = {
        "Mine": lambda spec: kb.rules.LayerFacts(
            spec.input_shape, weights=(kb.rules.weight("w", {"n": 3}),)
        )
    }
    told = kb.explain(sequential(TOP, MINE), extra_rules=rule).quantization()
    assert told["as it is"].stored_known
    assert told["bfloat16"].stored == (15 + 3) * 2
    assert not told["int8"].stored_known
    assert told["int8"].rows[2].kept == (
        "a class of the user's own; what it holds inside may be quantised"
    )


# ----------------------------------------------------------------------------------- what is kept


@pytest.mark.parametrize("filters", ["top", ["query", "key"], r"^(?!dense)", []])
def test_filters_choose_as_keras_does(filters):
    """By the names of the layers that are quantised, also of those inside others."""

    def build():
        inputs = keras.Input((4, 6))
        x = layers.Dense(6, name="dense_in")(inputs)
        x = layers.MultiHeadAttention(2, 3)(x, x)
        return keras.Model(inputs, layers.Dense(3, name="top")(x))

    model = build()
    told = kb.explain(model).quantization(schemes=["int8"], filters=filters)["int8"]
    quantize(model, "int8", filters=filters)
    assert told.stored == bytes_of(model.weights)


def test_reasons_name_the_layers():
    """Each reason why a layer stays as it is, with the layers."""
    told = kb.explain(activated()).quantization(filters="inside|dense")
    reasons = {reason for scheme in told.schemes for reason in scheme.kept}
    assert "Keras passes over a layer whose activation is a layer" in reasons
    assert kb.explain(images()).quantization()["int4"].kept.keys() == {
        "Keras does not quantise Conv2D",
        "Keras does not quantise BatchNormalization",
        "Keras does not quantise DepthwiseConv2D",
        "Keras does not quantise LayerNormalization",
    }
    words = kb.explain(adapted()).quantization()["float8"].kept
    assert list(words) == ["Keras has no float8 for Embedding"]


@pytest.mark.parametrize("policy", ["float16", "mixed_float16"])
def test_int8_beside_float16_is_refused_as_by_keras(policy):
    """The schemes that Keras raises an error for are named with the layer."""
    model = under(policy, traced)
    told = kb.explain(model).quantization()
    assert list(told.refused) == ["int8"]
    with pytest.raises(ValueError, match="doesn't work well"):
        quantize(model, "int8")
    assert "int8 Keras raises an error because of layer" in " ".join(told.to_text().split())
    scheme = f"int8_from_{policy}"
    plain = kb.explain(traced())
    with pytest.raises(
        kb.errors.ArgumentError, match=f"received {scheme!r}, for which Keras raises"
    ):
        plain.quantization(schemes=[scheme])


def test_a_quantised_model_is_refused_as_by_keras():
    """The whole message, when it was asked for."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="top")])
    quantize(model, "int8")
    with pytest.raises(kb.errors.ArgumentError) as caught:
        kb.explain(model).quantization(schemes=["int4"])
    assert str(caught.value) == (
        "schemes must be such as Keras has for this model; received 'int4', for which Keras "
        "raises an error because of layer 'top': it is quantised already."
    )
    with pytest.raises(ValueError, match="already quantized"):
        quantize(model, "int4")


def heads(*, gated=False):
    """Attention of both kinds, with a gate if asked."""
    inputs = keras.Input((5, 8))
    x = layers.MultiHeadAttention(2, 4, use_gate=gated, name="many")(inputs, inputs)
    x = layers.GroupQueryAttention(4, 4, 2, use_gate=gated, name="grouped")(x, x)
    return keras.Model(inputs, layers.Dense(3, name="top")(x))


@pytest.mark.parametrize("mode", ["int8", "int4", "float8"])
@pytest.mark.parametrize("filters", [None, "query", "gate|top", "many"])
def test_projections_of_attention_are_quantised_one_by_one(mode, filters):
    """A gate too; a model that is quantised in part is what it is, and not quantised again."""
    model = heads(gated=True)
    foretold = kb.explain(model).quantization(schemes=[mode], filters=filters)[mode]
    quantize(model, mode, filters=filters)
    assert foretold.stored_known
    assert foretold.stored == bytes_of(model.weights)
    report = kb.explain(model)
    now, half = report.quantization(schemes=["bfloat16"]).schemes
    assert report.memory().weights_bytes == now.stored == bytes_of(model.weights)
    assert half.stored <= now.stored  # what is quantised stays
    if filters != "many":  # which names no projection
        with pytest.raises(kb.errors.ArgumentError, match="it is quantised already"):
            report.quantization(schemes=["int8"])
        with pytest.raises(ValueError, match="already quantized"):
            quantize(model, "int8")


@pytest.mark.parametrize("mode", ["int8", "int4", "float8"])
def test_one_kernel_of_two_layers_is_stored_at_least_once(mode):
    """Keras makes a quantised copy in the other layer, of which nothing is known here."""
    one, other = layers.Dense(6), layers.Dense(6)
    inputs = keras.Input((6,))
    model = keras.Model(inputs, other(one(inputs)))
    other._tracker.unlock()
    other._trainable_variables.remove(other._kernel)
    other._kernel = one._kernel
    other._tracker.lock()
    now, foretold = kb.explain(model).quantization(schemes=[mode]).schemes
    assert now.stored == bytes_of(model.weights)
    assert (now.stored_known, now.known) == (True, False)  # the kernel is read twice
    assert not foretold.stored_known
    assert foretold.kept == {
        "another layer holds its kernel, of which Keras makes a quantised copy here": (other.name,)
    }
    quantize(model, mode)
    assert foretold.stored < bytes_of(model.weights)


# ------------------------------------------------------------------------------------- arithmetic


def test_each_number_has_its_arithmetic():
    """A batch of 32 through Dense 4→3."""
    told = kb.explain(sequential(TOP)).quantization(32)
    now, int8, half = told["as it is"], told["int8"], told["mixed_bfloat16"]
    assert now.stored.text == "(4 + 1)·3·4 = 60"
    assert now.moved.text == "60 + 32·(16 + 12) = 956"
    assert now.peak.text == "60 + 32·28 = 956"
    assert int8.stored.text == "2·3·4 + 4·3 = 36"
    assert int8.rows[1].moved.text == "36 + 32·(16 + 12) = 932"
    assert half.moved.text == "60 + 32·(16 + 6) = 764"
    assert half.rows[1].peak == half.peak


def test_an_embedding_reads_what_is_looked_up():
    """One row of the table a word, with its scale; the way back reads the whole table."""
    told = kb.explain(decoder()).quantization(2)
    table = next(row for row in told["int8"].rows if "Reversible" in row.class_name)
    there = 2 * (6 * 4 + 6 * 10 * 4 + 6 * (10 + 4))
    back = 11 * 10 + 11 * 4 + 2 * (6 * 10 * 4 + 6 * 11 * 4)
    assert table.moved == there + back


def test_layers_that_are_shared_move_their_weights_again():
    """They are stored once."""
    told = kb.explain(nested()).quantization()["as it is"]
    shared = next(row for row in told.rows if row.name == "shared")
    assert shared.stored == 90 * 4
    assert shared.moved == 2 * (90 * 4 + 36 + 36)


def test_sizes_that_are_not_specified_are_at_least():
    """What is stored is known all the same."""
    told = kb.explain(sequential(CONV, shape=(None, None, 3))).quantization()["as it is"]
    assert (told.stored_known, told.known) == (True, False)
    assert told.stored == 490 * 4


def test_the_peak_is_that_of_a_layer():
    """The most that the model takes while one of its layers runs."""
    for scheme in kb.explain(images()).quantization(5).schemes:
        assert scheme.peak == max(row.peak for row in scheme.rows if row.peak is not None)


# --------------------------------------------------------------------------------------- exports


def test_text_is_a_table():
    """The whole text of a small model."""
    bias = layer("Conv1D", "conv", filters=2, kernel_size=[3])
    told = kb.explain(sequential(bias, TOP, shape=(5, 4))).quantization(
        32, schemes=["bfloat16", "int8"]
    )
    assert told.to_text() == str(told)
    assert told.to_text().splitlines() == [
        "net (Sequential), a batch of 32",
        "─" * 79,
        "Scheme    Stored     Moved      Peak  Stored, of now",
        "─" * 79,
        "as it is   140 B  5.26 KiB  3.39 KiB         100.0 %",
        "bfloat16    70 B  3.88 KiB  2.94 KiB          50.0 %",
        "int8       134 B  5.26 KiB  3.38 KiB          95.7 %",
        "─" * 79,
        "int8  conv as now: Keras does not quantise Conv1D",
    ]
    assert told["int8"].to_text().splitlines() == [
        "int8, a batch of 32",
        "─" * 79,
        "Layer (class)  Stored     Moved      Peak",
        "─" * 79,
        "conv (Conv1D)   104 B  3.35 KiB  3.38 KiB",
        "    stored (3·4 + 1)·2·4 = 104",
        "    moved 104 + 32·(80 + 24) = 3,432",
        "    as now: Keras does not quantise Conv1D",
        "top (Dense)      30 B  1.90 KiB  2.01 KiB",
        "    stored 2·3·4 + 2·3 = 30",
        "    moved 30 + 32·(24 + 36) = 1,950",
        "─" * 79,
        "all             134 B  5.26 KiB  3.38 KiB",
    ]


@pytest.mark.parametrize("build", BUILDERS)
def test_texts_fit_80_columns(build):
    """No line is longer than a terminal, whatever the layers are."""
    told = kb.explain(build()).quantization(10**6)
    for text in (told.to_text(), *(scheme.to_text() for scheme in told.schemes)):
        assert max(map(len, text.splitlines())) < 80


def test_other_forms_hold_the_same():
    """Markdown, HTML, JSON and records."""
    told = kb.explain(decoder()).quantization(2)
    record = json.loads(told.to_json())
    assert record["batch_size"] == 2
    assert [each["name"] for each in record["schemes"]] == [each.name for each in told.schemes]
    assert [each["stored_bytes"] for each in record["schemes"]] == [s.stored for s in told.schemes]
    records = told.to_records()
    assert len({tuple(each) for each in records}) == 1
    assert sum(each["stored_bytes"] for each in records if each["scheme"] == "int4") == (
        told["int4"].stored
    )
    page, one = told._repr_html_(), told["int8"]._repr_html_()
    for row in told["int8"].rows:
        if row.stored:
            assert row.stored.text in page
            assert row.stored.text in one
            assert row.moved.text in told["int8"].to_markdown()
    assert told["int8"].stored.human in told.to_markdown()
    assert page.count("<table>") == 1 + len(told.schemes)
    assert repr(told) == f"<Quantization of {told.name!r}: 8 schemes>"
    assert repr(told["int8"]) == f"<Scheme 'int8': {told['int8'].stored.human} stored>"


# -------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    "scheme", ["int3", "int8/4", "int4/0", "int4/x", "int32", "int8_from_x", 8]
)
def test_schemes_are_names_of_policies(scheme):
    """The message lists how they are written."""
    with pytest.raises(kb.errors.ArgumentError) as caught:
        kb.explain(sequential(TOP)).quantization(schemes=[scheme])
    assert str(caught.value) == (
        "schemes must be names as Keras's dtype policies have them: 'mixed_bfloat16', "
        "'bfloat16', 'int8', 'int4', 'int4/64', 'float8' or 'int8_from_bfloat16'; "
        f"received {scheme!r}."
    )


@pytest.mark.parametrize("filters", [3, "(", ["top", 3]])
def test_filters_are_patterns(filters):
    """What is none is said to be none."""
    with pytest.raises(
        kb.errors.ArgumentError, match="filters must be a regular expression for layers'"
    ):
        kb.explain(sequential(TOP)).quantization(filters=filters)


def test_a_scheme_that_is_not_there_is_a_key_error():
    """The message lists those that are."""
    with pytest.raises(KeyError, match="no scheme 'int8' here; there are 'as it is', 'int4'"):
        kb.explain(sequential(TOP)).quantization(schemes="int4")["int8"]


def test_its_classes_are_loaded_when_they_are_asked_for():
    """`kerasbook explain` does not pay for them; a name that is not there is an error as ever."""
    told = kb.explain(sequential(TOP)).quantization()
    assert isinstance(told, kb.quantization.Quantization)
    assert isinstance(told["int8"], kb.quantization.Scheme)
    assert isinstance(told["int8"].rows[0], kb.quantization.SchemeRow)
    assert dir(kb.quantization) == sorted(kb.quantization.__all__)
    with pytest.raises(
        AttributeError, match=r"module 'kerasbook\.report' has no attribute 'Sceme'"
    ):
        kb.report.Sceme  # noqa: B018  the access is the test
