from __future__ import annotations

from importlib.util import find_spec

import pytest
from flop_counter import counted_macs, needs_torch
from keras_oracle import agree, check, graph_of, keras, layers

from kerasbook.graph import graph_rows
from kerasbook.report import compare, explain
from kerasbook.rules import (
    WHOLE,
    Layer,
    LayerSpec,
    RuleBook,
    Tensor,
    Window,
    dtype_policy,
    parse_layer,
)
from kerasbook.safety import check_file

pytestmark = pytest.mark.keras

needs_tensorflow = pytest.mark.skipif(
    find_spec("tensorflow") is None, reason="Keras builds these layers on TensorFlow alone"
)


def checked(layer, inputs, **keywords):
    """The row of a layer on inputs of some types, held against Keras."""
    outputs = layer(inputs, **keywords)
    flat = keras.tree.flatten(outputs)
    model = keras.Model(keras.tree.flatten(inputs), flat)
    row = next(row for row in graph_rows(graph_of(model)) if row.node.name == layer.name)
    agree(row, layer, flat)
    declared = (
        row.node.facts.output_dtype or dtype_policy(layer.get_config()["dtype"]).compute_dtype
    )
    assert {declared} == {str(output.dtype) for output in flat}
    return row


# ------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize("axis", [-1, None, 1, (1, 2), (2, 1), (-1,)])
def test_normalization_holds_what_it_learned(axis):
    """Mean and variance of each position along the axes, and a count, none of them trained."""
    layer = layers.Normalization(axis=axis)
    inputs = keras.Input((4, 5))
    model = keras.Model(inputs, layer(inputs))
    facts = next(r for r in graph_rows(graph_of(model)) if r.node.name == layer.name).node.facts
    assert facts.output_shape == tuple(model.output.shape)
    assert [w.shape for w in facts.weights] == [tuple(w.shape) for w in layer.weights]
    assert facts.params.value == layer.count_params()
    assert facts.trainable.value == 0
    assert facts.macs.value == 0
    # TensorFlow counts in int64, the others in int32; the file does not say which backend.
    assert [w.dtype for w in facts.weights] == ["float32", "float32", "int32"]


def test_normalization_by_given_numbers_holds_nothing():
    """A mean and a variance that are arguments are constants, no weights."""
    row = check(layers.Normalization(mean=[1.0, 2.0], variance=[1.0, 4.0]), (4, 2))
    assert row.node.params.value == 0


def test_rescaling_keeps_the_shape():
    """It multiplies element by element, which does not count."""
    assert check(layers.Rescaling(1 / 255), (9, 8, 3)).macs.value == 0


@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
@pytest.mark.parametrize("bins", [{"bin_boundaries": [0.0, 1.0, 2.0]}, {"num_bins": 6}], ids=str)
@pytest.mark.parametrize("shape", [(), (1,), (5,), (5, 3)])
def test_discretization_equals_keras(mode, bins, shape):
    """A bin number per value, or a code of it."""
    checked(layers.Discretization(output_mode=mode, **bins), keras.Input(shape))


# --------------------------------------------------------------------------- categories and text


@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count"])
@pytest.mark.parametrize("shape", [(), (1,), (5,), (5, 3)])
def test_category_encoding_equals_keras(mode, shape):
    """One place per category, for each value or for all of the last axis."""
    layer = layers.CategoryEncoding(num_tokens=7, output_mode=mode)
    checked(layer, keras.Input(shape, dtype="int32"))


@needs_tensorflow
@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
@pytest.mark.parametrize("shape", [(1,), (5,), (5, 3)])
def test_hashing_equals_keras(mode, shape):
    """A bin for each value, or a code of the last axis."""
    checked(layers.Hashing(num_bins=9, output_mode=mode), keras.Input(shape, dtype="int64"))


@needs_tensorflow
@pytest.mark.parametrize("mode", ["int", "one_hot"])
def test_hashed_crossing_equals_keras(mode):
    """A bin for each pair."""
    inputs = [keras.Input((1,), dtype="int64") for _ in range(2)]
    checked(layers.HashedCrossing(num_bins=9, output_mode=mode), inputs)


