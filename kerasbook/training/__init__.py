"""Long, large and distributed training of plain Keras models.

The models stay plain and `model.fit` stays the way to train. Each part works alone:

| name | for |
|---|---|
| `ExactResume` | a callback: kill a training at any moment, start it again, lose nothing |
| `Batches` | batches of arrays in memory; their order depends on (seed, epoch) alone |
| `ImageStore` | batches of images that are kept on disk, for more than memory holds |
| `start_distributed` | one training on several devices or machines |
| `fuse_batch_norm` | faster batch normalisation in training, on a processor |
| `sweep` | many candidates of a model, on workers that share a storage and may be killed |

The names below are imported on first use, and Keras with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasbook.lazy import attach

if TYPE_CHECKING:
    from kerasbook.training.batches import *
    from kerasbook.training.distributed import *
    from kerasbook.training.fusion import *
    from kerasbook.training.images import *
    from kerasbook.training.resume import *
    from kerasbook.training.sweep_results import Candidate as Candidate
    from kerasbook.training.sweep_results import Sweep as Sweep
    from kerasbook.training.sweep_space import Between as Between
    from kerasbook.training.sweeps import *
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "batches": "Batches",
            "distributed": "Distributed start_distributed",
            "fusion": "fuse_batch_norm",
            "images": "ImageStore",
            "resume": "ExactResume",
            "sweep_results": "Candidate Sweep",
            "sweep_space": "Between",
            "sweeps": "sweep",
        },
    )
