"""What counts in an image, against what can be computed by hand, on each backend."""

from __future__ import annotations

import re

import keras
import numpy as np
import pytest
from keras import layers, ops

from kerasbook.displays import SaliencyDisplay
from kerasbook.drawing.gradients import gradient
from kerasbook.errors import ArgumentError

pytestmark = pytest.mark.keras

IMAGE = np.random.default_rng(0).random((16, 12, 3)).astype("float32")


def classifier(*, activation="softmax", units=4):
    """A small convolutional classifier, the same each time."""
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((16, 12, 3)),
            layers.Conv2D(5, 3, activation="tanh", name="conv"),
            layers.BatchNormalization(),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.5),
            layers.Dense(units, activation=activation, name="head"),
        ],
        name="small",
    )


def logits(model, image, column):
    """What the head puts out before its activation, computed from the layers' weights."""
    features = keras.Sequential([keras.Input(image.shape), *model.layers[:-1]])
    kernel, bias = (w.astype("float64") for w in model.layers[-1].get_weights())
    value = ops.convert_to_numpy(features(image[None], training=False))[0]
    return float(value @ kernel[:, column] + bias[column])


# ------------------------------------------------------------------------------- gradients


def test_gradients_of_functions_are_those_of_calculus():
    """The gradient of Σ sin(x)·x is cos(x)·x + sin(x), on this backend too."""
    x = np.linspace(-2, 2, 12).reshape(3, 4).astype("float32")
    slope = gradient(lambda t: ops.sum(ops.sin(t) * t), x)
    assert np.allclose(slope, np.cos(x) * x + np.sin(x), atol=1e-5)


def test_a_function_that_ignores_its_input_has_no_slope():
    """Nothing depends on it, so the gradient is 0, not missing."""
    slope = gradient(lambda t: ops.sum(ops.zeros_like(t)), np.ones((2, 3), "float32"))
    assert np.array_equal(slope, np.zeros((2, 3)))


@pytest.mark.parametrize("activation", ["softmax", "linear"])
def test_the_gradient_is_the_slope_of_the_score_before_the_activation(activation):
    """Moving one pixel a little moves the score by its slope, whatever the head's activation."""
    model = classifier(activation=activation)
    display = SaliencyDisplay.from_model(
        model, IMAGE, method="gradient", target=2, value_range=(0, 1)
    )
    step = 0.05
    for row, column in ((3, 4), (8, 1), (15, 11), (7, 6)):
        slopes = []
        for channel in range(3):
            up, down = IMAGE.copy(), IMAGE.copy()
            up[row, column, channel] += step
            down[row, column, channel] -= step
            slopes.append((logits(model, up, 2) - logits(model, down, 2)) / (2 * step))
        expected = np.abs(slopes).max()
        assert display.saliency[row, column] == pytest.approx(expected, rel=0.02, abs=1e-5)


def test_a_model_that_is_certain_still_has_slopes():
    """A softmax of 1 is flat; what is before it is not."""
    model = classifier()
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel, bias + np.array([100, 0, 0, 0])])
    display = SaliencyDisplay.from_model(model, IMAGE, method="gradient")
    assert display.score == 1
    assert display.saliency.max() > 1e-4


@pytest.mark.parametrize(
    "head",
    [
        [layers.Dense(3, activation="softmax")],
        [layers.Dense(3), layers.Softmax()],
        [layers.Dense(3), layers.Activation("softmax")],
    ],
)
def test_each_form_of_a_softmax_is_left_out(head):
    """As an activation, as a layer of its own, as an `Activation`: the slopes are the same."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), *head])
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(16, 3)).astype("float32")
    model.set_weights([kernel, np.zeros(3)])
    display = SaliencyDisplay.from_model(model, rng.random((4, 4)), method="gradient", target=1)
    assert np.allclose(display.saliency, np.abs(kernel[:, 1]).reshape(4, 4), atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
@pytest.mark.parametrize("method", ["occlusion", "gradient", "grad_cam"])
def test_bytes_are_taken_as_they_are(dtype, method):
    """A photo of 0..255 works with each method, whichever type of numbers the model declares."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((16, 12, 3), dtype=dtype),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, name="conv"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    photo = (255 * IMAGE).astype("uint8")
    display = SaliencyDisplay.from_model(model, photo, method=method, target=1)
    assert np.abs(display.saliency).max() > 0
    assert np.allclose(display.picture, photo / 255)


