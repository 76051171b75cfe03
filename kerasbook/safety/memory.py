"""The memory that loading a model takes, computed from what it says before anything is built.

The bytes are an upper bound of what is taken beyond Keras and its backend themselves: weights and
what it takes to fill them, the optimizer's states, tables, metrics, and each call of a layer.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from kerasbook.graph import graph_rows
from kerasbook.rules.operations import OPERATIONS
from kerasbook.rules.table import LAYERS
from kerasbook.safety.names import CLASSES
from kerasbook.safety.structure import objects_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from kerasbook.files.hdf5_arrays import Array
    from kerasbook.graph import Graph

__all__ = ["call_count", "default_limit", "loading_bytes"]

_FREE_BYTES, _TIMES_FILE = 2**30, 8
_BASE_BYTES = 64 * 2**20  # the modules that Keras imports to load, and buffers
_LAYER_BYTES = 100 * 2**10  # one layer, before it has weights
_CALL_BYTES = 10 * 2**10  # one symbolic call of a layer
_VALUE_BYTES = 200  # one value of the configuration, as it is copied on its way into an object
_OPTIMIZER_ARRAYS = "optimizer"
# To fill an array takes as much again: random numbers and what they come from, what is read from
# the file, its copy, and what a backend keeps back.
_TIMES_LARGEST = 8
_LARGE = 2**62
_ENTRY_BYTES = 400  # one word of a vocabulary: the list of the file, the layer's, and its table
_TOKEN_BYTES = 64
_THRESHOLD_BYTES = 128  # one threshold of a metric, in a list and in its counters
_NUMBER_BYTES = 8


def default_limit(size_bytes: int) -> int:
    """The bytes that loading a file of this size may take if nobody says otherwise.

    Examples:
        >>> default_limit(0), default_limit(10)
        (1073741824, 1073741904)
    """
    return _FREE_BYTES + _TIMES_FILE * size_bytes


def loading_bytes(
    graph: Graph | None,
    configs: Collection[Mapping[str, object]],
    arrays: Mapping[str, Array],
    *,
    recorded: int,
    words: int,
    allowed: Collection[str],
) -> int:
    """An upper bound of the bytes that loading takes.

    What classes of the user's own allocate is not known, and counted as what the file stores for
    them.

    Args:
        graph: the model, walked; None if it lists no layers.
        configs: the configurations: of the model and, in `.h5` files, of its training.
        arrays: the arrays in the file, by path.
        recorded: how many numbers the layers allocate on the shapes that the file records.
        words: how many lines the vocabularies in the file have.
        allowed: names of the user's own classes.
    """
    stored = [each for path, each in arrays.items() if not path.startswith(_OPTIMIZER_ARRAYS)]
    states = [each for path, each in arrays.items() if path.startswith(_OPTIMIZER_ARRAYS)]
    needed = _needed(graph)
    numbers = max(sum(map(prod, needed)), sum(prod(each.shape) for each in stored))
    if recorded > numbers:  # some of it stands where no layer of the model is
        numbers += recorded
    largest = max([prod(each.shape) for each in stored] + [prod(each) for each in needed] + [0])
    item_bytes = 4
    made, copies = 0, 0
    for config in configs:
        for value in objects_in(config, but=allowed):
            layer = "class_name" in value and value["class_name"] not in _PLAIN
            made += _LAYER_BYTES * layer + _VALUE_BYTES * _size(value) + _made(value)
            copies += _copies(value)
            if value.get("dtype") == "float64":
                item_bytes = _NUMBER_BYTES
    calls = sum(call_count(config) for config in configs) + _unrolled(graph)
    return (
        _BASE_BYTES
        + item_bytes * (numbers * (1 + copies) + _TIMES_LARGEST * largest)
        + sum(each.size_bytes for each in states)
        + made
        + words * _ENTRY_BYTES
        + calls * _CALL_BYTES
    )


def _needed(graph: Graph | None) -> list[tuple[int, ...]]:
    """The shapes of the weights that the layers allocate, as far as they are known."""
    if graph is None:
        return []
    nodes = [row.node for row in graph_rows(graph) if row.node.inner is None]
    return [each.shape for node in nodes for each in node.facts.weights or ()]


def _size(value: Mapping[str, object]) -> int:
    """How many values stand directly in an object: those of lists, and the characters of texts."""
    count = 0
    pending: list[object] = list(value.values())
    while pending:
        each = pending.pop()
        count += 1
        if isinstance(each, list):
            pending.extend(each)
        elif isinstance(each, str):
            count += len(each) // 50
    return count


def _made(value: Mapping[str, object]) -> int:
    """The bytes that an object takes when it is made, beyond its settings."""
    config = value.get("config")
    make = _MADE.get(str(value.get("class_name")).removeprefix("Custom>"))
    return make(config) if make and isinstance(config, dict) else 0


def _setting(config: Mapping[str, object], name: str, default: int = 0) -> int:
    """A size among the settings; what is no plain size is taken for a large one."""
    value = config.get(name)
    if value is None or value is False:
        return default
    return abs(value) if type(value) is int else _LARGE


def _curve(config: Mapping[str, object]) -> int:
    labels = _setting(config, "num_labels", 1)
    thresholds = config.get("thresholds")
    several = len(thresholds) if isinstance(thresholds, list) else 0
    return _THRESHOLD_BYTES * (_setting(config, "num_thresholds", 200) + several) * max(labels, 1)


def _matrix(config: Mapping[str, object]) -> int:
    # The variable, what it is filled from, and what it is compared with.
    return 3 * _NUMBER_BYTES * _setting(config, "num_classes", 2) ** 2


def _table(config: Mapping[str, object]) -> int:
    vocabulary = config.get("vocabulary")
    words = len(vocabulary) if isinstance(vocabulary, list) else 0
    padded = _setting(config, "max_tokens") if config.get("pad_to_max_tokens") else 0
    tokens = _setting(config, "num_oov_indices", 1) + padded
    return _ENTRY_BYTES * words + _TOKEN_BYTES * tokens


def _mel_matrix(config: Mapping[str, object]) -> int:
    # The matrix and what it is computed from: slopes on both sides, their minimum, its padding.
    bands = _setting(config, "fft_length", 2048) // 2 + 1
    return 8 * _NUMBER_BYTES * bands * _setting(config, "num_mel_bins", 128)


# What is never called: initializers, regularizers, types, and what stands for a value.
_PLAIN = CLASSES - LAYERS.keys() - OPERATIONS.keys() - {"Functional", "Model", "Sequential"}
_SEQUENTIAL = "Sequential"
_CURVES = (
    "AUC", "PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity",
    "SpecificityAtSensitivity",
)  # fmt: skip
_MATRICES = ("BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU")
_TABLES = ("IntegerLookup", "StringLookup", "TextVectorization")
_MADE: Mapping[str, Callable[[Mapping[str, object]], int]] = (
    dict.fromkeys(_CURVES, _curve)
    | dict.fromkeys(_MATRICES, _matrix)
    | dict.fromkeys(_TABLES, _table)
    | {"MelSpectrogram": _mel_matrix}
)
# How many arrays of the size of all weights an optimizer keeps at most.
_STATES = {
    "SGD": 1, "Lion": 1, "Adagrad": 1, "Adafactor": 1, "Adam": 3, "AdamW": 3, "Adadelta": 2,
    "Adamax": 2, "Ftrl": 2, "Lamb": 2, "Muon": 2, "Nadam": 2, "RMSprop": 3, "ScheduleFreeAdamW": 3,
    "LossScaleOptimizer": 0, "MultiOptimizer": 0, "OptimizerMap": 0,
}  # fmt: skip


def _copies(value: Mapping[str, object]) -> int:
    """How many arrays of the size of all weights an object keeps: states of an optimizer."""
    name, config = str(value.get("class_name")).removeprefix("Custom>"), value.get("config")
    if name not in _STATES or not isinstance(config, dict):
        return 0
    more = bool(config.get("use_ema")) + bool(config.get("gradient_accumulation_steps"))
    return _STATES[name] + more


def call_count(raw: object) -> int:
    """How many calls of layers Keras makes to build a model, those of models inside included.

    A model inside is called as often as each that holds it says, and each time calls its layers.

    Examples:
        >>> dense = {"class_name": "Dense", "config": {"name": "d"}, "inbound_nodes": [[], []]}
        >>> call_count({"class_name": "Functional", "config": {"layers": [dense]}})
        5
    """
    return min(_calls(raw)[0], _LARGE)


def _calls(raw: object) -> tuple[int, int]:
    """How many calls it takes to make an object with all in it, and to call it where it stands.

    As deep as the text of the configuration may be.
    """
    made = called = 0
    if isinstance(raw, list):
        for each in raw:
            more = _calls(each)
            made, called = made + more[0], called + more[1]
    if not isinstance(raw, dict):
        return made, called
    for key, value in raw.items():
        if key != "inbound_nodes" and isinstance(value, dict | list):
            more = _calls(value)
            made, called = made + more[0], called + more[1]
    name = str(raw.get("class_name"))
    if name in _PLAIN or "class_name" not in raw:
        return made, called
    nodes = raw.get("inbound_nodes")
    times = max(len(nodes), 1) if isinstance(nodes, list) else 1
    if name == _SEQUENTIAL:  # it is built anew with each layer that is added
        made += called * called // 2
    # Whatever is in it is called once with it: the layers of a model, the layer in a wrapper.
    called = times * (1 + called)
    return made + called, called


def _unrolled(graph: Graph | None) -> int:
    """How many steps the loops have that a layer writes out."""
    total = 0
    for row in graph_rows(graph) if graph else ():
        layer = row.node.member.layer
        if any(each.get("unroll") is True for each in objects_in(dict(layer.config))):
            shapes = [shape for step in row.node.steps for shape in step.input_shapes if shape]
            total += sum(shape[1] or 0 for shape in shapes if len(shape) > 1)
    return total
