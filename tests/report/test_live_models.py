"""Reports on models in memory: what they were compiled with; nothing about them changes."""

from __future__ import annotations

import pytest

keras = pytest.importorskip("keras")

import kerasbook as kb  # noqa: E402  after Keras is known to be there

layers = keras.layers
pytestmark = pytest.mark.keras


class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule that does not know how to write itself down."""

    def __call__(self, _step):
        """Always the same."""
        return 1e-3


def own_loss(target, output):
    """A loss, and a metric."""
    return keras.ops.mean(keras.ops.square(target - output), axis=-1)


class OwnLoss(keras.losses.Loss):
    """A loss that does not know how to write itself down either."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, target, output):
        """As above."""
        return self.factor * own_loss(target, output)

    def get_config(self):
        """Not written."""
        raise NotImplementedError


@pytest.mark.parametrize(
    "make",
    [
        lambda rate: keras.optimizers.Adam(rate, amsgrad=True),
        lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
        lambda rate: keras.optimizers.RMSprop(rate, centered=True, use_ema=True),
        lambda rate: keras.optimizers.LossScaleOptimizer(
            keras.optimizers.SGD(rate, momentum=0.9, gradient_accumulation_steps=2)
        ),
    ],
)
def test_what_cannot_be_written_down_does_not_hinder_the_report(make):
    """A schedule, a loss and a metric of the user's own: it is the same optimizer all the same."""
    found = []
    for rate in (Warmup(), keras.optimizers.schedules.ExponentialDecay(1e-3, 100, 0.9)):
        inputs = keras.Input((8,))
        model = keras.Model(inputs, layers.Dense(2)(inputs))
        model.compile(
            make(rate), OwnLoss(2.0), metrics=[own_loss, keras.metrics.MeanMetricWrapper(own_loss)]
        )
        report = kb.explain(model)
        assert report.params == 18
        found.append((report.optimizer.class_name, report.memory()))
    assert found[0] == found[1]
    assert found[0][1].optimizer_bytes > 0
