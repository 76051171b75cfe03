"""Scripts that a training may be: models, optimizers and steps, each made anew at every run."""

from __future__ import annotations

import pytest
from resume_cases import SIZE, X, Y


def accumulated_gradients(case):
    """Accumulated gradients."""
    return case.model(case.keras.optimizers.Adam(gradient_accumulation_steps=3)), case.batches()


def moving_averages(case):
    """Moving averages."""
    return case.model(case.keras.optimizers.SGD(0.01, 0.9, use_ema=True)), case.batches()


def scaled_loss(case):
    """Scaled loss."""
    inner = case.keras.optimizers.Adam()
    outer = case.keras.optimizers.LossScaleOptimizer(inner, dynamic_growth_steps=3)
    return case.model(outer), case.batches()


def scheduled_decay(case):
    """Scheduled decay."""
    decay = case.keras.optimizers.schedules.CosineDecay(0.01, 12)
    return case.model(case.keras.optimizers.AdamW(decay)), case.batches()


def steps_of_two_batches(case):
    """Steps of two batches."""
    if case.keras.backend.backend() == "torch":
        pytest.skip("PyTorch takes one batch a step")
    return case.model(steps_per_execution=2), case.batches()


def stateful_recurrence(case):
    """Stateful recurrence."""
    if case.keras.backend.backend() == "torch":
        pytest.skip("Keras's own training of it fails: a state is changed in place")
    layers = case.layers
    model = case.keras.Sequential(
        [
            case.keras.Input(batch_shape=(SIZE, 4, 1)),
            layers.LSTM(3, stateful=True),
            layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    return model, case.batches().__class__(X[..., None], Y, batch_size=SIZE)


def _eager(case):
    if case.keras.backend.backend() == "jax":
        pytest.skip("JAX's steps are functions without state of their own")
    return {"run_eagerly": True}


def two_optimizers(case):
    """Two optimizers."""
    options = _eager(case)
    keras = case.keras

    class Two(keras.Model):
        def compile(self, second, **kwargs):
            super().compile(**kwargs)
            self.second = second

        def train_step(self, data):
            logs = super().train_step(data)
            variables = self.trainable_variables[:1]
            self.second.apply([keras.ops.ones_like(each) * 0.01 for each in variables], variables)
            return logs

    return case.model(base=Two, second=keras.optimizers.Adam(), **options), case.batches()


def a_step_that_counts(case):
    """A step that counts."""
    options = _eager(case)

    class Counting(case.keras.Model):
        steps = 0

        def train_step(self, data):
            self.steps += 1
            x, y = data
            return super().train_step((x * float(1 + self.steps % 3), y))

    return case.model(base=Counting, **options), case.batches()


def shared_settings(case):
    """Shared settings."""
    layers = case.layers
    start = case.keras.initializers.HeNormal(seed=1)
    model = case.keras.Sequential(
        [
            case.keras.Input((4,)),
            layers.Dense(3, kernel_initializer=start),
            layers.Dense(1, kernel_initializer=start),
        ]
    )
    model.compile("adam", "mse")
    return model, case.batches()


CASES = [
    accumulated_gradients,
    moving_averages,
    scaled_loss,
    scheduled_decay,
    steps_of_two_batches,
    stateful_recurrence,
    two_optimizers,
    a_step_that_counts,
    shared_settings,
]