# -------------------------------------------------------------------------------- Grad-CAM


def test_grad_cam_before_a_mean_is_the_class_activation_map():
    """Before a global mean and a dense layer, each map weighs what the kernel says."""
    model = classifier()
    display = SaliencyDisplay.from_model(model, IMAGE, method="grad_cam", target=1)
    assert display.layer_name == model.layers[1].name  # the last that puts out images
    features = keras.Sequential([keras.Input(IMAGE.shape), *model.layers[:2]])
    maps = ops.convert_to_numpy(features(IMAGE[None], training=False))[0]
    kernel = model.get_layer("head").get_weights()[0]
    height, width, _ = maps.shape
    expected = (maps @ kernel[:, 1] / (height * width)).clip(min=0)
    assert display.saliency.shape == (14, 10)
    assert np.allclose(display.saliency, expected, atol=1e-6)
    assert f"what {display.layer_name} finds for it" in display.title


def test_grad_cam_of_a_layer_inside_a_branch_holds_the_other_branch():
    """A path around the layer does not hinder, and does not count for it."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6, 6, 3))
    branch = layers.Conv2D(3, 3, padding="same", name="branch")(inputs)
    both = layers.Add(name="both")([branch, inputs])
    outputs = layers.Dense(3)(layers.GlobalAveragePooling2D()(both))
    model = keras.Model(inputs, outputs)
    image = np.random.default_rng(0).random((6, 6, 3)).astype("float32")
    display = SaliencyDisplay.from_model(model, image, method="grad_cam", layer="branch", target=0)
    maps = ops.convert_to_numpy(model.get_layer("branch")(image[None]))[0]
    kernel = model.layers[-1].get_weights()[0]
    assert np.allclose(display.saliency, (maps @ kernel[:, 0] / 36).clip(min=0), atol=1e-6)


def test_grad_cam_of_a_base_inside_a_model():
    """Transfer learning: the base is one layer, whose output are the maps."""
    base = keras.Sequential(
        [keras.Input((16, 12, 3)), layers.Conv2D(4, 5, activation="relu")], name="base"
    )
    model = keras.Sequential(
        [keras.Input((16, 12, 3)), base, layers.GlobalAveragePooling2D(), layers.Dense(2)]
    )
    display = SaliencyDisplay.from_model(model, IMAGE, method="grad_cam")
    assert display.layer_name == "base"
    assert display.saliency.shape == (12, 8)


def transfer(*, units=3):
    """A head on a base that shrinks 16 by 12 pixels to one, after a Rescaling."""
    keras.utils.set_random_seed(0)
    taken = keras.Input((16, 12, 3), name="pixels")
    maps = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="conv_1")(taken)
    both = layers.Add(name="both")([maps, layers.Conv2D(4, 1, name="conv_2")(maps)])
    padded = layers.ZeroPadding2D(1)(layers.BatchNormalization(name="norm")(both))
    one = layers.Conv2D(5, (10, 8), name="last")(padded)
    base = keras.Model(taken, one, name="base")
    inputs = keras.Input((16, 12, 3))
    features = base(layers.Rescaling(2.0, offset=-1)(inputs), training=False)
    outputs = layers.Dense(units, activation="softmax")(layers.Flatten()(features))
    return keras.Model(inputs, outputs, name="whole"), base


def test_grad_cam_takes_maps_of_a_convolution_with_several_pixels():
    """Neither the last maps, of one pixel, nor the rescaled image: the last inside the base."""
    model, base = transfer()
    display = SaliencyDisplay.from_model(model, IMAGE, method="grad_cam", target=1)
    assert display.layer_name == "base/norm"
    assert display.saliency.shape == (8, 6)
    for layer in ("base/norm", "norm", base.get_layer("norm")):
        named = SaliencyDisplay.from_model(model, IMAGE, method="grad_cam", target=1, layer=layer)
        assert np.array_equal(named.saliency, display.saliency)


def test_grad_cam_inside_a_base_is_that_of_the_same_model_in_one_piece():
    """The layers of the base, called on the same tensors, give the same maps and slopes."""
    model, base = transfer()
    inputs = keras.Input((16, 12, 3))
    maps = base.get_layer("conv_1")(layers.Rescaling(2.0, offset=-1)(inputs))
    both = layers.Add()([maps, base.get_layer("conv_2")(maps)])
    one = base.get_layer("last")(layers.ZeroPadding2D(1)(base.get_layer("norm")(both)))
    flat = keras.Model(inputs, model.layers[-1](layers.Flatten()(one)))
    for layer in ("conv_1", "conv_2"):
        inside = SaliencyDisplay.from_model(
            model, IMAGE, method="grad_cam", layer=f"base/{layer}", target=2
        )
        plain = SaliencyDisplay.from_model(flat, IMAGE, method="grad_cam", layer=layer, target=2)
        assert inside.saliency.max() > 0
        assert np.allclose(inside.saliency, plain.saliency, atol=1e-6)


def test_a_head_inside_a_model_is_asked_before_its_softmax():
    """A model that ends with a model has the slopes of that one's last layer."""
    small = classifier()
    model = keras.Sequential([keras.Input((16, 12, 3)), small], name="around")
    for method in ("gradient", "grad_cam"):
        one, two = (
            SaliencyDisplay.from_model(each, IMAGE, method=method, target=1).saliency
            for each in (model, small)
        )
        assert np.allclose(one, two, atol=1e-7)


