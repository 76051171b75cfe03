"""`check_file`: what is in a model file, and every reason not to trust it."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field

from kerasbook.checks import reject, shown, word
from kerasbook.errors import SourceError
from kerasbook.graph import build_graph, paused_collection
from kerasbook.safety.members import check_folder, check_members, open_weights
from kerasbook.safety.objects import check_objects
from kerasbook.safety.result import FileCheck, Reason
from kerasbook.safety.weights import check_weights
from kerasbook.sources.archive import read_archive
from kerasbook.sources.config import read_config
from kerasbook.sources.disk import file_path, open_file
from kerasbook.sources.hdf5_arrays import read_arrays
from kerasbook.sources.model_file import read_model_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kerasbook.sources.hdf5_arrays import Array, Arrays
    from kerasbook.sources.model_file import ModelFile

__all__ = ["check_file"]

# How many groups and arrays the weights may have: more for each object of the configuration.
_FREE_MEMBERS, _MEMBERS_PER_OBJECT = 10_000, 60
_MODELS = frozenset(("Functional", "Model", "Sequential"))
_SUFFIXES = {".keras": "keras", ".h5": "h5", ".hdf5": "h5"}
_NEVER = "Keras writes no such file: do not load it, and ask where it comes from."
_FAULTS = {
    "link": "hold its arrays itself",
    "external-data": "hold its arrays itself",
    "virtual-data": "hold its arrays itself",
    "packed-data": "store its arrays as they are",
    "missing-data": "hold all of its arrays",
    "shared-data": "keep its arrays apart",
    "foreign-type": "hold arrays of numbers",
}


@dataclass(slots=True)
class _Findings:
    """What is found of one file, step by step."""

    reasons: list[Reason] = field(default_factory=list)
    members: dict[str, int] = field(default_factory=dict)
    file: ModelFile | None = None
    classes: Counter[str] = field(default_factory=Counter)
    arrays: Mapping[str, Array] = field(default_factory=dict)

    def refuse(self, error: SourceError, code: str, *, where: str = "the file") -> None:
        """Note an error of a reader as a reason."""
        parts = (where, "be a model of Keras", str(error), _NEVER)
        if error.expected:
            parts = (error.where, error.expected, error.received, error.mend or _NEVER)
        self.reasons.append(Reason(code, *parts))


def check_file(path: str | os.PathLike[str], *, custom_objects: Collection[str] = ()) -> FileCheck:
    """What is in a model file, and every reason not to trust it.

    The file is read as data, in milliseconds: Keras is not imported, no weights are loaded, and
    nothing in it is executed. It passes if it is as Keras writes it: members of known names, no
    larger than they say; classes and functions of Keras that only compute, and none that runs
    code or reads other files; weights in the file itself, each of the shape that its layer
    allocates.

    That a file passes says that loading it runs none of its maker's code and takes no more memory
    than its weights ask for. It says nothing about how good the model is.

    Args:
        path: a `.keras` file or the folder of one, an older `.h5` file, or the JSON of a model.
        custom_objects: names of your own classes and functions that the file may name, as they are
            registered (`"package>Name"`); a dictionary as `keras.models.load_model` takes it will
            do.

    Returns:
        The result: `ok`, and `reasons` if it is not; print it, or read what is in the file.

    Raises:
        ArgumentError: `path` is no path, or `custom_objects` no collection of names.
        SourceError: there is no such file, or it may not be read.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = Path(folder.name, "model.json")
        >>> layer = '{"class_name": "Lambda", "config": {"name": "odd"}}'
        >>> net = '{"class_name": "Sequential", "config": {"name": "net", "layers": [%s]}}'
        >>> path.write_text(net % "")
        69
        >>> check_file(path).ok
        True
        >>> _ = path.write_text(net % layer)
        >>> print(check_file(path).reasons[0])
        Lambda 'odd' must only compute; received a Lambda, which runs Python code kept in the file.
            Do not load it, unless you know who made it and read that code.
        >>> folder.cleanup()
    """
    names = _names(custom_objects)
    location = file_path(path)
    found = _Findings()
    size_bytes = _read(location, found)
    if found.file is not None:
        with paused_collection():
            _check_model(location, found, names)
    return _result(location, found, size_bytes)


def _names(custom_objects: object) -> frozenset[str]:
    if isinstance(custom_objects, str) or not hasattr(custom_objects, "__iter__"):
        reject("custom_objects", "be a collection of names", custom_objects)
    names = frozenset(custom_objects)
    for name in names:
        if not isinstance(name, str):
            reject("custom_objects", "hold names of classes and functions", name)
    return names


def _read(location: str, found: _Findings) -> int:
    """Read the frame of the file: what it is, its members, its texts. Returns its size."""
    if os.path.isdir(location):
        size_bytes = check_folder(location, found.members, found.reasons)
    else:
        with open_file(location) as file:
            size_bytes = file.size_bytes
    try:
        found.file = read_model_file(location)
    except SourceError as error:
        found.refuse(error, "unreadable")
        return size_bytes
    expected = _SUFFIXES.get(os.path.splitext(location)[1].lower())
    if expected not in {None, found.file.format} and not os.path.isdir(location):
        received = f"a file of format {found.file.format!r}"
        # Keras goes by the name: it would read something else than is checked here.
        found.reasons.append(
            Reason("other-format", "the file", "be what its name says", received, _NEVER)
        )
    return size_bytes


def _check_model(location: str, found: _Findings, names: frozenset[str]) -> None:
    """Check what the configuration names, and the weights."""
    file = found.file
    if file is None:
        return
    for config in (file.config, file.compile_config if file.format == "h5" else None):
        objects = check_objects(config, allowed=names)
        found.classes.update(objects.classes)
        found.reasons.extend(objects.reasons)
    if file.format == "json":
        return
    arrays = _arrays(location, file, found)
    if arrays is None:
        return
    found.arrays = arrays.arrays
    for fault in arrays.faults[:100]:
        where = f"array {shown(fault.path)}"
        found.reasons.append(Reason(fault.code, where, _FAULTS[fault.code], fault.found, _NEVER))
    if not _has_layers(file.config):
        expected = "list the layers of its model"
        found.reasons.append(Reason("configuration", "the configuration", expected, "none", _NEVER))
    elif not arrays.faults:
        try:
            graph = build_graph(read_config(file.config))
            found.reasons.extend(
                check_weights(graph, file.config, arrays.arrays, file_format=file.format)
            )
        except SourceError as error:
            found.refuse(error, "configuration", where="the configuration")


def _has_layers(config: Mapping[str, object]) -> bool:
    """Whether a configuration lists layers, if its class is one that is made of them."""
    inner = config.get("config")
    layers = inner.get("layers") if isinstance(inner, dict) else inner
    return config.get("class_name") not in _MODELS or isinstance(layers, list)


def _arrays(location: str, file: ModelFile, found: _Findings) -> Arrays | None:
    """The arrays of the file; None if they cannot be read."""
    most = _FREE_MEMBERS + _MEMBERS_PER_OBJECT * found.classes.total()
    try:
        if file.format == "h5":
            with open_file(location) as opened:
                return read_arrays(opened, most=most)
        if os.path.isdir(location):
            weights = os.path.join(location, "model.weights.h5")
            if not os.path.exists(weights):
                expected = "hold model.weights.h5"
                found.reasons.append(Reason("no-weights", "the file", expected, "none", _NEVER))
                return None
            with open_file(weights) as opened:
                return read_arrays(opened, most=most)
        with open_file(location) as opened:
            archive = read_archive(opened)
            check_members(archive.members, found.members, found.reasons)
            part = open_weights(opened, archive.members, found.reasons)
            return read_arrays(part, most=most) if part else None
    except SourceError as error:
        found.refuse(error, "weights", where="the weights")
        return None


def _result(location: str, found: _Findings, size_bytes: int) -> FileCheck:
    file = found.file
    name = file.config.get("config") if file else None
    name = name.get("name") if isinstance(name, dict) else None
    kind = word(str(file.config["class_name"])) if file else ""
    return FileCheck(
        path=location,
        reasons=tuple(found.reasons),
        format=file.format if file else None,
        size_bytes=size_bytes,
        members=found.members,
        keras_version=file.keras_version if file else None,
        date_saved=file.date_saved if file else None,
        model=f"{kind} {shown(name)}" if isinstance(name, str) else kind,
        classes=dict(sorted(found.classes.items())),
        arrays=len(found.arrays),
        numbers=sum(each.size_bytes // max(each.item_bytes, 1) for each in found.arrays.values()),
        weights_bytes=sum(each.size_bytes for each in found.arrays.values()),
    )
