r"""Training at scale: data beyond memory, runs that survive a kill, searches, foreign files.

At the end of this chapter you can estimate whether your data fits into memory and train if it does
not, let a training go on after a crash without losing or changing anything, try many networks
within a budget, and open a model file from a stranger.

>>> import tempfile
>>> from pathlib import Path
>>> import keras, numpy as np
>>> import kerasbook as kb
>>> from kerasbook.training import Batches, Between, ExactResume, ImageStore, sweep
>>> folder = tempfile.TemporaryDirectory()

## Does it fit?

Count before you buy memory. The 50,000 training images of CIFAR-10 have 32·32·3 numbers each. As
pixels from 0 to 255 a number takes one byte; as fractions from 0 to 1 it takes four:

>>> pixels = 50_000 * 32 * 32 * 3
>>> kb.memory_bytes(pixels, dtype="uint8").human, kb.memory_bytes(pixels).human
('146.48 MiB', '585.94 MiB')

So the simplest remedy is to keep the pixels as they are, and let the model divide. With
`input_scale=1/255` a batch becomes fractions when it is used, and not before.

A million photographs of 224×224 are another matter:

>>> kb.memory_bytes(1_000_000 * 224 * 224 * 3, dtype="uint8").human
'140.19 GiB'

These stay on the disk. NumPy can open an array there without reading it; only the rows that are
asked for are read:

>>> digits = kb.datasets.digits(labels="integer")
>>> np.save(Path(folder.name, "images.npy"), digits.x_train)
>>> images = np.load(Path(folder.name, "images.npy"), mmap_mode="r")
>>> type(images).__name__, images.shape
('memmap', (1437, 8, 8, 1))

A folder of pictures is brought into such a form by `ImageStore`: once, with one file for all pixels
and a label for each image. It gives them to `fit` a batch at a time, as bytes, and memory holds one
batch. Here it is written from an array; `ImageStore.from_folder` takes a folder that has a folder
of pictures for each class, and names all files that it cannot read before you train on the rest.

>>> pixels = (digits.x_train * 255).round().astype("uint8")
>>> store = ImageStore.from_arrays(
...     Path(folder.name, "digits.store"), pixels, digits.y_train, batch_size=64
... )
>>> batch, labels = store[0]
>>> len(store), batch.shape, str(batch.dtype)
(23, (64, 8, 8, 1), 'uint8')
>>> model = kb.fnn_classifier((8, 8, 1), 10, input_scale=1 / 255, labels="integer", seed=0)
>>> history = model.fit(store, epochs=1, verbose=0)
>>> sorted(history.history)
['accuracy', 'loss']

## An order that can be repeated

`fit` shuffles the images in each epoch. `Batches` does so too, with one difference: its order is a
function of a seed and the number of the epoch, and of nothing else. `ImageStore` has the
same order. `Batches` takes arrays in memory as well as arrays on the disk.

>>> data = Batches(images, digits.y_train, batch_size=32, seed=0)
>>> len(data), data[0][0].shape
(45, (32, 8, 8, 1))

45 is what chapter 4 has taught you to expect: 1,437 / 32, rounded up.

>>> kb.training_steps(1437, batch_size=32)
Steps(45)

## A training that may be killed

A long training is interrupted sooner or later: a power cut, a full disk, a machine that somebody
else needs. What does it take to go on as if nothing had happened?

The weights are not enough. Adam remembers two numbers for each weight. Dropout draws random
numbers. The data stands at some batch of some epoch. All of it must be kept, or the run that goes
on is another run. `ExactResume` is a callback that keeps it, in one file.

First a training without any trouble:

>>> def network():
...     keras.utils.clear_session()  # as if Python had just been started
...     keras.utils.set_random_seed(0)
...     return kb.fnn_classifier(
...         (8, 8, 1), 10, hidden_units=(32,), dropout=0.2, labels="integer", seed=0
...     )
>>> calm = network()
>>> _ = calm.fit(Batches(images, digits.y_train, seed=0), epochs=3, verbose=0)

Now the same one, with a callback that breaks it off in the middle of the second epoch:

>>> class PowerCut(keras.callbacks.Callback):
...     def on_epoch_begin(self, epoch, logs=None):
...         self.epoch = epoch
...
...     def on_train_batch_end(self, batch, logs=None):
...         if (self.epoch, batch) == (1, 20):
...             raise RuntimeError("the lights went out")
>>> state = Path(folder.name, "run.state")
>>> _ = network().fit(
...     Batches(images, digits.y_train, seed=0),
...     epochs=3,
...     verbose=0,
...     callbacks=[ExactResume(state, save_freq=10), PowerCut()],
... )
Traceback (most recent call last):
RuntimeError: the lights went out

Start the same script again, this time with light. It finds the file and goes on:

>>> resumed = network()
>>> _ = resumed.fit(
...     Batches(images, digits.y_train, seed=0),
...     epochs=3,
...     verbose=0,
...     callbacks=[ExactResume(state, save_freq=10)],
... )
>>> all((one == other).all() for one, other in zip(calm.get_weights(), resumed.get_weights()))
True

Not nearly the same weights, but the same ones, to the last bit. If you change the data, the network
or its compilation in between, the run is refused: it would no longer be the same run.

What the other callbacks remember comes back too: how long `EarlyStopping` has waited, at which
batch `ModelCheckpoint` saves next. And what nobody could take up again is refused before it begins.
A generator in Python is such a thing: the batches that were taken from it are gone.

>>> network().fit(
...     ((images[:32], digits.y_train[:32]) for _ in range(9)),
...     steps_per_epoch=3,
...     shuffle=False,
...     epochs=3,
...     verbose=0,
...     callbacks=[ExactResume(Path(folder.name, "other.state"))],
... )
Traceback (most recent call last):
kerasbook.errors.TrainingError: x must be data that can be read again from the start; received
    a generator, ...

## More than one machine

`ExactResume` works on several machines too. A launcher such as Slurm, Kubernetes or Ray starts one
script on each of them; `start_distributed` brings them together, and each process takes its slice
of every batch. The network at the end is that of a single machine, but for rounding.
[Training on several machines](../launching.md) has the script, and the files that start it.

## Many candidates

Chapter 12 searched with other people's tools. `sweep` is this library's own search. It differs in
what it knows about a network: what a candidate costs is counted before it is built. One above the
budget is never trained.

>>> result = sweep(
...     lambda units, dropout: kb.fnn_classifier(
...         (8, 8, 1), 10, hidden_units=(units,), dropout=dropout, labels="integer"
...     ),
...     {"units": [16, 32, 4096], "dropout": Between(0.0, 0.3)},
...     {
...         "x": digits.x_train,
...         "y": digits.y_train,
...         "validation_data": (digits.x_test, digits.y_test),
...         "epochs": 2,
...     },
...     trials=3,
...     max_params=10_000,
...     seed=0,
... )
>>> trained = [each for each in result.candidates if each.state != "rejected"]
>>> len(trained), all(each.params <= 10_000 for each in trained)
(3, True)
>>> result.best.params in (1210, 2410)  # 16 or 32 units
True

A network with 4,096 units would have 307,210 parameters, so wherever it was drawn it was rejected:

>>> 65 * 4096 + 4097 * 10
307210
>>> all(each.params == 307210 for each in result.candidates if each.state == "rejected")
True

With `storage=` the candidates are kept in a database. Start the same script on several machines,
and they share the work; one that dies is noticed, and its candidate is tried again.

## Files from strangers

A model file is not only numbers. A `Lambda` layer is Python code, and to load it may run it. Before
you open a file that is not your own, ask what is in it. `kb.check_file` reads it as data; Keras is
not needed, and nothing in it is executed:

>>> good = Path(folder.name, "good.keras")
>>> resumed.save(good)
>>> kb.check_file(good).ok
True
>>> odd = Path(folder.name, "odd.keras")
>>> doubled = keras.layers.Lambda(lambda x: x * 2, name="odd")
>>> keras.Sequential([keras.Input((4,)), doubled]).save(odd)
>>> check = kb.check_file(odd)
>>> check.ok, [reason.code for reason in check.reasons]
(False, ['runs-code', 'runs-code'])
>>> print(check.reasons[0])
Lambda 'odd' must only compute; received a Lambda, which runs Python code kept in the file. ...

`kb.load_model` does both: it checks, and loads only what passes. Keras never reads the file itself:
the configuration that was checked and the arrays that were found are written anew, and Keras loads
that copy. What loading takes is computed before anything is made. A file that takes more than 1 GiB
and 8 times its size is refused, unless you give it more with `memory_bytes=`.

>>> kb.load_model(good).count_params() == resumed.count_params()
True
>>> kb.load_model(odd)
Traceback (most recent call last):
kerasbook.errors.SourceError: '...odd.keras': ... 2 reasons against it...

That a file passes says that it does no harm. It does not say that the model is any good.

## Faster on the same machine

What a step costs depends less on Keras than on what surrounds it: the type that is multiplied, the
memory, the way the data comes. [How we compare](../comparison.md#training) measures it on each
backend, and ends with a recipe. Its first line concerns the model. Keras computes a batch
normalisation in several passes over the batch; TensorFlow and PyTorch have one operation for it,
and with that the network of the convolution chapters trained in two thirds to four fifths of the
time on two cores:

>>> from kerasbook.training import fuse_batch_norm
>>> convolutional = kb.cnn_classifier()
>>> len(fuse_batch_norm(convolutional)) == (0 if keras.backend.backend() == "jax" else 5)
True

The layers stay Keras's own, and the model saves as before.

## What to remember

- Keep pixels as bytes; let the model divide.
- What does not fit into memory stays on the disk, and is read a batch at a time.
- To resume exactly takes weights, optimizer, random states and the place in the data.
- Count a candidate before you train it.
- A model file can hold code. Check before you load.

## Exercises

**1.** How many photographs of 224×224×3, as bytes, fit into 8 GiB?

??? success "Answer"

    >>> 8 * 1024**3 // (224 * 224 * 3)
    57065

**2.** A run saves every 100 batches, and crashes after batch 1,234. How many batches are repeated?
How many can it be at most?

??? success "Answer"

    Those since batch 1,200; never more than 99, or a few more if the last save was not finished.
    What they had led to is computed once more, with the same result.

    >>> 1_234 % 100
    34

**3.** Start the finished run above once more, with 3 epochs. What happens?

??? success "Answer"

    Nothing is trained: it is over. With `epochs=4` it would go on for one epoch.

    >>> again = network()
    >>> _ = again.fit(
    ...     Batches(images, digits.y_train, seed=0),
    ...     epochs=3,
    ...     verbose=0,
    ...     callbacks=[ExactResume(state, save_freq=10)],
    ... )
    >>> all((one == other).all() for one, other in zip(calm.get_weights(), again.get_weights()))
    True
    >>> folder.cleanup()

**What follows.** The course is at its end. The last chapter, `slips`, corrects nine details of the
article from which it began.
"""
