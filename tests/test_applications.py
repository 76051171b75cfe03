"""Every network of `keras.applications`, layer by layer, against Keras and what is published.

The default run builds three of them, the slow one all 40. On PyTorch they are built on its `meta`
device: all shapes and operations are there, and no numbers, so even the largest runs in a second.
"""

from __future__ import annotations

import gc
import importlib
import inspect
from contextlib import nullcontext
from math import prod

import pytest
from flop_counter import ON_TORCH, macs_run_by, needs_torch
from keras_oracle import graph_of, keras, live_graph

from kerasbook.graph import graph_rows, unknown_paths
from kerasbook.rules import Tensor
from kerasbook.safety import check_file
from kerasbook.tracing import trace_call

pytestmark = pytest.mark.keras

# Parameters as Keras's documentation lists them, and MACs: most agree with the operation counts
# that torchvision publishes, at their precision.
PUBLISHED = {
    "ConvNeXtBase": (88_591_464, 15_354_729_472),
    "ConvNeXtTiny": (28_589_128, 4_455_531_264),
    "DenseNet121": (8_062_504, 2_834_161_664),
    "DenseNet169": (14_307_880, 3_359_843_328),
    "DenseNet201": (20_242_984, 4_291_365_888),
    "EfficientNetB0": (5_330_571, 385_814_752),
    "EfficientNetB7": (66_658_687, 37_745_884_192),
    "EfficientNetV2L": (119_027_848, 56_079_699_008),
    "EfficientNetV2S": (21_612_360, 8_365_617_152),
    "InceptionV3": (23_851_784, 5_713_216_096),
    "MobileNet": (4_253_864, 568_740_352),
    "MobileNetV2": (3_538_984, 300_774_272),
    "MobileNetV3Large": (5_507_432, 216_589_760),
    "MobileNetV3Small": (2_554_968, 56_510_400),
    "ResNet50": (25_636_712, 3_857_973_248),
    "ResNet101": (44_707_176, 7_570_194_432),
    "ResNet152": (60_419_944, 11_282_415_616),
    "VGG16": (138_357_544, 15_470_264_320),
    "VGG19": (143_667_240, 19_632_062_464),
}
SMALL = {"EfficientNetB0", "MobileNet", "MobileNetV3Small"}
NETWORKS = [name for name, each in vars(keras.applications).items() if inspect.isfunction(each)]


@pytest.fixture(
    scope="module",
    params=[
        name if name in SMALL else pytest.param(name, marks=pytest.mark.slow) for name in NETWORKS
    ],
)
def network(request):
    """A network without pretrained weights, and its name."""
    with keras.device("meta") if ON_TORCH else nullcontext():
        yield request.param, build(request.param)
    keras.utils.clear_session()
    gc.collect()


def build(name):
    """The network of that name."""
    if name == "NASNetMobile" and ON_TORCH:
        # Keras does not offer it there for a fault that concerns its numbers; the network is this.
        nasnet = importlib.import_module(keras.applications.NASNetMobile.__module__)
        return nasnet.NASNet(
            penultimate_filters=1056,
            num_blocks=4,
            stem_block_filters=32,
            skip_reduction=False,
            filter_multiplier=2,
            weights=None,
            default_size=224,
        )
    return getattr(keras.applications, name)(weights=None)


def layers_of(model, prefix=""):
    """All layers by path, those of models inside included."""
    for layer in model.layers:
        yield prefix + layer.name, layer
        if isinstance(layer, keras.Model):
            yield from layers_of(layer, f"{prefix}{layer.name}/")


def image_shape(model):
    """The shape of an image for the network; 224×224 where it takes any."""
    return tuple(224 if size is None else size for size in model.input_shape[1:])


def test_networks_are_counted_layer_by_layer(network):
    """Every layer has Keras's parameters and shape, and the total is the published one."""
    name, model = network
    graph = graph_of(model)
    rows = {row.path: row for row in graph_rows(graph)}
    layers = dict(layers_of(model))
    assert layers.keys() <= rows.keys()
    for path, layer in layers.items():
        node = rows[path].node
        outputs = keras.tree.flatten(layer.output)
        assert node.params.value == layer.count_params(), path
        assert node.trainable.value == sum(prod(w.shape) for w in layer.trainable_weights), path
        assert list(node.output_shapes) == [tuple(each.shape) for each in outputs], path
    assert unknown_paths(graph) == ()
    assert graph.totals.params == model.count_params()
    assert live_graph(model).totals == graph.totals
    totals = graph_of(model, input_shapes=image_shape(model)).totals
    assert totals.macs_known
    assert (totals.params, totals.macs) == PUBLISHED.get(name, (totals.params, totals.macs))


@needs_torch
def test_networks_run_the_macs_that_are_counted(network):
    """PyTorch, asked to count while the network runs, comes to the same number."""
    _, model = network
    shape = image_shape(model)
    totals = graph_of(model, input_shapes=shape).totals
    assert totals.macs == macs_run_by(model, keras.ops.ones((1, *shape)))


@pytest.mark.skipif(ON_TORCH, reason="PyTorch's own counter is asked there")
def test_networks_run_on_each_backend_what_is_counted(network):
    """The jaxpr, and TensorFlow's graph, multiply as much as the rules say."""
    _, model = network
    shape = image_shape(model)
    totals = graph_of(model, input_shapes=shape).totals
    assert trace_call(model, (Tensor((None, *shape)),)).macs == totals.macs


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_saved_networks_pass_the_check_of_files(name, tmp_path):
    """What Keras writes of its own networks gives no reason against it."""
    path = tmp_path / "network.keras"
    with keras.device("cpu"):  # with numbers, whatever the fixture has left in place
        build(name).save(path)
    keras.utils.clear_session()
    check = check_file(path)
    path.unlink()  # pytest keeps its folders, and all of them together have gigabytes
    assert check.reasons == ()
    assert check.ok


def test_the_list_of_networks_is_complete():
    """What is published here exists in Keras."""
    assert PUBLISHED.keys() <= set(NETWORKS)
    assert len(NETWORKS) >= 38
