"""Objects that are harmless one by one, and stand where they make Keras compute or allocate."""

from __future__ import annotations

import copy

import pytest
from fixtures.configs import (
    called_on,
    dense_config,
    functional_config,
    inner_model,
    layer,
    tensor,
)

from kerasbook.safety.structure import check_structure

CONSTANT = {"class_name": "__tensor__", "config": {"value": [[0.0]], "dtype": "float32"}}
METRIC = {"module": "keras.metrics", "class_name": "AUC", "config": {"name": "auc"}}
DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 3, "name": "d"}}
OPTIMIZER = {
    "module": "keras.src.backend.torch.optimizers.torch_sgd",
    "class_name": "SGD",
    "config": {"learning_rate": 0.1},
}


def reasons(config, compile_config=None, **options):
    """What is said of a configuration."""
    return [str(each) for each in check_structure(config, compile_config, **options)]


def repeated(args):
    """A model with a layer that is called on these."""
    odd = layer("RepeatVector", {"name": "odd", "n": 10**9})
    odd |= {"name": "odd", "inbound_nodes": [{"args": args, "kwargs": {}}]}
    return functional_config([odd, called_on("input", name="a")])


@pytest.mark.parametrize("args", [[CONSTANT], [1.0], []])
def test_a_layer_is_called_on_tensors(args):
    """On constants alone it would compute while the model is loaded."""
    (reason,) = reasons(repeated(args))
    assert reason == (
        "'RepeatVector' 'odd' must be called on tensors of the model; received constants alone. "
        "Keras writes no such file: do not load it, and ask where it comes from."
    )


def test_constants_beside_a_tensor_pass():
    """As in `x + 1`."""
    config = functional_config([called_on("input", name="a")])
    node = config["config"]["layers"][-1]["inbound_nodes"][0]
    node["args"].append(CONSTANT)
    assert reasons(config) == []


@pytest.mark.parametrize(
    "metric", [DENSE, METRIC | {"build_config": {"input_shape": [None, 9]}}, {"odd": [DENSE]}]
)
def test_a_model_is_compiled_with_no_layers(metric):
    """Neither in the place of a metric, nor as a setting of one, nor built on a shape."""
    training = {"optimizer": OPTIMIZER, "loss": "mse", "metrics": [METRIC, metric]}
    config = dense_config() | {"compile_config": training}
    found = reasons(config)
    assert len(found) == 1
    assert "must be an optimizer, a loss or a metric to compile a model with" in found[0]
    assert reasons(dense_config(), training) == found


def test_what_compiles_a_model_passes():
    """An optimizer of a backend, metrics with and without a module; and the user's own."""
    training = {"optimizer": OPTIMIZER, "loss": {"class_name": "Huber", "config": {}}}
    training["metrics"] = [METRIC, {"class_name": "Mean", "config": {"name": "m"}}]
    assert reasons(dense_config() | {"compile_config": training}) == []
    mine = {"module": "mine", "class_name": "Mine", "registered_name": "mine>Mine"}
    training["metrics"].append(mine | {"config": {"inner": DENSE}})
    assert len(reasons(dense_config() | {"compile_config": training})) == 2
    assert reasons(dense_config() | {"compile_config": training}, allowed={"mine>Mine"}) == []


def test_one_identity_is_one_object():
    """Keras would make the first and use it for the second, or the other way round."""
    first = called_on("input", name="a") | {"shared_object_id": 1}
    inner = copy.deepcopy(first) | {"inbound_nodes": []}
    config = functional_config([first, layer("TimeDistributed", {"name": "t", "layer": inner})])
    assert reasons(config) == []
    inner["config"]["name"] = "other"
    found = reasons(config)
    assert len(found) == 1
    assert "must be the same wherever it is listed; received another object with" in found[0]
    assert reasons(config, shares=False) == []  # an HDF5 file, where each is made by itself


def test_models_inside_pass():
    """A model that is called twice by the one around it."""
    assert reasons(inner_model(tensor("input"), tensor("inner", 1))) == []
