"""Griffe extension: each calculator's reference ends with its form."""

from __future__ import annotations

from typing import Any

import griffe

from kerasbook import calculators
from sitebuild.widgets.forms import call_source, example_call
from sitebuild.widgets.markers import marker

__all__ = ["Calculators"]


class Calculators(griffe.Extension):
    """Put a form below the docstring of each public calculator."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:  # noqa: ANN401  griffe's
        """Add the forms to a package that was just read."""
        if pkg.path != "kerasbook":
            return
        for name in calculators.__all__:
            obj = pkg[f"calculators.{name}"]
            target = obj.final_target if isinstance(obj, griffe.Alias) else obj
            if target.is_function and target.docstring:
                text = marker("try", call_source(example_call(name)))
                target.docstring.value = f"{target.docstring.value}\n\n{text}\n"
