r"""Batch normalisation and dropout do one thing in training and another in use.

At the end of this chapter you can compute by hand what a batch normalisation does to a batch, say
which two of its four numbers are trained, and explain why dropout makes a network worse in training
so that it is better in use.

## Why numbers should stay in range

Pixels are divided by 255 so that they lie between 0 and 1. But that holds for the first layer only.
What comes out of it may lie around 40, or around 0.01. And it changes while the network learns: a
small step of the first layer moves everything that the second one has just adapted to.

The remedy is simple. Bring the numbers back to mean 0 and spread 1 between the layers, again and
again. That is what a *batch normalisation* layer does.

A thing to keep straight: it normalises what *flows through* the network, the activations. It does
not touch the weights.

## By hand

Take one channel and a batch of four samples. The channel's values are 1, 2, 3 and 6.

1. The mean is (1 + 2 + 3 + 6) / 4 = 3.
2. The distances from it are −2, −1, 0 and 3.
3. The variance is the mean of their squares: (4 + 1 + 0 + 9) / 4 = 3.5.
4. The standard deviation, the usual distance from the mean, is √3.5 ≈ 1.871.
5. Divide the distances by it: −1.069, −0.535, 0 and 1.604.

The results have mean 0 and standard deviation 1. In one line, with $\mu$ for the mean and
$\sigma^2$ for the variance of the batch:

$$\hat{x} = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}$$

The tiny $\varepsilon$, 0.001 in Keras, keeps the division possible where all values are equal.

Let Keras do it:

>>> import keras, numpy as np
>>> layer = keras.layers.BatchNormalization(name="norm")
>>> layer.build((None, 1))
>>> batch = np.array([[1.0], [2.0], [3.0], [6.0]], dtype="float32")
>>> print(keras.ops.convert_to_numpy(layer(batch, training=True)).ravel().round(2))
[-1.07 -0.53 0. 1.6 ]

## Two numbers that are learned

Is mean 0 and spread 1 always best for the next layer? Nobody knows beforehand, so let training
decide. After normalising, the layer multiplies by a *scale* γ (gamma) and adds a *shift* β (beta):

$$y = \gamma\,\hat{x} + \beta$$

There is one γ and one β for each channel. They begin as 1 and 0, which changes nothing, and are
trained like all weights.

## Two numbers that are kept

Now the network is in use. One image comes in. There is no batch, so what are mean and variance?

They cannot come from the image itself: with one value, the distance from the mean is always 0. So
the layer keeps a *moving mean* and a *moving variance* while it trains, and uses them afterwards.
They begin as 0 and 1. After each batch they move a little towards those of the batch:

$$\text{moving} \leftarrow m \cdot \text{moving} + (1 - m) \cdot \text{batch}$$

The *momentum* m says how much of the old value stays. It is 0.99 in Keras. Our batch had mean 3 and
variance 3.5, so after one step:

>>> round(0.99 * 0 + 0.01 * 3, 4), round(0.99 * 1 + 0.01 * 3.5, 4)
(0.03, 1.025)

Keras has kept these:

>>> for weight in layer.weights:
...     value = float(keras.ops.convert_to_numpy(weight)[0])
...     print(weight.name, round(value, 3), "trained" if weight.trainable else "kept")
gamma 1.0 trained
beta 0.0 trained
moving_mean 0.03 kept
moving_variance 1.025 kept

One step does little. After n steps 0.99ⁿ of the first value is left; it takes 230 steps until that
is under a tenth. With so few steps behind it, a network is often good in training and bad in use.

>>> next(n for n in range(1000) if 0.99**n < 0.1)
230

This is why there are two kinds of parameters in the count: γ and β are *trainable*, the moving
values are *non-trainable*. They change, but not by the optimizer.

>>> import kerasbook as kb
>>> params = kb.batch_norm_params(channels=32)
>>> print(params.text)
4·32 = 128
>>> params.trainable, params.non_trainable
(Number(64), Number(64))

## What a channel is

For the output of a dense layer each unit is a channel. For images each filter is one: mean and
variance are taken over all images of the batch *and* all positions. A batch of 32 with maps of
16×16 gives 32·16·16 = 8,192 numbers for one mean.

Here is a real one: a small CNN that learns handwritten digits for eight epochs. Left is what goes
into its first normalisation, in the middle what comes out in training, right what comes out in
prediction. Four of its channels are drawn.

>>> digits = kb.datasets.digits()
>>> model = kb.cnn_classifier(digits.input_shape, 10, filters=(8, 16), hidden_units=(32,), seed=0)
>>> keras.utils.set_random_seed(0)
>>> history = model.fit(
...     digits.x_train,
...     digits.y_train,
...     validation_data=(digits.x_test, digits.y_test),
...     epochs=8,
...     verbose=0,
... )
>>> kb.BatchNormDisplay.from_model(model, digits.x_train).plot()
<BatchNormDisplay: conv_1_norm: 8 channels, 16 parameters trained and 16 kept aside>

The channels came in with means and spreads of their own. In training each comes out with mean 0 and
a spread of about 1, nearly: γ and β have already moved it a little. In prediction the means agree,
and the spreads are on their way. They come from the moving values, and 360 batches is not many:

>>> kb.training_steps(len(digits.x_train), batch_size=32, epochs=8)
Steps(360)

## Where it goes, and what it saves

The usual order is convolution, normalisation, activation: the activation bends where 0 is, so
bring the numbers there first. The builder has `batch_normalization=True` for all, `False` for none,
or one value a layer.

A bias before a normalisation is not needed: the mean is subtracted, and the bias with it. β takes
its place. Keras's layers have a bias all the same if you do not say `use_bias=False`, and so has
the network of this book. In all it could save 32 + 32 + 64 + 64 + 128 numbers:

>>> 32 + 32 + 64 + 64 + 128
320

## Overfitting

The second layer of this chapter is against *overfitting*: a network learns its training images by
heart. It then knows them well, and new images badly.

Think of two pupils before an exam. One has last year's paper and learns the answers. The other
understands the subject. On last year's paper the first one may well be better. On the day of the
exam, with new questions, it is the other way round. Training accuracy is last year's paper; only
data that the network has not seen is an exam.

How do you keep somebody from learning by heart? Take part of the notes away each evening, another
part each time. Who leans on a single line fails, who knows the same thing in several ways does not.

## Dropout

A *dropout* layer does this to a network. In each step of training it sets a share of the units,
its *rate*, to 0, each time others. The next layer must not lean on any single unit.

>>> kb.DropoutDisplay.from_rate(0.25, units=8, steps=2, seed=0).plot()
<DropoutDisplay: Dropout of 25 %: 8 units, 2 steps>

Each of the eight units is left out with a probability of 25 %. That is two of them on average, not
exactly two each time.

Something else happens in the picture: the units that stay are larger than before. If a quarter is
missing, the sum for the next layer would be a quarter smaller, and it would be wrong in use, when
nothing is missing. So the rest is multiplied by 1 / (1 − 0.25) = 1.33. On average nothing changes:

>>> rate = 0.25
>>> rate * 0 + (1 - rate) * (1 / (1 - rate))
1.0

In use dropout does nothing at all, and it has no parameters:

>>> dropout = keras.layers.Dropout(0.25, seed=0)
>>> ones = np.ones((1, 8), dtype="float32")
>>> bool((keras.ops.convert_to_numpy(dropout(ones, training=False)) == 1).all())
True
>>> sorted({round(float(unit), 2) for unit in dropout(np.ones((1, 100)), training=True)[0]})
[0.0, 1.33]
>>> dropout.count_params()
0

## How does a layer know?

You do not tell it. `fit` calls the model with `training=True`; `evaluate` and `predict` call it
with `training=False`. If you call a model yourself, as in `model(x)`, it is `False` unless you say
so.

Two things surprise everybody once. Both are in the curves of the network above:

>>> kb.HistoryDisplay.from_history(history).plot()
<HistoryDisplay: 8 epochs, ...>

**In the first epochs validation is far behind.** After one epoch the network has made 45 steps, and
64 % of the moving values are still what they began with. In training the layer uses the batch and
does not notice. Give it time, or a smaller momentum.

>>> round(0.99**45, 2)
0.64
>>> first = history.history["val_accuracy"][0]
>>> last = history.history["val_accuracy"][-1]
>>> print(f"validation accuracy after 1 epoch {first:.1%}, after 8 epochs {last:.1%}")
validation accuracy after 1 epoch ...%, after 8 epochs ...%
>>> last > first + 0.2
True

**In the last epochs training is behind.** The accuracy that `fit` prints for training is measured
with dropout switched on, and over an epoch in which the network was still getting better. To
compare fairly, ask `evaluate` about the training images:

>>> printed = history.history["accuracy"][-1]
>>> _, measured = model.evaluate(digits.x_train, digits.y_train, verbose=0)
>>> print(f"printed while training {printed:.1%}, measured afterwards {measured:.1%}")
printed while training ...%, measured afterwards ...%
>>> measured > printed
True

## Which rate, and where?

Between 0.2 and 0.5, after the large dense layers, is where to begin. These have the most parameters
and learn by heart most easily. Our CNN drops 50 % of the 128 units after its dense layer. If
training accuracy stays low as well, the network does not overfit, and dropout only holds it back.

## What to remember

- Batch normalisation brings each channel to mean 0 and spread 1, then lets γ and β decide.
- It normalises activations, not weights.
- 4 numbers a channel: γ and β are trained; moving mean and variance are kept, for prediction.
- Dropout sets a share of units to 0 in training only, and enlarges the rest.
- Neither is seen from the shape of the output: both give back what they get, in size.
- Both behave differently in `fit` than in `evaluate` and `predict`.

## Exercises

**1.** A batch has the values 2 and 4 in one channel. What comes out in training, if γ = 1 and β =
0?

??? success "Answer"

    Mean 3, variance (1 + 1) / 2 = 1. So −1 and 1, nearly: ε makes it a little less.

    >>> pair = np.array([[2.0], [4.0]], dtype="float32")
    >>> print(keras.ops.convert_to_numpy(layer(pair, training=True)).ravel().round(2))
    [-1. 1.]

**2.** What does a normalisation give in training for a batch with a single sample, after a dense
layer?

??? success "Answer"

    The mean is the sample itself, so the distance is 0: every unit gives β, whatever the
    sample. Nothing can be learned like this. Do not train with a batch of 1.

    >>> alone = np.array([[17.0]], dtype="float32")
    >>> keras.ops.convert_to_numpy(layer(alone, training=True)).item()
    0.0

**3.** How many of the parameters of five normalisations with 32, 32, 64, 64 and 128 channels are
not trained?

??? success "Answer"

    Two a channel:

    >>> sum(2 * channels for channels in (32, 32, 64, 64, 128))
    640
    >>> kb.explain(kb.cnn_classifier()).params.non_trainable
    Number(640)

**4.** By what does a dropout layer of rate 0.5 multiply the units that stay?

??? success "Answer"

    1 / (1 − 0.5) = 2.

    >>> kept = keras.layers.Dropout(0.5, seed=1)(np.ones((1, 100)), training=True)
    >>> sorted({float(unit) for unit in kept[0]})
    [0.0, 2.0]

**What follows.** Now every layer of the CNN is known. In the next chapter, `comparison`, it is
trained and has to show that it is better than the FNN.
"""
