"""Long, large and distributed training of plain Keras models.

The models stay plain and `model.fit` stays the way to train. Each part works alone:

| name | for |
|---|---|
| `ExactResume` | a callback: kill a training at any moment, start it again, lose nothing |
| `Batches` | arrays in memory, in an order that is a function of (seed, epoch) |
| `ImageStore` | the same for more images than memory holds, on disk |
| `start_distributed` | one training on several devices or machines |
| `fuse_batch_norm` | the same training in less time, on a processor |
| `sweep` | many candidates of a model, on workers that share a storage and may be killed |

The names below are imported when they are first used; Keras not before that.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

# Where each name lives.
_HOME = {
    "Batches": "batches",
    "Between": "sweep_space",
    "Candidate": "sweep_results",
    "Distributed": "distributed",
    "ExactResume": "resume",
    "ImageStore": "images",
    "Sweep": "sweep_results",
    "fuse_batch_norm": "fusion",
    "start_distributed": "distributed",
    "sweep": "sweeps",
}

__all__ = [*_HOME]  # noqa: PLE0604  the table is the list

if TYPE_CHECKING:
    from kerasbook.training.batches import Batches as Batches
    from kerasbook.training.distributed import Distributed as Distributed
    from kerasbook.training.distributed import start_distributed as start_distributed
    from kerasbook.training.fusion import fuse_batch_norm as fuse_batch_norm
    from kerasbook.training.images import ImageStore as ImageStore
    from kerasbook.training.resume import ExactResume as ExactResume
    from kerasbook.training.sweep_results import Candidate as Candidate
    from kerasbook.training.sweep_results import Sweep as Sweep
    from kerasbook.training.sweep_space import Between as Between
    from kerasbook.training.sweeps import sweep as sweep


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"kerasbook.training.{_HOME[name]}"), name)
    raise AttributeError(f"module 'kerasbook.training' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
