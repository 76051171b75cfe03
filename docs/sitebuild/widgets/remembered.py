"""What is costly to make, kept by the content of what it is made from."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from sitebuild.places import CACHE, PACKAGE

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["remembered"]

_MADE_WITH = ("keras", "numpy")


def remembered(name: str, key: str, make: Callable[[], bytes]) -> bytes:
    """The bytes that `make` gives, from the cache if nothing changed since.

    The library's source, this package's and the versions of Keras and NumPy belong to the key.

    Args:
        name: what it is, for the name of the file.
        key: what else it is made from.
        make: makes it.
    """
    digest = sha256(f"{_surroundings()}\0{key}".encode()).hexdigest()[:16]
    path = CACHE / "widgets" / f"{digest}-{name}"
    if not path.exists():
        content = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path.read_bytes()


@cache
def _surroundings() -> str:
    here = Path(__file__).parent
    modules = [
        path
        for path in PACKAGE.rglob("*.py")
        if not {"book", "tour", "training"} & set(path.relative_to(PACKAGE).parts)
    ]
    digest = sha256("".join(f"{each} {version(each)} " for each in _MADE_WITH).encode())
    for path in sorted([*modules, *here.glob("*.py"), *here.parent.glob("page/*.py")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()
