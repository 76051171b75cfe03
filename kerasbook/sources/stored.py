"""The weights that a file stores for each layer, where Keras puts them.

A `.keras` file keeps the arrays of a layer under its class and its place among its kind,
`layers/dense_1/vars/0`, and those of a layer inside it under the name of its attribute; an `.h5`
file keeps them under the layer's name. The states of optimizers and random generators are stored
too, but are not weights of the model.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING

from kerasbook.arithmetic import number
from kerasbook.rules import Weight, is_operation
from kerasbook.rules.layer import EXPORTED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from kerasbook.files.hdf5_arrays import Array
    from kerasbook.graph import Member, Model
    from kerasbook.rules import Layer

__all__ = ["folder_name", "with_stored"]

_OWN_NAMES = {public: own for own, public in EXPORTED.items()}
_KINDS = {"f": "float", "i": "int", "u": "uint", "b": "bool", "c": "complex"}
# Folders of arrays that are not weights: in files of Keras 2.13 and later, and in `.h5` files.
_BESIDES = frozenset(("optimizer", "metrics", "optimizer_weights"))
_OLD_FOLDER = "_layer_checkpoint_dependencies/"
_WEIGHTS_OF_H5 = "model_weights"
# Names of metrics in attributes of the model, whose state older versions of Keras store.
_METRIC = re.compile(r"(tracker|metric|loss|accuracy|acc|mean)s?(_\d+)?$")


def with_stored(model: Model, arrays: Mapping[str, Array], *, file_format: str) -> Model:
    """The model with the weights that its file stores, for each layer and in total.

    Args:
        model: the model from its configuration.
        arrays: the arrays of the file, by path.
        file_format: `"keras"` or `"h5"`, which store weights in different places.
    """
    if any(path.startswith(_OLD_FOLDER) for path in arrays):  # its folders are in another order
        return model
    weights = {path: array for path, array in arrays.items() if not _is_besides(path)}
    for holder in list(_holders(weights)):
        for path in holder.paths if _is_state(holder, weights) else _again(holder, weights):
            del weights[path]
    stored = _Stored(weights, file_format)
    total = sum(prod(array.shape) for array in weights.values())
    return replace(stored.fill(model), stored=total)


class _Stored:
    """The weights in a file, to be assigned to its layers."""

    def __init__(self, weights: Mapping[str, Array], file_format: str) -> None:
        self._weights = weights
        self._archive = file_format == "keras"
        self._below: dict[str, list[str]] = {}
        for path in weights:
            parts = path.split("/")
            for count in range(len(parts)):
                self._below.setdefault("/".join(parts[:count]), []).append(path)
        self._shared: dict[object, tuple[Weight, ...]] = {}
        self._filled: dict[Model, Model] = {}
        self._inside: dict[tuple[Model, str], list[str]] = {}
        self._root = ""
        if not self._archive and _WEIGHTS_OF_H5 in self._below:
            self._root = _WEIGHTS_OF_H5

    def _deal(self, model: Model, place: str) -> None:
        """Find the weights of the layers of a model inside by their paths.

        An `.h5` file stores all of them under the name of the model.
        """
        layers = _Layers(model)
        found: dict[tuple[Model, str], list[str]] = {}
        for path in self._below.get(place, ()):
            names = path.removeprefix(place).strip("/").split("/")[:-1]
            holder = layers.find(names)
            if holder is None:
                return
            found.setdefault(holder, []).append(path)
        self._inside |= {key: [] for key in layers.all} | found

    def fill(self, model: Model, prefix: str = "") -> Model:
        """The model, each of its layers with its stored weights; a shared layer is filled once."""
        if model in self._filled:
            return self._filled[model]
        members: list[Member] = []
        used: Counter[str] = Counter()
        single = _is_single(model)
        for member in model.members:
            layer = member.layer
            if is_operation(layer):
                members.append(member)
                continue
            place = self._root if single else self._place(layer, prefix, used)
            if member.model is not None:
                inner = f"{place}/" if self._archive else prefix or place
                if not self._archive and not prefix:
                    self._deal(member.model, place)
                members.append(replace(member, model=self.fill(member.model, inner)))
            elif single and layer.class_name == "InputLayer":
                members.append(member)
            else:
                inside = prefix and not self._archive
                dealt = self._inside.get((model, layer.name))
                paths = dealt if inside else self._below.get(place, [])
                members.append(replace(member, stored=self._of(member, paths, place=place)))
        if _is_unbuilt(model) and not any(each.stored for each in members):
            members = [replace(each, stored=None) for each in members]
        self._filled[model] = replace(model, members=tuple(members))
        return self._filled[model]

    def _place(self, layer: Layer, prefix: str, used: Counter[str]) -> str:
        """The path at which the next layer of a model is stored."""
        if not self._archive:
            return prefix or f"{self._root}/{layer.name}".lstrip("/")
        name = folder_name(layer.class_name)
        used[name] += 1
        return f"{prefix}layers/{name}" + (f"_{used[name] - 1}" if used[name] > 1 else "")

    def _of(
        self, member: Member, paths: Collection[str] | None, *, place: str
    ) -> tuple[Weight, ...] | None:
        """The stored weights of a layer, also if they are stored with another layer.

        `None` if the layer stores its own data, under its own names, in place of its weights.
        """
        layer = member.layer
        if paths is None:
            return None
        if self._archive and not all(path.rpartition("/")[2].isdigit() for path in paths):
            return None
        if member.key is not None and not paths:
            return self._shared.get(member.key, ())
        weights = tuple(
            self._weight(path, layer, place=place) for path in sorted(paths, key=_natural)
        )
        if member.key is not None:
            self._shared[member.key] = weights
        return weights

    def _weight(self, path: str, layer: Layer, *, place: str) -> Weight:
        """An array as a weight of its layer.

        A layer inside an untrained layer may still be trained: it has its own flag.
        """
        array = self._weights[path]
        name = _name(path.removeprefix(place).strip("/"), layer)
        frozen = layer.config.get("trainable") is False and "/" not in name
        return Weight(
            name,
            tuple(map(number, array.shape)),
            trainable=False if frozen else None,
            dtype=_dtype(array),
        )


class _Layers:
    """The layers of a model and of the models inside it, indexed by the paths of weights.

    A path names the layer of the weight, after it the layers inside that layer, and before it the
    `Sequential` models around it: `chain/own/dense/kernel`.
    """

    def __init__(self, model: Model) -> None:
        self.all: list[tuple[Model, str]] = []
        self._ends: list[int] = []  # by number: where the layers inside end; at once for a layer
        self._numbers: dict[str, list[int]] = {}
        self._add(model)

    def _add(self, model: Model) -> None:
        for member in model.members:
            number_of = len(self.all)
            self.all.append((model, member.layer.name))
            self._ends.append(number_of + 1)
            self._numbers.setdefault(member.layer.name, []).append(number_of)
            if member.model is not None:
                self._add(member.model)
                self._ends[number_of] = len(self.all)

    def find(self, names: Iterable[str]) -> tuple[Model, str] | None:
        """The model and the name in it of the first layer on a path; `None` if it is not one."""
        first, end = 0, len(self.all)
        for name in names:
            numbers = self._numbers.get(name, [])
            here = numbers[bisect_left(numbers, first) : bisect_left(numbers, end)]
            if len(here) > 1:
                return None
            if here and self._ends[here[0]] == here[0] + 1:
                return self.all[here[0]]
            if here:
                first, end = here[0] + 1, self._ends[here[0]]
        return None


@dataclass(frozen=True, slots=True)
class _Holder:
    """An object whose own arrays are in one folder.

    Attributes:
        path: the path of the object.
        paths: the paths of its arrays, in order.
    """

    path: str
    paths: tuple[str, ...]


def _holders(arrays: Mapping[str, Array]) -> Iterator[_Holder]:
    """The objects of an archive that have arrays."""
    found: dict[str, list[str]] = {}
    for path in arrays:
        holder, folder, _ = ("/" + path).rpartition("/vars/")
        if folder:
            found.setdefault(holder, []).append(path)
    for holder, paths in found.items():
        yield _Holder(holder.strip("/"), tuple(sorted(paths, key=_natural)))


def _is_besides(path: str) -> bool:
    """Whether an array is not a weight of the model, but of its optimizer or metrics."""
    return path.partition("/")[0] in _BESIDES


def _is_state(holder: _Holder, arrays: Mapping[str, Array]) -> bool:
    """Whether arrays are the state of an optimizer, a random generator or a metric.

    Only optimizers begin with a step count and a learning rate, and the state of a random generator
    is two integers. A metric's sum and count look like weights, so its name decides.
    """
    first, *more = [arrays[path] for path in holder.paths]
    attribute = holder.path.rpartition("/")[2]
    integer = first.dtype[-2:-1] in {"i", "u"}
    if not more:
        return integer and first.shape == (2,)
    scalars = not first.shape and not more[0].shape
    if integer and not first.shape:
        return scalars or "optim" in attribute
    return scalars and len(more) == 1 and _METRIC.search(attribute) is not None


def _again(holder: _Holder, arrays: Mapping[str, Array]) -> tuple[str, ...]:
    """Paths of arrays stored twice, as `SpectralNormalization` and its layer store the kernel.

    Its own arrays are that kernel and a vector for its last axis.
    """
    kernel = arrays.get(f"{holder.path}/layer/vars/0".lstrip("/"))
    own = [arrays[path].shape for path in holder.paths]
    if kernel is None or not kernel.shape or own != [kernel.shape, (1, kernel.shape[-1])]:
        return ()
    return holder.paths[:1]


def _is_single(model: Model) -> bool:
    """Whether a model is one layer, or does not list its layers: all arrays are its weights."""
    last = model.members[-1]
    named = last.layer.name == model.name and last.layer.class_name == model.class_name
    return named and last.model is None


def _is_unbuilt(model: Model) -> bool:
    """Whether the file records no input of a model, which then has no weights, or none yet.

    Except for a model that was called on something other than one tensor: it may have weights.
    """
    if _is_single(model):
        return not model.members[-1].layer.build_config
    first = model.members[0].layer
    return first.class_name == "InputLayer" and first.config.get("batch_shape", ()) is None


@lru_cache(maxsize=1024)  # a network has many layers of a few classes
def folder_name(class_name: str) -> str:
    """The folder name that Keras gives to layers of a class.

    Examples:
        >>> folder_name("Conv2DTranspose"), folder_name("GroupQueryAttention")
        ('conv2d_transpose', 'grouped_query_attention')
    """
    name = re.sub(r"\W+", "", _OWN_NAMES.get(class_name, class_name))
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _name(path: str, layer: Layer) -> str:
    """The name of a weight in its layer: `inner/0` of `inner/vars/0`, `kernel` of `d/kernel:0`."""
    *folders, last = path.split("/")
    if folders[-1:] != ["vars"] and layer.name in folders:
        folders = folders[folders.index(layer.name) + 1 :]
    return "/".join([*(each for each in folders if each != "vars"), last]).partition(":")[0]


def _dtype(array: Array) -> str:
    """The dtype of an array, as Keras names it."""
    kind, digits = array.dtype.lstrip("<>|=")[:1], array.dtype.lstrip("<>|=")[1:]
    if kind not in _KINDS or not digits.isdigit():
        return array.dtype
    return "bool" if kind == "b" else f"{_KINDS[kind]}{8 * int(digits)}"


def _natural(path: str) -> tuple[tuple[bool, int | str], ...]:
    """A sort key of a path, by which `vars/10` comes after `vars/2`."""
    return tuple(
        (not part.isdigit(), int(part) if part.isdigit() else part) for part in path.split("/")
    )