def test_names_of_inner_layers_that_fit_none_or_several():
    """The nearest is named, and each path of a name that several layers have."""
    encoder = keras.Sequential(
        [keras.Input((16, 12, 3)), layers.Conv2D(3, 3, padding="same", name="conv")], name="one"
    )
    again = keras.Sequential(
        [keras.Input((16, 12, 3)), layers.Conv2D(3, 3, padding="same", name="conv")], name="two"
    )
    model = keras.Sequential(
        [keras.Input((16, 12, 3)), encoder, again, layers.Flatten(name="flat"), layers.Dense(2)]
    )
    model.layers[-1].name = "head"
    for layer, message in (
        (
            "conv",
            (
                "layer must name one layer; received layer='conv', which 2 have. "
                "Say 'one/conv' or 'two/conv'."
            ),
        ),
        (
            "one/con",
            (
                "layer must be 'one/conv', 'one', 'two/conv', 'two', 'flat' or 'head'; "
                "received layer='one/con'. Did you mean 'one/conv'?"
            ),
        ),
        (
            layers.Conv2D(1, 1, name="stranger"),
            "layer must be a name, an index or a layer of the model; received layer='stranger'.",
        ),
    ):
        with pytest.raises(ArgumentError, match=f"^{re.escape(message)}$"):
            SaliencyDisplay.from_model(model, IMAGE, method="grad_cam", layer=layer)


# ------------------------------------------------------------------------------- occlusion


def test_occlusion_is_how_far_the_score_falls():
    """Patch by patch, computed one at a time, and averaged where patches overlap."""
    model = classifier()
    display = SaliencyDisplay.from_model(model, IMAGE, target=3)
    side, mean = 2, IMAGE.mean(axis=(0, 1))
    falls, covers = np.zeros((16, 12)), np.zeros((16, 12))
    plain = float(model.predict(IMAGE[None], verbose=0)[0, 3])
    for top in range(16 - side + 1):
        for left in range(12 - side + 1):
            covered = IMAGE.copy()
            covered[top : top + side, left : left + side] = mean
            fall = plain - float(ops.convert_to_numpy(model(covered[None], training=False))[0, 3])
            falls[top : top + side, left : left + side] += fall
            covers[top : top + side, left : left + side] += 1
    assert np.allclose(display.saliency, falls / covers, atol=1e-6)
    assert display.score == pytest.approx(plain)


def looking_at_a_corner():
    """A model that adds up the four pixels in the upper left of a grey image."""
    kernel = np.zeros((64, 1), "float32")
    kernel[[0, 1, 8, 9]] = 1
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(1)])
    model.set_weights([kernel, np.zeros(1)])
    return model


