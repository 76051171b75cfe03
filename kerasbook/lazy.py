"""Packages whose names are imported when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["attach"]


def attach(
    package: str, contents: Mapping[str, str], *, modules: Iterable[str] = ()
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """The `__getattr__`, `__dir__` and `__all__` of a package that imports on first use.

    Type checkers read ordinary imports instead, which the package keeps under `TYPE_CHECKING`.

    Args:
        package: its `__name__`.
        contents: names, separated by spaces, by the module of the package that has them.
        modules: modules of the package that are names of their own.

    Examples:
        >>> attribute, _, names = attach("email", {"utils": "formataddr parseaddr"})
        >>> names
        ['formataddr', 'parseaddr']
        >>> attribute("parseaddr")("Ada <ada@example.org>")
        ('Ada', 'ada@example.org')
        >>> attribute("parse")
        Traceback (most recent call last):
        AttributeError: module 'email' has no attribute 'parse'
    """
    homes = {name: module for module, names in contents.items() for name in names.split()}
    public = [*homes, *modules]

    def __getattr__(name: str) -> object:  # noqa: N807  as PEP 562 names it
        if name in homes:
            value: object = getattr(import_module(f"{package}.{homes[name]}"), name)
            return value
        if name in modules:
            return import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def __dir__() -> list[str]:  # noqa: N807  likewise
        return sorted(public)

    return __getattr__, __dir__, public
