"""Model files from strangers: what is in them, and loading only what passes.

`check_file` reads a file as data, without Keras, and gives every reason not to trust it;
`load_model` writes what passes anew and lets Keras load that.
"""

from kerasbook.safety.checking import check_file
from kerasbook.safety.loading import load_model
from kerasbook.safety.result import FileCheck, Reason

__all__ = ["FileCheck", "Reason", "check_file", "load_model"]
