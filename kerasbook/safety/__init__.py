"""Model files from strangers: what is in them, and loading only what passes.

`check_file` reads a file as data, without Keras, and gives every reason not to trust it;
`load_model` writes what passes anew and lets Keras load that.
"""

from typing import TYPE_CHECKING

from kerasbook.lazy import attach

if TYPE_CHECKING:
    from kerasbook.safety.checking import check_file as check_file
    from kerasbook.safety.loading import load_model as load_model
    from kerasbook.safety.result import FileCheck as FileCheck
    from kerasbook.safety.result import Reason as Reason
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {"checking": "check_file", "loading": "load_model", "result": "FileCheck Reason"},
    )