@pytest.mark.parametrize("method", ["occlusion", "gradient"])
def test_only_what_the_model_looks_at_counts(method):
    """A model of one corner finds everything there, and says so in words."""
    image = np.zeros((8, 8))
    image[:2, :2] = 1
    display = SaliencyDisplay.from_model(looking_at_a_corner(), image, method=method)
    assert (display.saliency[:2, :2] > 0.5).all()
    assert np.abs(display.saliency[2:]).max() == 0
    assert display.alt_text.endswith("the strongest in the upper left.")
    assert display.title.startswith("the output, 4: ")


def test_class_0_of_a_single_unit_is_the_opposite_of_class_1():
    """One sigmoid unit speaks for two classes; the predicted one is taken if none is named."""
    model = classifier(activation="sigmoid", units=1)
    one, zero = (SaliencyDisplay.from_model(model, IMAGE, target=target) for target in (1, 0))
    assert np.allclose(one.saliency, -zero.saliency, atol=1e-9)
    assert one.score + zero.score == pytest.approx(1)
    predicted = SaliencyDisplay.from_model(model, IMAGE, class_names=("cat", "dog"))
    assert predicted.name == ("dog" if one.score >= 0.5 else "cat")
    maps = [
        SaliencyDisplay.from_model(model, IMAGE, target=target, method="grad_cam").saliency
        for target in (0, 1)
    ]
    assert (maps[0] * maps[1] == 0).all()  # what speaks for one speaks against the other


def test_covered_images_are_predicted_a_few_at_a_time(monkeypatch):
    """A large image makes no thousand copies of itself."""
    model = keras.Sequential(
        [keras.Input((None, None, 1)), layers.GlobalAveragePooling2D(), layers.Dense(1)]
    )
    counts = []
    predict = model.predict
    monkeypatch.setattr(
        model, "predict", lambda x, **options: counts.append(len(x)) or predict(x, **options)
    )
    image = np.random.default_rng(0).random((96, 96, 1)).astype("float32")
    display = SaliencyDisplay.from_model(model, image)
    assert display.saliency.shape == (96, 96)
    assert max(counts) <= 64
    assert sum(counts) == 2 + 15 * 15  # half a patch apart, an eighth of the side each


# ---------------------------------------------------------------------------- all of them


@pytest.mark.parametrize("method", ["occlusion", "gradient", "grad_cam"])
def test_the_model_is_left_as_it_is(method):
    """No weight, no moving mean, no random state and no node of its graph is changed."""
    model = classifier()
    before = [w.copy() for w in model.get_weights()]
    nodes = [(len(x._inbound_nodes), len(x._outbound_nodes)) for x in model.layers]
    trainable = [w.name for w in model.trainable_weights]
    SaliencyDisplay.from_model(model, IMAGE, method=method)
    assert all(map(np.array_equal, model.get_weights(), before))
    assert [(len(x._inbound_nodes), len(x._outbound_nodes)) for x in model.layers] == nodes
    assert [w.name for w in model.trainable_weights] == trainable


@pytest.mark.parametrize("method", ["occlusion", "gradient", "grad_cam"])
def test_channels_first_gives_the_same_map(method):
    """The layout is that of the model; a CPU TensorFlow computes only one of them."""
    if keras.backend.backend() == "tensorflow":
        return
    maps = []
    for form in ("channels_last", "channels_first"):
        keras.utils.set_random_seed(0)
        image = IMAGE if form == "channels_last" else np.moveaxis(IMAGE, -1, 0)
        model = keras.Sequential(
            [
                keras.Input(image.shape),
                layers.Conv2D(4, 3, activation="relu", data_format=form),
                layers.GlobalAveragePooling2D(data_format=form),
                layers.Dense(3, activation="softmax"),
            ]
        )
        display = SaliencyDisplay.from_model(model, image, method=method, target=0)
        assert display.image_size == (16, 12)
        assert np.allclose(display.picture, IMAGE)
        maps.append(display.saliency)
    assert np.allclose(*maps, atol=1e-5)


