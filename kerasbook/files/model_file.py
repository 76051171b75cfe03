"""A saved model as data; its format follows from its content, never from its name."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kerasbook.files.disk import file_path, open_file
from kerasbook.files.json_text import parse_object
from kerasbook.files.refusal import unreadable
from kerasbook.files.signatures import HEAD_BYTES, foreign_kind, looks_like_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kerasbook.files.archive import Archive
    from kerasbook.files.disk import BoundedFile

__all__ = ["ModelFile", "read_model_file", "read_model_json"]

_EXCERPT_LENGTH = 80
_ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """The configuration and metadata of a saved model, as JSON values.

    Attributes:
        where: what was read, as messages name it: "'model.keras'".
        format: `"keras"` (a `.keras` archive or folder), `"h5"` or `"json"`.
        config: the model as Keras writes it, with at least `class_name` and `config`.
        compile_config: the arguments of `compile()`, in the form of the file's format; None if
            the model was not compiled.
        keras_version: the Keras that wrote it; None if the file does not say.
        backend: the backend it was written on, which only legacy files say.
        date_saved: when it was written, `"2026-01-31@12:00:00"`, which only archives say.
        weights_bytes: the size of the stored weights, which only archives and folders say.
    """

    where: str
    format: Literal["keras", "h5", "json"]
    config: Mapping[str, object]
    compile_config: Mapping[str, object] | None = None
    keras_version: str | None = None
    backend: str | None = None
    date_saved: str | None = None
    weights_bytes: int | None = None

    @property
    def optimizer(self) -> object:
        """The optimizer as saved: a name, or a dictionary with `class_name` and `config`.

        Keras 2.11 to 2.15 wrote its own optimizers as if they were a user's, `"Custom>Adam"`.
        """
        if self.compile_config is None:
            return None
        saved = self.compile_config.get("optimizer_config", self.compile_config.get("optimizer"))
        if self.format == "h5" and isinstance(saved, dict):
            name = saved.get("class_name")
            if isinstance(name, str):
                return saved | {"class_name": name.removeprefix("Custom>")}
        return saved


def read_model_file(path: str | os.PathLike[str]) -> ModelFile:
    """The configuration and metadata of a saved model, read without Keras and without its weights.

    Args:
        path: a `.keras` archive, the folder of one, a legacy `.h5` file, or JSON as
            `model.to_json()` gives it. What it is, is told by its content.

    Raises:
        ArgumentError: `path` is no path.
        SourceError: there is no such file, or it is damaged, foreign or hostile.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = Path(folder.name, "model.json")
        >>> path.write_text('{"class_name": "Sequential", "config": {"name": "net", "layers": []}}')
        69
        >>> read_model_file(path).config["class_name"]
        'Sequential'
        >>> read_model_file("missing.keras")
        Traceback (most recent call last):
        kerasbook.errors.SourceError: 'missing.keras' must be a file that can be read; received no
            file of this name. Check the path.
        >>> folder.cleanup()
    """
    location = file_path(path)
    if os.path.isdir(location):
        from kerasbook.files.archive import read_folder  # noqa: PLC0415  zipfile is slow

        return _from_archive(read_folder(location), repr(location))
    with open_file(location) as file:
        head = file.read_at(0, min(HEAD_BYTES, file.size_bytes))
        if head.startswith(_ZIP_SIGNATURES):
            from kerasbook.files.archive import read_archive  # noqa: PLC0415  likewise

            return _from_archive(read_archive(file), file.where)
        if looks_like_json(head):
            return read_model_json(file.read_text(), where=file.where)
        from kerasbook.files.hdf5_blocks import superblock_offset  # noqa: PLC0415  for older files only

        if superblock_offset(file) is not None:
            return _from_hdf5(file)
    mend = "Save the model with model.save('model.keras') and give that file."
    raise unreadable(file.where, "be a model that Keras saved", foreign_kind(head), mend=mend)


def read_model_json(text: str | bytes, *, where: str = "the JSON text") -> ModelFile:
    """The configuration of a model from JSON, as `model.to_json()` gives it.

    Args:
        text: the JSON.
        where: what it is, for messages.

    Raises:
        SourceError: the text is no JSON, or not that of a model.

    Examples:
        >>> model = read_model_json('{"class_name": "Sequential", "config": {"layers": []}}')
        >>> model.config["class_name"], model.compile_config
        ('Sequential', None)
        >>> read_model_json("{}")
        Traceback (most recent call last):
        kerasbook.errors.SourceError: the JSON text must be a model's configuration, with
            class_name and config; received an object without them. Save the model again with
            model.save('model.keras').
    """
    # Half a surrogate pair, which UTF-8 cannot write, is refused by the parser.
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    config = _model_config(data, where)
    return ModelFile(
        where=where,
        format="json",
        config=config,
        compile_config=_object_or_none(config, "compile_config", where=where),
        keras_version=_text_or_none(config, "keras_version", where=where),
        backend=_text_or_none(config, "backend", where=where),
    )


def _from_archive(archive: Archive, where: str) -> ModelFile:
    inside = f"config.json in {where}"
    config = _model_config(archive.config, inside)
    about = f"metadata.json in {where}"
    metadata = parse_object(archive.metadata, where=about) if archive.metadata is not None else {}
    return ModelFile(
        where=where,
        format="keras",
        config=config,
        compile_config=_object_or_none(config, "compile_config", where=inside),
        keras_version=_text_or_none(metadata, "keras_version", where=about),
        date_saved=_text_or_none(metadata, "date_saved", where=about),
        weights_bytes=archive.weights_bytes,
    )


def _from_hdf5(file: BoundedFile) -> ModelFile:
    from kerasbook.files.hdf5 import read_root_texts  # noqa: PLC0415  likewise

    names = ("model_config", "training_config", "keras_version", "backend")
    texts = read_root_texts(file, names)
    if "model_config" not in texts:
        received = "an HDF5 file without model_config, such as one of weights alone"
        mend = "Save the whole model with model.save('model.keras')."
        raise unreadable(file.where, "be a model that Keras saved", received, mend=mend)
    training = texts.get("training_config")
    return ModelFile(
        where=file.where,
        format="h5",
        config=_model_config(texts["model_config"], f"model_config in {file.where}"),
        compile_config=parse_object(training, where=f"training_config in {file.where}")
        if training
        else None,
        keras_version=_plain_text(texts.get("keras_version")),
        backend=_plain_text(texts.get("backend")),
    )


def _model_config(text: bytes, where: str) -> dict[str, object]:
    config = parse_object(text, where=where)
    # Keras 1 wrote the configuration of a Sequential as a list.
    named = isinstance(config.get("class_name"), str)
    if named and isinstance(config.get("config"), dict | list):
        return config
    expected = "be a model's configuration, with class_name and config"
    raise unreadable(where, expected, "an object without them")


def _object_or_none(
    values: Mapping[str, object], key: str, *, where: str
) -> dict[str, object] | None:
    value = values.get(key)
    if value is None or isinstance(value, dict):
        return value
    raise unreadable(where, f"have an object or null as {key}", _excerpt(value))


def _text_or_none(values: Mapping[str, object], key: str, *, where: str) -> str | None:
    value = values.get(key)
    if value is None or isinstance(value, str):
        return value
    raise unreadable(where, f"have a string or null as {key}", _excerpt(value))


def _excerpt(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _EXCERPT_LENGTH else f"{text[:_EXCERPT_LENGTH]}…"


def _plain_text(text: bytes | None) -> str | None:
    return None if text is None else text.decode("utf-8", "replace")
