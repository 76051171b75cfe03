"""The arrays that a configuration makes Keras allocate, against those that the file holds.

What a layer allocates when it is built follows from its settings and from shapes that the file
records. Each of them must be as large as the array that is stored for it, so that a file cannot
make its reader allocate more than it holds itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

from kerasbook.checks import printable, shown, word
from kerasbook.errors import KerasbookError
from kerasbook.graph import build_graph, graph_weights
from kerasbook.rules import LayerSpec, RuleBook, Tensor, parse_layer
from kerasbook.rules.table import is_keras
from kerasbook.safety.result import Reason
from kerasbook.safety.structure import objects_in
from kerasbook.sources.config import read_config
from kerasbook.sources.stored import folder_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from kerasbook.files.hdf5_arrays import Array
    from kerasbook.graph import Graph, Node
    from kerasbook.rules import Shape, Weight

__all__ = ["StoredLayer", "check_weights", "recorded_numbers"]

_LORA, _INPUT = "lora_", "InputLayer"
_OLD_FOLDER = "_layer_checkpoint_dependencies/"
# The adapters of LoRA are not stored apart: no useful ones hold more numbers than twice the kernel.
_MOST_LORA = 2
_FREE_NUMBERS = 2**16
# Settings that are a side of an array, whatever a layer is called on.
_SIZES = ("units", "filters", "input_dim", "output_dim", "num_heads", "key_dim", "head_dim")
_SHOWN = 6
_MOST_REASONS = 100
_NEVER = "Keras would not load it either, or only after taking memory: ask where it comes from."


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """Where a layer's arrays are in the file.

    Attributes:
        node: the layer.
        raw: its configuration as the file has it.
        prefix: the path of its arrays: `"layers/dense"`.
    """

    node: Node
    raw: Mapping[str, object]
    prefix: str


@dataclass(slots=True)
class _Check:
    """One comparison: the shapes in the file by path, and what is found."""

    below: Mapping[str, list[tuple[int, ...]]]
    shares: bool
    seen: set[object] = field(default_factory=set)
    reasons: list[Reason] = field(default_factory=list)


def check_weights(
    graph: Graph, config: Mapping[str, object], arrays: Mapping[str, Array], *, file_format: str
) -> list[Reason]:
    """The reasons to refuse the weights of a model.

    Args:
        graph: the model, walked.
        config: its configuration as the file has it.
        arrays: the arrays in the file, by path.
        file_format: `"keras"` or `"h5"`, which keep them in other places.
    """
    if any(path.startswith(_OLD_FOLDER) for path in arrays):
        return _check_as_a_whole(graph, config, arrays)
    if file_format == "h5":
        places = list(_layers_of_h5(graph, config, arrays))
    else:
        places = list(_layers_of_archive(graph, config))
    # In HDF5 files no layer is another one: each is made, and stored, by itself.
    check = _Check(_below({place.prefix for place in places}, arrays), file_format == "keras")
    for place in places:
        if len(check.reasons) >= _MOST_REASONS:
            break
        _check_layer(check, place)
    if not check.reasons:
        most = sum(prod(array.shape) for array in arrays.values())
        check.reasons.extend(_against_large_records(config, most))
    return check.reasons


def recorded_numbers(config: Mapping[str, object]) -> int:
    """How many numbers the layers of a model allocate on the shapes that the file records."""
    return sum(needed for _, _, needed in _recorded(config))


def _against_large_records(config: Mapping[str, object], most: int) -> Iterator[Reason]:
    """The reasons to refuse records that ask for more than the whole file stores."""
    for value, record, needed in _recorded(config):
        if needed > most:
            where = f"{shown(value['class_name'])} {shown(parse_layer(value).name)}"
            expected = "be built on the shapes of its inputs"
            yield Reason("shapes-differ", where, expected, shown(record), _NEVER)


def _recorded(
    config: Mapping[str, object],
) -> Iterator[tuple[Mapping[str, object], Mapping[str, object], int]]:
    """Each object with a record of its build, and how many numbers it allocates on that."""
    seen: set[object] = set()
    for value in objects_in(config):
        identity = value.get("shared_object_id")
        if isinstance(identity, int | str):
            if identity in seen:
                continue
            seen.add(identity)
        for record in _records(value):
            yield value, record, _needed(value, record) or 0


def _check_as_a_whole(
    graph: Graph, config: Mapping[str, object], arrays: Mapping[str, Array]
) -> list[Reason]:
    """The reasons to refuse a file of Keras 2.13, which numbers its folders in another order."""
    stored = [array.shape for path, array in arrays.items() if path.startswith(_OLD_FOLDER)]
    where = f"model {shown(graph.name)}"
    reasons = list(_against_records(where, config, stored))
    if not reasons and graph.totals.params_known:
        reason = _compare(where, graph_weights(graph), stored)
        return [reason] if reason else []
    return reasons


def _layers_of_archive(
    graph: Graph,
    config: Mapping[str, object],
    prefix: str = "",
    *,
    seen: set[object] | None = None,
) -> Iterator[StoredLayer]:
    """The layers as `.keras` files keep them: by class and place, models inside as folders.

    In the order in which Keras writes them, so that a shared layer comes first where it is stored.
    A model that several models hold is stored once.
    """
    raws = _raw_layers(config)
    seen = set() if seen is None else seen
    used: Counter[str] = Counter()
    for node in graph.nodes:
        if node.name not in raws or node.member.layer.module.startswith("keras.src.ops"):
            continue
        name = folder_name(node.class_name)
        used[name] += 1
        place = f"{prefix}layers/{name}" + (f"_{used[name] - 1}" if used[name] > 1 else "")
        if node.inner is not None:
            key = node.member.key
            if key is None or key not in seen:
                seen.add(key)
                yield from _layers_of_archive(node.inner, raws[node.name], f"{place}/", seen=seen)
        else:
            yield StoredLayer(node, raws[node.name], place)


def _layers_of_h5(
    graph: Graph, config: Mapping[str, object], arrays: Mapping[str, Array]
) -> Iterator[StoredLayer]:
    """The layers as `.h5` files keep them: by name, those of a model inside under its name."""
    raws = _raw_layers(config)
    root = "model_weights/" if any(path.startswith("model_weights/") for path in arrays) else ""
    for node in graph.nodes:
        if node.name in raws:
            yield StoredLayer(node, raws[node.name], f"{root}{node.name}")


def _raw_layers(raw: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    """The layers of a model as the file has them, by name."""
    config = raw.get("config")
    layers = config.get("layers") if isinstance(config, dict) else config
    found = [each for each in layers if isinstance(each, dict)] if isinstance(layers, list) else []
    return {parse_layer(each).name: each for each in found}


def _below(prefixes: set[str], arrays: Mapping[str, Array]) -> dict[str, list[tuple[int, ...]]]:
    """The shapes of the arrays below each of some paths."""
    below: dict[str, list[tuple[int, ...]]] = {prefix: [] for prefix in prefixes}
    for path, array in arrays.items():
        parts = path.split("/")
        for count in range(1, len(parts)):
            found = below.get("/".join(parts[:count]))
            if found is not None:
                found.append(array.shape)
    return below


def _check_layer(check: _Check, place: StoredLayer) -> None:
    """Note the reasons to refuse one layer."""
    shared = place.raw.get("shared_object_id")
    if shared is not None and check.shares:
        if shared in check.seen:  # Keras makes the first one and uses it again
            return
        check.seen.add(shared)
    where = f"{word(place.node.class_name)} {shown(place.node.name)}"
    stored = check.below[place.prefix]
    weights = _weights(place.node)
    if weights is not None:
        reason = _compare(where, weights, stored)
        if reason:
            check.reasons.append(reason)
            return
    else:
        check.reasons.extend(_against_sizes(where, place.raw, stored))
    elsewhere = place.node.member.elsewhere
    check.reasons.extend(_against_records(where, place.raw, stored, elsewhere=elsewhere))


def _weights(node: Node) -> tuple[Weight, ...] | None:
    """The weights that a layer or a model inside allocates; None if unknown."""
    if node.inner is None:
        return node.facts.weights
    return graph_weights(node.inner) if node.inner.totals.params_known else None


def _compare(
    where: str, weights: Sequence[Weight], stored: Sequence[tuple[int, ...]]
) -> Reason | None:
    """The reason to refuse the shapes that are stored for a layer, if there is one."""
    needed = Counter(each.shape for each in weights if _LORA not in each.name)
    found = Counter(stored)
    fewer = needed - found
    # What is stored besides, such as the state of a random generator, takes no more than it holds.
    if fewer:
        received = _listed(found - needed)
        expected = f"store what it allocates, {_listed(fewer)}"
        return Reason("shapes-differ", where, expected, received, _NEVER)
    adapters = sum(prod(each.shape) for each in weights if _LORA in each.name)
    if adapters > _MOST_LORA * sum(map(prod, stored)) + _FREE_NUMBERS:
        expected, received = "have adapters that fit its kernel", f"{adapters:,} numbers"
        return Reason("too-large", where, expected, received, _NEVER)
    return None


def _against_sizes(
    where: str, raw: Mapping[str, object], stored: Sequence[tuple[int, ...]]
) -> Iterator[Reason]:
    """The reason to refuse the settings of a layer whose input only a user's class knows."""
    most = sum(map(prod, stored)) + _FREE_NUMBERS
    for value in objects_in(dict(raw)):
        config = value.get("config")
        if not isinstance(config, dict) or not _is_keras(value):
            continue
        for name in _SIZES:
            size = config.get(name)
            if isinstance(size, int) and size > most:
                expected = f"have {name} that fits the arrays it stores"
                yield Reason("shapes-differ", where, expected, shown(size), _NEVER)
                return


