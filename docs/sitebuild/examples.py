"""Griffe extension: the docstrings on the site hold what their examples print and draw.

An example that prints something else than its docstring says is a warning, which fails the build.
What ran once is remembered by content: a chapter runs again when it, or the library, changes.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from os import cpu_count, environ
from pathlib import Path
from typing import TYPE_CHECKING

import griffe

from sitebuild.places import EXAMPLES, PACKAGE
from sitebuild.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RunExamples", "figure", "key_of"]

_PACKAGES = ("keras", "numpy", "matplotlib", "tensorflow", "jax", "torch", "scikit-image")
_MODULES = ("examples", "figures", "running", "vectors")  # what comes of an example is theirs
_LOG = griffe.get_logger("kerasbook.examples")


class RunExamples(griffe.Extension):
    """Replace each `>>>` of a package's public docstrings by what it gives now."""

    def on_package(self, *, pkg: griffe.Module, **_: object) -> None:
        """Run the examples of a package that was just read."""
        found = {key_of(obj): obj for obj in _with_examples(pkg)}
        missing = {key: obj for key, obj in found.items() if not _file(key).exists()}
        for difference in _run_all(missing) if missing else ():
            _LOG.warning(difference)
        for key, obj in found.items():
            if _file(key).exists() and obj.docstring:
                obj.docstring.value = json.loads(_file(key).read_text("utf-8"))["text"]


def figure(name: str) -> str:
    """The SVG of a picture.

    Args:
        name: `key/index`, as the examples' `<figure>` says it.
    """
    key, _, index = name.partition("/")
    figures: list[str] = json.loads(_file(key).read_text("utf-8"))["figures"]
    return figures[int(index)]


def key_of(obj: griffe.Object) -> str:
    """What an object's examples depend on, as a short hash."""
    text = obj.docstring.value if obj.docstring else ""
    return "x" + sha256(f"{_surroundings()} {obj.path} {text}".encode()).hexdigest()[:12]


def _with_examples(obj: griffe.Object | griffe.Alias) -> Iterator[griffe.Object]:
    if isinstance(obj, griffe.Alias):
        return
    if obj.docstring and ">>>" in obj.docstring.value:
        yield obj
    for name, member in obj.members.items():
        if not name.startswith("_"):
            yield from _with_examples(member)


def _run_all(objects: dict[str, griffe.Object]) -> Iterator[str]:
    """Run the examples of several objects side by side; gives the differences."""
    # New processes: a backend that was loaded does not survive a fork.
    with ProcessPoolExecutor(cpu_count(), mp_context=get_context("spawn")) as pool:
        yield from (text for texts in pool.map(_run, _tasks(objects)) for text in texts)


def _tasks(objects: dict[str, griffe.Object]) -> list[Task]:
    """What to run; chapters, which train, come first."""
    tasks = [
        Task(key, obj.path, obj.path if obj.is_module else obj.module.path, obj.docstring.value)
        for key, obj in objects.items()
        if obj.docstring
    ]
    return sorted(tasks, key=lambda task: (".book." not in task.path, -len(task.docstring)))


def _run(task: Task) -> list[str]:
    """In a process of its own: run the examples of an object, and remember what came of it."""
    from sitebuild.running import run  # noqa: PLC0415  loads Matplotlib, in this process only

    result = run(task)
    if not result.differences:
        EXAMPLES.mkdir(parents=True, exist_ok=True)
        _file(task.key).write_text(json.dumps(asdict(result), ensure_ascii=False), "utf-8")
    return result.differences


def _file(key: str) -> Path:
    return EXAMPLES / f"{key}.json"


@cache
def _surroundings() -> str:
    """A hash of all that examples use: the library less its chapters, this code, the versions."""
    digest = sha256(f"{sys.version} {environ.get('KERAS_BACKEND')}".encode())
    for name in _PACKAGES:
        digest.update(f"{name} {_version(name)}".encode())
    used = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "book"]
    ours = [Path(__file__).with_name(f"{name}.py") for name in _MODULES]
    for path in sorted([*used, *ours]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
