"""Which layer holds which array of a file, by the array's path; no Keras."""

from __future__ import annotations

from kerasbook.files.hdf5_arrays import Array
from kerasbook.graph import build_graph, graph_rows
from kerasbook.sources.config import read_config
from kerasbook.sources.stored import with_stored


def mine(name):
    """A layer of the user's own."""
    return {"class_name": "Mine", "module": "shop", "config": {"name": name}}


def chain(name, *layers):
    """A `Sequential` on four numbers."""
    config = {"name": name, "layers": [*layers], "build_input_shape": [None, 4]}
    return {"class_name": "Sequential", "module": "keras", "config": config}


def counted(config, shapes):
    """The parameters of each layer of a model from its `.h5` file, and whether that is all."""
    arrays = {path: _array(shape) for path, shape in shapes.items()}
    graph = build_graph(with_stored(read_config(config), arrays, file_format="h5"))
    rows = {row.path: row.params for row in graph_rows(graph) if row.node.inner is None}
    return {
        name: params and params.value for name, params in rows.items() if "input" not in name
    }, graph.totals.params_known


def _array(shape):
    return Array(shape, item_bytes=4, start=0, dtype="<f4")


NESTED = chain("outer", chain("one", mine("own"), mine("dense")), chain("other", mine("own")))


def test_the_first_name_on_a_path_is_the_layer():
    """A part of it may be named as another layer is; models around it may be on the path."""
    found = counted(
        chain("top", NESTED),
        {
            "model_weights/outer/one/own/scale": (4,),
            "model_weights/outer/one/own/dense/kernel": (4, 3),
            "model_weights/outer/one/dense/scale": (5,),
            "model_weights/outer/outer/other/own/scale": (6,),
        },
    )
    assert found == ({"outer/one/own": 16, "outer/one/dense": 5, "outer/other/own": 6}, True)


def test_a_path_that_may_be_of_two_layers_is_of_none():
    """Then nothing is known of the layers inside that model."""
    found = counted(chain("top", NESTED), {"model_weights/outer/own/scale": (4,)})
    assert found == (
        {"outer/one/own": None, "outer/one/dense": None, "outer/other/own": None},
        False,
    )
