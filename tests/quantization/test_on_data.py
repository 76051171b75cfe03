"""Reports on models whose weights were quantized with data to calibrate on."""

from __future__ import annotations

import pytest

keras = pytest.importorskip("keras")

import kerasbook as kb  # noqa: E402  after Keras is known to be there

layers = keras.layers
pytestmark = pytest.mark.keras


@pytest.mark.parametrize("mode", ["gptq", "awq"])
def test_layers_that_were_quantized_on_data_are_known(mode, monkeypatch):
    """Data that cannot be written down does not hinder it; what was multiplied still is."""

    def endless():
        raise RecursionError

    inputs = keras.Input((8,))
    hidden = layers.Dense(16, dtype=f"{mode}/4/-1_from_float32")(inputs)
    last = layers.EinsumDense("ab,bc->ac", (4,), dtype=f"{mode}/4/-1_from_float32")
    model = keras.Model(inputs, last(hidden))
    monkeypatch.setattr(last, "get_config", endless)  # as after a calibration on some data
    report = kb.explain(model)
    assert (report.params, report.params_known) == (model.count_params(), True)
    assert (report.macs, report.macs_known) == (8 * 16 + 16 * 4, True)