LOOKUP = (
    {},
    {"output_mode": "one_hot"},
    {"output_mode": "multi_hot"},
    {"output_mode": "count"},
    {"output_mode": "tf_idf", "idf_weights": [1.0, 2.0, 3.0]},
    {"output_mode": "multi_hot", "max_tokens": 20, "pad_to_max_tokens": True},
    {"num_oov_indices": 3, "output_mode": "multi_hot"},
)


@needs_tensorflow
@pytest.mark.parametrize("options", LOOKUP, ids=str)
@pytest.mark.parametrize("shape", [(1,), (5,)])
def test_lookups_equal_keras(options, shape):
    """The length of a code is that of the vocabulary, or what it is filled up to."""
    integers = layers.IntegerLookup(vocabulary=[1, 2, 3], **options)
    checked(integers, keras.Input(shape, dtype="int64"))
    strings = layers.StringLookup(vocabulary=["a", "b", "c"], **options)
    checked(strings, keras.Input(shape, dtype="string"))


@needs_tensorflow
def test_a_lookup_that_has_not_adapted_has_no_length():
    """Before `adapt` nobody knows how long its codes will be."""
    layer = layers.StringLookup(output_mode="multi_hot")
    row = checked(layer, keras.Input((5,), dtype="string"))
    assert row.node.facts.output_shape == (None, None)


@needs_tensorflow
@pytest.mark.parametrize("options", [*LOOKUP[:6], {"output_sequence_length": 11}], ids=str)
def test_text_vectorization_equals_keras(options):
    """A sequence of places as long as the longest text, or as asked for; or a code."""
    layer = layers.TextVectorization(vocabulary=["a", "b", "c"], **options)
    checked(layer, keras.Input((1,), dtype="string"))


@needs_tensorflow
@pytest.mark.parametrize("shape", [(), (5,)])
def test_text_that_is_not_split_stays_one_word(shape):
    """Without splitting, the texts themselves are looked up."""
    layer = layers.TextVectorization(
        vocabulary=["a", "b", "c"], output_mode="multi_hot", split=None
    )
    checked(layer, keras.Input(shape, dtype="string"))


# -------------------------------------------------------------------------------------- sound

STFT = (
    {},
    {"mode": "real"},
    {"mode": "imag"},
    {"mode": "stft"},
    {"mode": "psd"},
    {"mode": "angle"},
    {"mode": "magnitude"},
    {"expand_dims": True},
    {"frame_step": 50, "fft_length": 512, "padding": "same"},
    {"frame_length": 100},
)


@pytest.mark.parametrize("options", STFT, ids=str)
def test_stft_spectrogram_equals_keras(options):
    """It holds the waves of the transform as weights, and convolves each channel with them."""
    check(layers.STFTSpectrogram(**options), (1000, 2))


@pytest.mark.parametrize("options", [{}, {"expand_dims": True}], ids=str)
def test_stft_spectrogram_with_channels_first(options):
    """The channels may come before the time."""
    row = check(layers.STFTSpectrogram(data_format="channels_first", **options), (2, 1000))
    assert row.macs.value == 2 * 6 * 2 * 129 * 256


def test_stft_spectrogram_sees_its_frame():
    """A band of channels apart sees one frame of its own channel."""
    row = check(layers.STFTSpectrogram(expand_dims=True), (1000, 2))
    assert row.node.facts.views == ((Window(256, 128, (0, 0)), Window(axis=3)),)
    together = check(layers.STFTSpectrogram(), (1000, 2))
    assert together.node.facts.views == ((Window(256, 128, (0, 0)), WHOLE),)


@needs_torch
@pytest.mark.parametrize("options", STFT, ids=str)
def test_stft_macs_are_what_torch_runs(options):
    """The products that PyTorch counts while the layer runs."""
    layer = layers.STFTSpectrogram(**options)
    assert check(layer, (1000, 2)).macs.value == counted_macs(
        layers.STFTSpectrogram(**options), (1000, 2)
    )


