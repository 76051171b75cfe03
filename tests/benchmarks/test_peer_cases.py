"""`explain` on the layers of the public comparison, beside what their arithmetic comes to."""

from __future__ import annotations

import peer_cases
import pytest

import kerasbook as kb

pytest.importorskip("keras")
pytestmark = pytest.mark.keras
KERAS_LAYERS = [case for case in peer_cases.LAYERS if case.keras_layer is not None]


@pytest.mark.parametrize("case", KERAS_LAYERS, ids=lambda case: case.name)
def test_kerasbook_is_right_on_every_layer(case):
    """A live model and its configuration come to the product that anybody can check by hand."""
    model = peer_cases.model_of(case)
    assert kb.explain(model).macs == case.macs
    assert kb.explain(model.to_json()).macs == case.macs


def test_what_keras_has_not_is_right_too():
    """A transposed convolution in groups, which only PyTorch has, is a calculator's."""
    (case,) = (case for case in peer_cases.LAYERS if case.keras_layer is None)
    macs = kb.conv_transpose_macs((14, 14), (3, 3), channels=4, filters=10, groups=2)
    assert macs == case.macs
