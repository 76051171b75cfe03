from __future__ import annotations

import pytest
from keras_oracle import check, layers

pytestmark = pytest.mark.keras


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("shape", [(10,), (5, 10), (None, 5, 10)])
def test_dense_equals_keras(shape, use_bias):
    """One weight per input and unit at every outer position, whatever its size."""
    row = check(layers.Dense(7, use_bias=use_bias), shape)
    positions = 1 if len(shape) == 1 else 5
    if None not in shape:
        assert row.macs.value == positions * 10 * 7
    else:
        assert row.macs.expression == "h·5·10·7"