@pytest.mark.parametrize("length", [1000, 993, None])
@pytest.mark.parametrize("options", [{}, {"sequence_stride": 7, "num_mel_bins": 20}], ids=str)
def test_mel_spectrogram_has_a_shape_but_no_macs(options, length):
    """How many products a fast Fourier transform needs, nobody can say for all libraries."""
    row = check(layers.MelSpectrogram(**options), (length,))
    assert row.node.macs is None
    assert row.reason == (
        "the number of products in a fast Fourier transform depends on the library"
    )


# ------------------------------------------------------------------------------------- images

IMAGE = (
    ("AugMix", ()),
    ("AutoContrast", ()),
    ("ContrastLimitedAdaptiveHistogramEqualization", ()),
    ("CutMix", ()),
    ("MaxNumBoundingBoxes", (4,)),
    ("MixUp", ()),
    ("RandAugment", ()),
    ("RandomBrightness", (0.2,)),
    ("RandomColorDegeneration", (0.2,)),
    ("RandomColorJitter", ((0, 255), 0.1)),
    ("RandomContrast", (0.1,)),
    ("RandomCrop", (8, 9)),
    ("RandomElasticTransform", ()),
    ("RandomErasing", ()),
    ("RandomFlip", ()),
    ("RandomGaussianBlur", ()),
    ("RandomGrayscale", ()),
    ("RandomHue", (0.1,)),
    ("RandomInvert", ()),
    ("RandomPerspective", ()),
    ("RandomPosterization", (4,)),
    ("RandomRotation", (0.1,)),
    ("RandomSaturation", (0.1,)),
    ("RandomSharpness", (0.1,)),
    ("RandomShear", (0.1,)),
    ("RandomTranslation", (0.1, 0.1)),
    ("RandomZoom", (0.1,)),
    ("Solarization", ()),
)


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize(("kind", "arguments"), IMAGE)
def test_image_layers_equal_keras(kind, arguments, dtype):
    """They hold no weights: a seed is none; what is random happens in training."""
    row = checked(getattr(layers, kind)(*arguments), keras.Input((20, 30, 3), dtype=dtype))
    assert row.node.params.value == row.macs.value == 0


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_equalization_by_itself(dtype):
    """Keras cannot put it in a functional model, whose nodes it would make a cycle."""
    layer = layers.Equalization()
    output = layer(keras.Input((20, 30, 3), dtype=dtype))
    frame = parse_layer(keras.saving.serialize_keras_object(layer))
    facts = RuleBook().facts(LayerSpec(frame, (Tensor((None, 20, 30, 3), dtype),)))
    assert facts.output_shape == tuple(output.shape)
    assert facts.output_dtype == output.dtype
    assert facts.params.value == layer.count_params() == 0


def boxed():
    """Inputs of images with what belongs to them."""
    return {
        "images": keras.Input((20, 30, 3)),
        "labels": keras.Input((10,)),
        "bounding_boxes": {"boxes": keras.Input((5, 4)), "labels": keras.Input((5,))},
    }


@pytest.mark.parametrize("layer", [layers.RandomFlip, layers.MixUp, layers.AutoContrast])
def test_what_belongs_to_an_image_goes_with_it(layer):
    """Labels and boxes are handed on with the images, in the order of their names."""
    row = checked(layer(), boxed())
    assert len(row.node.facts.output_shapes) == 4


def test_bounding_boxes_are_cut_to_one_number():
    """Boxes and their labels, and nothing else."""
    row = checked(layers.MaxNumBoundingBoxes(3), boxed())
    assert row.node.facts.output_shapes[:2] == ((None, 3, 4), (None, 3))


SIZES = (
    {},
    {"interpolation": "nearest"},
    {"crop_to_aspect_ratio": True},
    {"pad_to_aspect_ratio": True},
)


@pytest.mark.parametrize("options", SIZES, ids=str)
@pytest.mark.parametrize("shape", [(20, 30, 3), (None, None, 3), (8, 9, 1)])
def test_resizing_equals_keras(options, shape):
    """Height and width are those of the configuration, whatever came."""
    check(layers.Resizing(8, 9, **options), shape)


