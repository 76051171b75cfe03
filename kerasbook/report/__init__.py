"""The report on a model: every number with its arithmetic.

`explain` reads a Keras model, a saved file or a configuration; `count_params` is its short form;
`compare` says what changed from one model to another; `plan` reports on a model that is never
allocated. A report has more to say when it is asked: `ModelReport.memory`, `.budget` and
`.quantization`.
"""

from typing import TYPE_CHECKING

from kerasbook.lazy import attach

if TYPE_CHECKING:
    from kerasbook.report.budget import Budget as Budget
    from kerasbook.report.budget import BudgetLine as BudgetLine
    from kerasbook.report.comparison import Change as Change
    from kerasbook.report.comparison import Comparison as Comparison
    from kerasbook.report.comparison import Total as Total
    from kerasbook.report.comparison import compare as compare
    from kerasbook.report.memory import Memory as Memory
    from kerasbook.report.model_report import ModelReport as ModelReport
    from kerasbook.report.planning import plan as plan
    from kerasbook.report.reading import count_params as count_params
    from kerasbook.report.reading import explain as explain
    from kerasbook.report.rows import ReportRow as ReportRow
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "budget": "Budget BudgetLine",
            "comparison": "Change Comparison Total compare",
            "memory": "Memory",
            "model_report": "ModelReport",
            "planning": "plan",
            "reading": "count_params explain",
            "rows": "ReportRow",
        },
    )