def test_the_picture_shows_image_map_and_both():
    """Three panels; a map of signed values is centred at 0, one of amounts begins there."""
    display = SaliencyDisplay.from_model(classifier(), IMAGE, target=0).plot()
    image, grey, alone, over, bar = display.ax_.images
    assert np.array_equal(np.asarray(image.get_array()), display.picture)
    assert np.asarray(grey.get_array()).ndim == 2
    for artist in (alone, over):
        assert np.array_equal(np.asarray(artist.get_array()), display.saliency)
        low, high = artist.get_clim()
        assert low == -high
    assert (alone.get_alpha(), over.get_alpha()) == (1, 0.6)
    assert bar.get_cmap().name == alone.get_cmap().name == "PuOr"
    assert [t.get_text() for t in display.ax_.texts][:3] == [
        "image",
        "what counts",
        "over the image",
    ]
    amounts = SaliencyDisplay.from_model(classifier(), IMAGE, method="gradient").plot()
    assert amounts.ax_.images[2].get_cmap().name == "cividis"
    assert amounts.ax_.images[2].get_clim()[0] == 0


def test_title_and_alt_text_say_class_score_and_place():
    """The class by its name, the probability as the model says it, the range of the map."""
    model, names = classifier(), ("cup", "cat", "brick", "grass")
    outputs = model.predict(IMAGE[None], verbose=0)[0]
    display = SaliencyDisplay.from_model(model, IMAGE, class_names=names)
    said = f"{names[outputs.argmax()]}, {100 * outputs.max():.1f} %: "
    assert display.title == f"{said}how far it falls when a patch is covered"
    assert display.alt_text.startswith(
        f"An image of 16×12 pixels and what counts in it for a model. The model says {said}"
    )
    assert re.search(
        r"Values from \S+ to \S+, the strongest (in|at|on) the [a-z ]+\.$", display.alt_text
    )


def test_nothing_in_favour_is_said():
    """A map without anything above 0 has no strongest place."""
    display = SaliencyDisplay(
        IMAGE, np.zeros((2, 2)), "grad_cam", name="cat", score=0.1, is_probability=True,
        image_size=(16, 12), layer_name="conv",
    )  # fmt: skip
    assert display.alt_text.endswith("Values from 0 to 0; nothing speaks for it.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"target": 4},
            "target must be an integer from 0 to 3; received target=4.",
        ),
        (
            {"class_names": ("cat", "dog")},
            (
                "class_names must have one name per class (4); "
                "received 2: class_names=('cat', 'dog')."
            ),
        ),
        (
            {"method": "gradcam"},
            (
                "method must be 'occlusion', 'gradient' or 'grad_cam'; "
                "received method='gradcam'. Did you mean 'grad_cam'?"
            ),
        ),
        (
            {"method": "grad_cam", "layer": "head"},
            "layer must put out images; received layer='head'.",
        ),
        (
            {"batch_size": 0},
            "batch_size must be an integer of at least 1; received batch_size=0.",
        ),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    """A class, a method or a layer that is not there."""
    with pytest.raises(ArgumentError) as caught:
        SaliencyDisplay.from_model(classifier(), IMAGE, **arguments)
    assert str(caught.value) == message


def test_models_without_a_score_are_refused():
    """Outputs that are images, and Grad-CAM without any layer of images."""
    images = keras.Sequential([keras.Input((16, 12, 3)), layers.Conv2D(2, 1)], name="images")
    with pytest.raises(ArgumentError) as caught:
        SaliencyDisplay.from_model(images, IMAGE)
    assert str(caught.value) == (
        "model must put out (N, classes) or (N, 1); received model='images: (1, 16, 12, 2)'."
    )
    flat = keras.Sequential([keras.Input((4, 4)), layers.Flatten(), layers.Dense(2)], name="flat")
    with pytest.raises(ArgumentError) as caught:
        SaliencyDisplay.from_model(flat, np.eye(4), method="grad_cam")
    assert str(caught.value) == (
        "model must have a convolution that puts out maps of more than one pixel; received "
        "model='flat'. Name one, layer=…, or take another method."
    )
    assert SaliencyDisplay.from_model(flat, np.eye(4), method="gradient").saliency.shape == (4, 4)
    assert SaliencyDisplay.from_model(flat, np.eye(4)).saliency.shape == (4, 4)


def test_a_backend_without_gradients_is_named(monkeypatch):
    """On NumPy only occlusion is left, and the message says so."""
    model = classifier()
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    with pytest.raises(ArgumentError) as caught:
        SaliencyDisplay.from_model(model, IMAGE, method="gradient")
    assert str(caught.value) == (
        "method must be 'occlusion' on the numpy backend, which gives no gradients; "
        "received method='gradient'."
    )