@pytest.mark.parametrize("kind", [layers.CenterCrop, layers.RandomCrop])
@pytest.mark.parametrize("shape", [(20, 31, 3), (6, 40, 3), (8, 9, 3)])
def test_crops_equal_keras(kind, shape):
    """A crop of a larger image is its middle; a smaller image is enlarged first."""
    row = check(kind(8, 9), shape)
    height = Window(padding=(-6, -6)), Window(padding=(-11, -11))
    expected = {20: height, 8: (Window(padding=(0, 0)),) * 2}.get(shape[0])
    assert row.node.facts.views == (None if expected is None else ((*expected, Window()),))


@pytest.mark.parametrize("kind", [layers.Resizing, layers.CenterCrop])
def test_images_with_channels_first(kind):
    """Height and width are the last two axes then; a single image has no batch."""
    check(kind(8, 9, data_format="channels_first"), (3, 20, 31))
    checked(kind(8, 9), keras.Input(batch_shape=(20, 31, 3)))


# ----------------------------------------------------------------------------------- in a row


def test_a_pipeline_is_its_layers():
    """Their shapes follow each other, their weights are all its own."""
    steps = [layers.Resizing(8, 9), layers.STFTSpectrogram(frame_length=4)]
    row = check(
        layers.Pipeline([layers.Normalization(mean=0.0, variance=1.0), steps[0]]), (20, 31, 3)
    )
    assert row.node.facts.output_shape == (None, 8, 9, 3)
    row = check(layers.Pipeline([layers.RandomFlip(), layers.Rescaling(2.0)]), (20, 31, 3))
    assert row.macs.value == 0
    row = check(layers.Pipeline([layers.Rescaling(2.0), steps[1]]), (100, 2))
    assert row.macs.value == counted_by_hand(frames=49, channels=2, bands=3, frame=4)


def counted_by_hand(*, frames, channels, bands, frame):
    """Products of a short-time Fourier transform by two kernels."""
    return 2 * frames * channels * bands * frame


@pytest.mark.parametrize("name", ["CenterCrop", "RandomCrop", "Resizing"])
def test_images_with_boxes_are_known_but_for_their_shape(name):
    """Keras records one tensor where these layers make a dict: no shape is better than that."""
    boxes = {"boxes": Tensor((None, 5, 4)), "labels": Tensor((None, 5))}
    images = {"images": Tensor((None, 8, 9, 3)), "bounding_boxes": boxes}
    layer = Layer(name, "x", {"height": 3, "width": 4}, module="keras.layers")
    found = RuleBook().facts(LayerSpec(layer, (images,)))
    assert (found.output_shape, found.params.value, found.macs.value) == (None, 0, 0)
    assert found.reason == "Keras does not record what it makes of images in a dict"


def test_a_model_of_images_with_boxes_passes(tmp_path):
    """It is explained, and its file is read, where Keras makes one at all."""
    data = {
        "images": keras.Input((8, 9, 3), name="images"),
        "bounding_boxes": {"boxes": keras.Input((5, 4)), "labels": keras.Input((5,))},
    }
    resized = layers.Resizing(3, 4, bounding_box_format="xyxy")(data)
    model = keras.Model(keras.tree.flatten(data), resized)
    model.save(tmp_path / "m.keras")
    assert check_file(tmp_path / "m.keras").ok
    assert explain(model).params == explain(tmp_path / "m.keras").params == 0


@needs_tensorflow
def test_what_prepares_columns_is_known(tmp_path):
    """The layers that `FeatureSpace` makes for itself stand in the files of its models."""
    import tensorflow as tf  # noqa: PLC0415  its tables are TensorFlow's on every backend

    make = keras.utils.FeatureSpace
    features = {"a": make.float(), "b": make.integer_hashed(num_bins=4)}
    space = make(features, output_mode="concat")
    space.adapt(tf.data.Dataset.from_tensor_slices({"a": [0.5, 1.5], "b": [1, 2]}))
    model = keras.Model(space.get_inputs(), layers.Dense(2)(space.get_encoded_features()))
    model.save(tmp_path / "m.keras")
    assert check_file(tmp_path / "m.keras").ok
    assert compare(model, tmp_path / "m.keras").changed == ()
    report = explain(tmp_path / "m.keras")
    assert report.macs_known
    assert report.params == model.count_params() == (1 + 4 + 1) * 2
