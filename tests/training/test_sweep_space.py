"""What a sweep tries: checked before anything is trained."""

from __future__ import annotations

import re

import pytest

from kerasbook.errors import ArgumentError
from kerasbook.training.sweep_space import Between, read_space


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Between(0, 1, log=True),
            "low must be above 0 with log=True; received low=0.",
        ),
        (lambda: Between(2, 1), "high must be at least low=2; received high=1."),
        (
            lambda: read_space({}),
            "space must be a dict from arguments to what is tried; received space={}.",
        ),
        (
            lambda: read_space({"units": []}),
            "space['units'] must be a list of choices or a Between; received space['units']=().",
        ),
        (
            lambda: read_space({3: [1]}),
            "space must have names of arguments as keys; received space=3.",
        ),
    ],
)
def test_a_wrong_space_is_said(make, message):
    """What is expected, what came."""
    with pytest.raises(ArgumentError, match=f"^{re.escape(message)}$"):
        make()
