"""`check_file`: the contents of a model file, and every reason not to trust it."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kerasbook.checks import positive_integer, reject, shown, word
from kerasbook.errors import SourceError
from kerasbook.files.disk import file_path, open_file
from kerasbook.files.hdf5_arrays import read_arrays
from kerasbook.files.model_file import read_model_file
from kerasbook.files.refusal import bytes_text
from kerasbook.graph import build_graph
from kerasbook.safety.assets import open_assets, vocabulary_lines
from kerasbook.safety.members import check_checksums, check_folder, model_weights
from kerasbook.safety.memory import default_limit, loading_bytes
from kerasbook.safety.objects import check_objects
from kerasbook.safety.result import FileCheck, Reason
from kerasbook.safety.structure import check_structure
from kerasbook.safety.weights import check_weights, recorded_numbers
from kerasbook.sources.config import read_config

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kerasbook.files.hdf5_arrays import Arrays
    from kerasbook.files.model_file import ModelFile

__all__ = ["Findings", "check_file", "examine", "result_of"]

# How many groups and arrays the weights may have: more for each object of the configuration.
_FREE_MEMBERS, _MEMBERS_PER_OBJECT = 10_000, 60
_MODELS = frozenset(("Functional", "Model", "Sequential"))
_GRAPH = frozenset(("inputs", "layers", "outputs"))
_SUFFIXES = {".keras": "keras", ".h5": "h5", ".hdf5": "h5"}
_MORE_MEMORY = "If you know who made it, give it more memory_bytes; else do not load it."
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
class Findings:
    """The findings on one file, noted step by step.

    Attributes:
        location: its path.
        size_bytes: how large it is.
        reasons: what is against it.
        members: size of each member of an archive or folder, by name.
        file: what the model says about itself; None if that cannot be read.
        classes: how many objects of each class it names.
        arrays: its arrays; None if they cannot be read.
        loading_bytes: how many bytes loading takes at most; None if that is not known.
    """

    location: str
    size_bytes: int = 0
    reasons: list[Reason] = field(default_factory=list)
    members: dict[str, int] = field(default_factory=dict)
    file: ModelFile | None = None
    classes: Counter[str] = field(default_factory=Counter)
    arrays: Arrays | None = None
    loading_bytes: int | None = None

    def refuse(self, error: SourceError, code: str, *, where: str = "the file") -> None:
        """Note an error of a reader as a reason."""
        parts = (where, "be a model of Keras", str(error), _NEVER)
        if error.expected:
            parts = (error.where, error.expected, error.received, error.mend or _NEVER)
        self.reasons.append(Reason(code, *parts))


def check_file(
    path: str | os.PathLike[str],
    *,
    custom_objects: Collection[str] = (),
    memory_bytes: int | None = None,
) -> FileCheck:
    """The contents of a model file, and every reason not to trust it.

    The file is read as data: Keras is not imported, no weights are loaded, and nothing in it is
    executed. That takes milliseconds, and a second for each gigabyte whose checksum is compared.
    It passes if it is as Keras writes it: members of known names, no larger than they say; classes
    and functions of Keras that only compute, and none that runs code or reads other files; weights
    in the file itself, each of the shape that its layer allocates; and no more memory than
    `memory_bytes` for all that loading makes, computed before.

    That a file passes says that [`load_model`][kerasbook.safety.load_model] runs none of its
    maker's code and takes no more memory than that. It says nothing about how good the model is.

    Args:
        path: a `.keras` file or the folder of one, an older `.h5` file, or the JSON of a model.
        custom_objects: names of your own classes and functions that the file may name, as they are
            registered (`"package>Name"`); a dictionary as `keras.models.load_model` takes it will
            do.
        memory_bytes: the most that loading may take beyond Keras and its backend: weights, states
            of the optimizer, tables, metrics, and the graph of layers. 1 GiB and 8 times the size
            of the file if left out. What your own classes allocate cannot be known before, nor
            what a layer allocates on a shape that only they know.

    Returns:
        The result: `ok`, and `reasons` if it is not; print it, or read what is in the file.

    Raises:
        ArgumentError: `path` is no path, `custom_objects` no collection of names, or
            `memory_bytes` no positive integer.
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
    return result_of(examine(path, custom_objects, memory_bytes))


def examine(
    path: str | os.PathLike[str], custom_objects: Collection[str], memory_bytes: int | None
) -> Findings:
    """The findings on a file: the answer of `check_file`, and all that was read.

    Args:
        path: as `check_file` takes it.
        custom_objects: as `check_file` takes them.
        memory_bytes: as `check_file` takes it.
    """
    names = _names(custom_objects)
    if memory_bytes is not None:
        positive_integer("memory_bytes", memory_bytes)
    found = Findings(file_path(path))
    _read(found)
    if found.file is not None:
        _check_model(found, found.file, names)
        _check_memory(found, found.file, names, memory_bytes=memory_bytes)
    return found


def _names(custom_objects: object) -> frozenset[str]:
    if isinstance(custom_objects, str) or not hasattr(custom_objects, "__iter__"):
        reject("custom_objects", "be a collection of names", custom_objects)
    names = frozenset(custom_objects)
    for name in names:
        if not isinstance(name, str):
            reject("custom_objects", "hold names of classes and functions", name)
    return names


