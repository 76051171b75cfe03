"""Data to learn from: a line, real photographs, real handwriting, and CIFAR-10.

Three of the four need no download. Each function returns a `Dataset`: training and test arrays
with pixels in 0..1, labels one-hot or integer, and the class names, source and licence.

| function | inputs | classes | comes from |
|---|---|---|---|
| `line` | (1,) | none: a regression | computed |
| `photos` | (32, 32, 3) | 10 photographs | scikit-image |
| `digits` | (8, 8, 1) | 10 digits | scikit-learn |
| `cifar10` | (32, 32, 3) | 10 kinds of things | a download, or a copy of the archive |
"""

from __future__ import annotations

from kerasbook.datasets.cifar import cifar10
from kerasbook.datasets.dataset import Dataset
from kerasbook.datasets.handwriting import digits
from kerasbook.datasets.photographs import photos
from kerasbook.datasets.synthetic import line

__all__ = ["Dataset", "cifar10", "digits", "line", "photos"]
