"""One training by as many processes as a launcher starts: a network that reads digits."""

import keras

import kerasbook as kb
from kerasbook.training import Batches, ExactResume, start_distributed

run = start_distributed()  # before anything else is done with Keras
first = run.process == 0

digits = kb.datasets.digits(labels="integer")
with run.scope():
    model = kb.cnn_classifier(
        (8, 8, 1),
        filters=(8, 16),
        batch_normalization=False,
        dropout=0.1,
        labels="integer",
        optimizer=keras.optimizers.Adam(0.003),
        seed=0,
    )
run.check(model)

data = Batches(digits.x_train, digits.y_train, batch_size=128, remainder="drop")
model.fit(
    run.shard(data),
    epochs=5,
    verbose=2 if first else 0,
    callbacks=[ExactResume("digits.state", save_freq=10)],
)

# Called by every process: they do it together.
scores = run.evaluate(model, digits.x_test, digits.y_test)
run.save(model, "digits.keras")
if first:
    print(f"{run.processes} processes, accuracy {scores['accuracy']:.4f}")