def _is_keras(value: Mapping[str, object]) -> bool:
    try:
        return is_keras(parse_layer(value))
    except KerasbookError:
        return False


def _against_records(
    where: str,
    raw: Mapping[str, object],
    stored: Sequence[tuple[int, ...]],
    *,
    elsewhere: Collection[int] = (),
) -> Iterator[Reason]:
    """The reasons to refuse the shapes from which a layer, and those in it, are built at once.

    Keras builds a layer on the shape that the file records for it, before it is called. What an
    earlier layer holds too was built there.
    """
    held = sum(map(prod, stored))
    pending: list[object] = [raw]
    taken = 0
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            for record in _records(value):
                needed = _needed(value, record, elsewhere)
                taken += needed or 0
                if needed is not None and needed > held:
                    expected = "be built on the shapes of its inputs"
                    yield Reason("shapes-differ", where, expected, shown(record), _NEVER)
                    return
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
    if taken > 8 * held + _FREE_NUMBERS:  # a wrapper in a wrapper counts what is inside again
        expected = f"allocate what it stores, {held:,} numbers"
        yield Reason("shapes-differ", where, expected, f"{taken:,}", _NEVER)


def _records(value: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """The records of the shapes on which an object was built."""
    if "class_name" not in value:
        return
    config = value.get("config")
    early = config.get("build_input_shape") if isinstance(config, dict) else None
    for record in (value.get("build_config"), {"input_shape": early} if early else None):
        if isinstance(record, dict) and record:
            yield record


def _needed(
    raw: Mapping[str, object], record: Mapping[str, object], elsewhere: Collection[int] = ()
) -> int | None:
    """How many numbers a layer allocates on the shapes of a record; None if unknown."""
    shapes = _shapes_in(record)
    try:
        if raw["class_name"] == "Sequential":
            weights = _sequential_weights(raw, shapes)
        else:
            layer = parse_layer(raw)
            spec = LayerSpec(layer, tuple(Tensor(shape) for shape in shapes))
            weights = RuleBook().facts(spec).weights
    except KerasbookError:
        return None
    if weights is None:
        return None
    own = (each for each in weights if each.owner not in elsewhere)
    return sum(prod(each.shape) for each in own if _LORA not in each.name)


def _sequential_weights(
    raw: Mapping[str, object], shapes: Sequence[Shape]
) -> tuple[Weight, ...] | None:
    """The weights of a Sequential that is built on a shape; None if it has inputs of its own."""
    config = raw["config"]
    layers = config.get("layers") if isinstance(config, dict) else None
    if not isinstance(layers, list) or not layers or len(shapes) != 1:
        return None
    if not isinstance(layers[0], dict) or layers[0].get("class_name") == _INPUT:
        return None
    entry = {"class_name": _INPUT, "config": {"batch_shape": list(shapes[0]), "name": "input"}}
    built = {"class_name": "Sequential", "config": {"name": "built", "layers": [entry, *layers]}}
    return graph_weights(build_graph(read_config(built)))


def _shapes_in(record: Mapping[str, object]) -> list[Shape]:
    """The shapes in the record of a layer's build, in its order."""
    pending: list[object] = [record]
    shapes: list[Shape] = []
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(reversed(value.values()))
        elif isinstance(value, list):
            sizes = tuple(each for each in value if each is None or type(each) is int)
            if len(sizes) == len(value):
                shapes.append(sizes)
            else:
                pending.extend(reversed(value))
    return shapes


def _listed(shapes: Counter[tuple[int, ...]]) -> str:
    """Some shapes as a message shows them."""
    texts = [printable(str(shape)) for shape in shapes.elements()]
    if len(texts) > _SHOWN:
        return f"{', '.join(texts[:_SHOWN])} and {len(texts) - _SHOWN} more"
    return ", ".join(texts) or "nothing"
