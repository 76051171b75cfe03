r"""Your own model: take what this book has built into your own projects.

At the end of this chapter you can fit a builder to your data, reuse a trained network for another
task, search for good settings with tools that you may know already, save a model so that others can
open it, and teach the report a layer of your own.

## A builder returns a plain model

`kb.cnn_classifier` does nothing that you could not write down yourself. It puts layers of Keras in
a row and compiles them. No class of this library is in what it returns:

>>> import keras, numpy as np
>>> import kerasbook as kb
>>> model = kb.cnn_classifier((8, 8, 1), 10, filters=(8, 16), hidden_units=(32,), seed=0)
>>> isinstance(model, keras.Model)
True
>>> "kerasbook" in model.to_json()
False

So everything that Keras's documentation says of a model holds: your own callbacks, your own
training loop, `model.export`, several GPUs. A saved file opens in a project that has never heard of
this library. To see what Keras wants to be told for such a network, read `model.summary()` and
copy.

## Fit it to your data

Four questions decide the arguments.

**How large is one sample?** That is `input_shape`, without the batch: `x_train.shape[1:]`. An image
in grey needs its channel: `(28, 28, 1)`. Two axes are a signal (length, channels), four a volume.

**How are the labels written?** Rows with a single 1 are `labels="one_hot"`, the default. Numbers
from 0 on are `labels="integer"`. The loss is chosen to fit.

**Which range have the pixels?** If they go from 0 to 255, say `input_scale=1/255`. The division is
then a layer of the model, and whoever uses it cannot forget it.

**What is asked for?** One of several classes is `head="softmax"`; yes or no is `head="sigmoid"`; a
number is `head="linear"`.

>>> raw = kb.cnn_classifier((28, 28, 1), 2, head="sigmoid", input_scale=1 / 255, seed=0)
>>> raw.layers[1].name, raw.layers[-1].output.shape, raw.loss
('rescaling', (None, 1), 'binary_crossentropy')

If an argument does not fit, the message says what would:

>>> kb.cnn_classifier((28, 28, 1), 10, strides=(1, 2, 1), filters=(8, 16))
Traceback (most recent call last):
kerasbook.errors.ArgumentError: strides must have one value per block (2); received 3: strides=(1,
2, 1). Give one value for all, or 2.

## Transfer learning

A network that knows one kind of images has learned edges, corners and textures on the way. Another
task needs the same ones. So keep the layers that see, and replace only those that decide. That is
*transfer learning*, and it works with few images.

Here is the smallest example there is. First a network learns the digits 0 to 4:

>>> digits = kb.datasets.digits(labels="integer")
>>> low = digits.y_train < 5
>>> keras.utils.set_random_seed(0)
>>> teacher = kb.cnn_classifier(
...     (8, 8, 1), 5, filters=(8, 16), hidden_units=(32,), labels="integer", seed=0
... )
>>> _ = teacher.fit(digits.x_train[low], digits.y_train[low], epochs=8, verbose=0)

Then its convolutions become the *backbone* of a new model. Layers have the same names in every
model of this library, so it is easy to say where to cut. `trainable = False` *freezes* the weights:
training will not change them.

>>> backbone = keras.Model(teacher.input, teacher.get_layer("flatten").output)
>>> backbone.trainable = False
>>> features = backbone(backbone.input, training=False)
>>> answer = keras.layers.Dense(5, activation="softmax", name="new")(features)
>>> student = keras.Model(backbone.input, answer, name="student")
>>> student.compile(
...     optimizer=keras.optimizers.Adam(learning_rate=0.01),
...     loss="sparse_categorical_crossentropy",
...     metrics=["accuracy"],
... )

What is trained now? Only the new layer:

>>> report = kb.explain(student)
>>> report.params.trainable, report.params.non_trainable
(Number(1285), Number(1344))
>>> print(kb.dense_params(4 * 4 * 16, 5).text)
(256 + 1)·5 = 1,285

It learns the digits 5 to 9 from 60 images:

>>> high = np.flatnonzero(digits.y_train >= 5)[:60]
>>> before = [weight.copy() for weight in backbone.get_weights()]
>>> _ = student.fit(digits.x_train[high], digits.y_train[high] - 5, epochs=40, verbose=0)
>>> unseen = digits.y_test >= 5
>>> _, accuracy = student.evaluate(digits.x_test[unseen], digits.y_test[unseen] - 5, verbose=0)
>>> print(f"right on {accuracy:.1%} of {unseen.sum()} test images; chance is 20 %")
right on ...% of ... test images; chance is 20 %
>>> accuracy > 0.6
True
>>> all((old == new).all() for old, new in zip(before, backbone.get_weights()))
True

The last line says that not one weight of the backbone has moved.

Two things go wrong often. **Compile after freezing**: `compile` notes what is to be trained. **Keep
normalisations still**: their moving values would otherwise drift to the new images. A frozen
`BatchNormalization` works as in prediction, so with `trainable = False` nothing more is to be done;
`training=False` above says it once more, for the case that you unfreeze the backbone later.

When the new layer has learned, you may unfreeze the backbone, compile with a learning rate ten
times smaller, and train all of it for a few epochs. That is *fine-tuning*.

A backbone without the detour over a head: `head=None`.

>>> kb.cnn_classifier((8, 8, 1), filters=(8, 16), hidden_units=(), head=None).output.shape
(None, 256)

## A search with scikit-learn

How many hidden units are best? Try several, each on data that it was not trained on, and compare.
scikit-learn's grid search does that for any model that has `fit` and `score`; Keras's wrapper gives
it these. It calls a function of yours with X and y, so that the function knows the shapes:

>>> from sklearn.model_selection import GridSearchCV
>>> def build(X, y, **options):
...     adam = keras.optimizers.Adam(learning_rate=0.01)
...     return kb.fnn_classifier(X.shape[1:], y.shape[1], optimizer=adam, seed=0, **options)
>>> grid = GridSearchCV(
...     keras.wrappers.SKLearnClassifier(build),
...     {"model_kwargs": [{"hidden_units": ()}, {"hidden_units": (32,)}]},
...     cv=2,
... )
>>> keras.config.disable_interactive_logging()  # no bars while it predicts
>>> keras.utils.set_random_seed(0)
>>> flat = digits.x_train[:400].reshape(400, 64)
>>> search = grid.fit(flat, digits.y_train[:400], epochs=10, verbose=0)
>>> for options, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"]):
...     print(options["model_kwargs"], f"{score:.1%}")
{'hidden_units': ()} ...%
{'hidden_units': (32,)} ...%
>>> bool(search.best_score_ > 0.2)
True
>>> keras.config.enable_interactive_logging()

`cv=2` means two halves: train on one, measure on the other, then the other way round.

## A search with KerasTuner

KerasTuner calls a function with an object from which it takes the values to try. (On TensorFlow it
needs the package `tensorboard` besides.)

>>> import tempfile
>>> import keras_tuner
>>> def hypermodel(hp):
...     units = hp.Choice("units", [16, 64])
...     rate = hp.Float("dropout", 0.0, 0.5)
...     return kb.fnn_classifier(
...         (8, 8, 1), 10, hidden_units=(units,), dropout=rate, labels="integer"
...     )
>>> folder = tempfile.TemporaryDirectory()
>>> tuner = keras_tuner.RandomSearch(
...     hypermodel, "val_accuracy", max_trials=2, directory=folder.name, seed=0
... )
>>> tuner.search(
...     digits.x_train,
...     digits.y_train,
...     validation_data=(digits.x_test, digits.y_test),
...     epochs=2,
...     verbose=0,
... )
>>> tuner.get_best_hyperparameters()[0].get("units") in (16, 64)
True
>>> best = tuner.oracle.get_best_trials()[0]
>>> print(f"the best of two: {best.score:.1%} after two epochs")
the best of two: ...% after two epochs

A builder is cheap to call, and the report cheaper. So you can throw out what is too large before it
is trained: in `hypermodel`, count first, and raise `keras_tuner.errors.FailedTrialError` above a
budget.

The images on which you *choose* are used up: the best of many results is partly luck. Keep others,
which take no part in the choice, for the figure that you publish.

## Saving and opening

>>> path = f"{folder.name}/student.keras"
>>> student.save(path)
>>> again = keras.models.load_model(path)
>>> images = digits.x_test[:8]
>>> bool(
...     np.allclose(student.predict(images, verbose=0), again.predict(images, verbose=0), atol=1e-6)
... )
True

A `.keras` file holds the layers, the weights and the state of the optimizer. Only Keras is needed
to open it, on any of its backends: trained on TensorFlow, used on JAX. Without even Keras the
report can be read:

>>> kb.explain(path).params
Params(2629)

## A layer of your own

Keras lets you write layers, and a network with one is as good as any. But what does it cost? Here
is a layer that multiplies each channel by a number that is learned:

>>> @keras.saving.register_keras_serializable(package="book")
... class Scale(keras.layers.Layer):
...     def build(self, input_shape):
...         self.gain = self.add_weight(shape=(input_shape[-1],), name="gain")
...
...     def call(self, x):
...         return x * self.gain
>>> mine = keras.Sequential(
...     [keras.Input((8,)), Scale(name="scale"), keras.layers.Dense(3)], name="mine"
... )

In memory its weights can be counted, eight of 35:

>>> kb.explain(mine).params
Params(35)

A file holds the name and the settings of your layer and not its code. No program can know from that
what it does. The report does not guess. It says what is unknown, and that is also everything behind
it:

>>> text = mine.to_json()
>>> kb.explain(text).unknown
('scale', 'dense')

You do know. Write it as a *rule*: a function that takes what is known of the layer and says which
shape it gives, which weights it has, and its MACs. Ours keeps the shape and has one weight a
channel. It adds nothing up, so by the convention of chapter 11 it has no MACs:

>>> from kerasbook.rules import NO_MACS, LayerFacts, weight
>>> def scale_rule(spec):
...     gain = weight("gain", {"channels": spec.size(-1)})
...     return LayerFacts(spec.input_shape, weights=(gain,), macs=NO_MACS)
>>> taught = kb.explain(text, extra_rules={"Scale": scale_rule})
>>> taught.unknown, taught.params_known, taught.macs_known
((), True, True)
>>> for row in taught.rows[1:]:
...     print(row.name, row.params.text, "|", row.macs.text)
scale 8 | 0
dense... (8 + 1)·3 = 27 | 8·3 = 24

## What to remember

- A builder gives an ordinary Keras model. Change it, cut it, nest it, save it: it is yours.
- Transfer learning: cut off the head, freeze, put a new one on, compile, train a little.
- A frozen layer's parameters count as non-trainable.
- Choose settings on other images than those that you report.
- What nobody can know is said to be unknown, and `extra_rules=` teaches it.

## Exercises

**1.** Unfreeze only the second convolution of the student and its normalisation. How many
parameters are trained?

??? success "Answer"

    The new layer has 1,285. The convolution has (3·3·8 + 1)·16 = 1,168, its normalisation 2·16
    = 32 that are trained.

    >>> backbone.trainable = True
    >>> for layer in backbone.layers:
    ...     layer.trainable = layer.name in ("conv_2", "conv_2_norm")
    >>> int(kb.explain(student).params.trainable)
    2485
    >>> 1285 + 1168 + 32
    2485

**2.** Build a network that predicts two numbers, say the position of a face, from colour images of
64×64.

??? success "Answer"

    >>> position = kb.cnn_classifier((64, 64, 3), 2, head="linear", seed=0)
    >>> position.layers[-1].name, position.loss, position.output.shape
    ('prediction', 'mean_squared_error', (None, 2))

**3.** Two photographs of the same size go in, one answer comes out. Let one backbone look at both.

??? success "Answer"

    A model is a layer. Called twice, it has its parameters once.

    >>> eye = kb.cnn_classifier((32, 32, 3), filters=(8, 16), hidden_units=(), head=None, seed=0)
    >>> left, right = keras.Input((32, 32, 3)), keras.Input((32, 32, 3))
    >>> both = keras.layers.Concatenate()([eye(left), eye(right)])
    >>> pair = keras.Model([left, right], keras.layers.Dense(1, activation="sigmoid")(both))
    >>> pair.count_params() == eye.count_params() + 2 * eye.output.shape[-1] + 1
    True

**4.** Write the rule of a layer `Mix` that multiplies n inputs with an n×n matrix, without a bias.

??? success "Answer"

    >>> from kerasbook.arithmetic import product
    >>> def mix_rule(spec):
    ...     n = spec.size(-1)
    ...     kernel = weight("kernel", {"inputs": n, "units": n})
    ...     return LayerFacts(spec.input_shape, weights=(kernel,), macs=product(*kernel.sizes))
    >>> mix = {"class_name": "Mix", "module": "mine", "config": {"name": "mix"}}
    >>> net = {"name": "net", "layers": [mix], "build_input_shape": [None, 5]}
    >>> print(kb.explain(net, extra_rules={"Mix": mix_rule}).macs.text)
    5·5 = 25
    >>> folder.cleanup()

**What follows.** The next chapter, `at_scale`, is about data that does not fit into memory and
training that takes days.
"""