def _read(found: Findings) -> None:
    """Read the frame of the file: what it is, its members, its texts."""
    location, is_folder = found.location, os.path.isdir(found.location)
    if is_folder:
        found.size_bytes = check_folder(location, found.members, found.reasons)
    else:
        with open_file(location) as file:
            found.size_bytes = file.size_bytes
    try:
        found.file = read_model_file(location)
    except SourceError as error:
        found.refuse(error, "unreadable")
        return
    expected = _SUFFIXES.get(os.path.splitext(location)[1].lower())
    if expected not in {None, found.file.format} and not is_folder:
        received = f"a file of format {found.file.format!r}"
        # Keras goes by the name: it would read something else than is checked here.
        found.reasons.append(
            Reason("other-format", "the file", "be what its name says", received, _NEVER)
        )


def _check_model(found: Findings, file: ModelFile, names: frozenset[str]) -> None:
    """Check what the configuration names, and the weights."""
    training = file.compile_config if file.format == "h5" else None
    for config in (file.config, training):
        objects = check_objects(config, allowed=names)
        found.classes.update(objects.classes)
        found.reasons.extend(objects.reasons)
    shares = file.format != "h5"
    found.reasons.extend(check_structure(file.config, training, shares=shares, allowed=names))
    if file.format == "json":
        return
    found.arrays = arrays = _arrays(found, file)
    if arrays is None:
        return
    for fault in arrays.faults[:100]:
        where = f"array {shown(fault.path)}"
        found.reasons.append(Reason(fault.code, where, _FAULTS[fault.code], fault.found, _NEVER))
    if not _has_layers(file.config):
        expected = "list the layers of its model"
        found.reasons.append(Reason("configuration", "the configuration", expected, "none", _NEVER))
    elif not arrays.faults:
        _check_sizes(found, file, names)
    if not found.reasons and file.format == "keras" and not os.path.isdir(found.location):
        try:
            check_checksums(found.location)
        except SourceError as error:
            found.refuse(error, "weights", where="the archive")


def _check_sizes(found: Findings, file: ModelFile, names: frozenset[str]) -> None:
    """Check what the layers allocate against what the file stores, and compute what loading takes.

    Only of a file whose objects and members are harmless.
    """
    arrays = found.arrays.arrays if found.arrays else {}
    try:
        graph = build_graph(read_config(file.config))
        found.reasons.extend(check_weights(graph, file.config, arrays, file_format=file.format))
        if not found.reasons:
            configs = [file.config, file.compile_config if file.format == "h5" else None]
            found.loading_bytes = loading_bytes(
                graph,
                [each for each in configs if each is not None],
                arrays,
                recorded=recorded_numbers(file.config),
                words=_words(found) if file.format == "keras" else 0,
                allowed=names,
            )
    except SourceError as error:
        found.refuse(error, "configuration", where="the configuration")


def _words(found: Findings) -> int:
    """How many lines the vocabularies beside the weights have."""
    lines = 0
    with open_assets(found.location) as assets:
        for name, opened in assets.items():
            with opened() as asset:
                lines += vocabulary_lines(name, asset)
    return lines


def _check_memory(
    found: Findings, file: ModelFile, names: frozenset[str], *, memory_bytes: int | None
) -> None:
    """Check what loading takes against what it may take."""
    limit = memory_bytes or default_limit(found.size_bytes)
    needed = found.loading_bytes
    if file.format == "json" and not found.reasons:  # it has no weights: what is made besides
        needed = loading_bytes(None, [file.config], {}, recorded=0, words=0, allowed=names)
    if needed is not None and needed > limit:
        expected = f"take at most {bytes_text(limit)} to load"
        received = f"a model that takes up to {bytes_text(needed)}"
        reason = Reason("too-large", "the file", expected, received, _MORE_MEMORY)
        found.reasons.append(reason)


def _has_layers(config: Mapping[str, object]) -> bool:
    """Whether a configuration lists layers, if its class is one that is made of them.

    A `Model` that was made of nothing has none.
    """
    inner = config.get("config")
    if (
        config.get("class_name") == "Model"
        and isinstance(inner, dict)
        and not _GRAPH & inner.keys()
    ):
        return True
    layers = inner.get("layers") if isinstance(inner, dict) else inner
    return config.get("class_name") not in _MODELS or isinstance(layers, list)


def _arrays(found: Findings, file: ModelFile) -> Arrays | None:
    """The arrays of the file; None if they cannot be read."""
    most = _FREE_MEMBERS + _MEMBERS_PER_OBJECT * found.classes.total()
    try:
        with model_weights(
            found.location, file.format, found=found.members, reasons=found.reasons
        ) as weights:
            return read_arrays(weights, most=most) if weights else None
    except SourceError as error:
        found.refuse(error, "weights", where="the weights")
        return None


def result_of(found: Findings) -> FileCheck:
    """The findings on a file, as users get them."""
    file = found.file
    arrays = found.arrays.arrays.values() if found.arrays else ()
    name = file.config.get("config") if file else None
    name = name.get("name") if isinstance(name, dict) else None
    kind = word(str(file.config["class_name"])) if file else ""
    return FileCheck(
        path=found.location,
        reasons=tuple(found.reasons),
        format=file.format if file else None,
        size_bytes=found.size_bytes,
        members=found.members,
        keras_version=file.keras_version if file else None,
        date_saved=file.date_saved if file else None,
        model=f"{kind} {shown(name)}" if isinstance(name, str) else kind,
        classes=dict(sorted(found.classes.items())),
        arrays=len(arrays),
        numbers=sum(each.size_bytes // max(each.item_bytes, 1) for each in arrays),
        weights_bytes=sum(each.size_bytes for each in arrays),
        loading_bytes=found.loading_bytes,
    )
