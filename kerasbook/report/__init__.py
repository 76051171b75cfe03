"""The report on a model: every number with its arithmetic.

`explain` reads a Keras model, a saved file or a configuration; `count_params` is its short form;
`compare` says what changed from one model to another; `budget_lines` whether a model stays within
given parameters, MACs and bytes; `ModelReport.deployment` what quantisation and mixed precision
would change; `plan` reports on a model that is never allocated.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from kerasbook.report.budget import BudgetLine, budget_lines, budget_markdown
from kerasbook.report.comparison import Change, Comparison, Total, compare
from kerasbook.report.memory import Memory
from kerasbook.report.model_report import ModelReport
from kerasbook.report.planning import plan
from kerasbook.report.reading import count_params, explain
from kerasbook.report.rows import ReportRow

if TYPE_CHECKING:
    from kerasbook.report.deployment import Deployment, Scheme, SchemeRow

# What `kerasbook explain` does not need, and would load in a hundredth of its time.
_HOME = {"Deployment": "deployment", "Scheme": "deployment", "SchemeRow": "deployment"}

__all__ = [
    "BudgetLine",
    "Change",
    "Comparison",
    "Deployment",
    "Memory",
    "ModelReport",
    "ReportRow",
    "Scheme",
    "SchemeRow",
    "Total",
    "budget_lines",
    "budget_markdown",
    "compare",
    "count_params",
    "explain",
    "plan",
]


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"kerasbook.report.{_HOME[name]}"), name)
    raise AttributeError(f"module 'kerasbook.report' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
