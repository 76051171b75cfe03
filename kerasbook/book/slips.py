r"""Slips of the article, corrected: nine places where its text and its arithmetic differ.

The course that this book follows began as an article. Its ideas are sound, and nine of its details
are not. If you have read it, or a text that was copied from it, here is what is right and how to
see it for yourself. None of the nine changes what you have learned in the chapters before.

>>> import warnings
>>> import keras, numpy as np
>>> import kerasbook as kb

## 1. A sum of products

One step of a convolution multiplies a window with a filter and adds up. The second example has
−0.7, 0.6 and 0.2 where the filter is 1; 0.1, −0.2 and −0.3 where it is 0; and −0.3, −0.4 and 0.5
where it is −1. The article prints −0.1. Add it up: the first row gives 0.1. The second gives
nothing. The third is −0.2 and counts with a minus, which gives 0.2. Together that is **0.3**.

>>> window = [[-0.7, 0.6, 0.2], [0.1, -0.2, -0.3], [-0.3, -0.4, 0.5]]
>>> edge = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]
>>> kb.weighted_sum(window, edge).value
0.3

## 2. A prediction at another place

It asks for y where x is 10, and shows the prediction where x is 5. With the weight and the bias
that it prints, both are easily computed:

>>> weight, bias = 1.9973876, -0.99190086
>>> round(weight * 5 + bias, 3), round(weight * 10 + bias, 3)
(8.995, 18.982)

The truth is 2·5 − 1 = 9 and 2·10 − 1 = 19.

## 3. The index of a class

Classes are counted from 0. So "class 5" is the sixth of ten, and its one-hot row has the 1 at index
5. The article shows it at index 4.

>>> row = keras.utils.to_categorical(5, num_classes=10)
>>> row.astype(int).tolist()
[0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
>>> int(row.argmax())
5

## 4. Which accuracy is 71.70 %?

It calls 71.70 % the accuracy in training. It is that on the test images; in training the network
reached 76.99 %. The difference is the point of having test images: the network is better on what it
has seen. Of 10,000 test images, 71.70 % are

>>> round(0.7170 * 10_000)
7170

## 5. The step in which the optimizer is chosen

The five steps are create, inspect, compile, fit, evaluate. The optimizer belongs to the third,
`compile`, and not to the fifth.

>>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
>>> model.compiled
False
>>> model.compile(optimizer="sgd", loss="mean_squared_error")
>>> model.compiled, type(model.optimizer).__name__
(True, 'SGD')

## 6. One number for the padding

The formula for the output size has one p for both sides. For the second convolution of the small
CNN no such number is right: Keras adds no zero before and one after.

>>> size = kb.conv_output_size(16, 3, strides=2, padding="same")
>>> size.padding
(0, 1)
>>> print(size.text)
⌊(16 + 0 + 1 − 3) / 2⌋ + 1 = 8

With p = 1, one zero on each side, the size would be 8 as well, but all windows would lie one pixel
further left, and the numbers in the output would be others. A filter of three ones with stride 2 on
the row 1, 2, 3, 4 shows it:

>>> ones = {"use_bias": False, "kernel_initializer": "ones"}
>>> row = np.array([1.0, 2.0, 3.0, 4.0], dtype="float32").reshape(1, 4, 1)
>>> same = keras.layers.Conv1D(1, 3, strides=2, padding="same", **ones)
>>> keras.ops.convert_to_numpy(same(row)).ravel().tolist()
[6.0, 7.0]
>>> both_sides = np.pad(row, [(0, 0), (1, 1), (0, 0)])
>>> valid = keras.layers.Conv1D(1, 3, strides=2, padding="valid", **ones)
>>> keras.ops.convert_to_numpy(valid(both_sides)).ravel().tolist()
[3.0, 9.0]

The first is 1 + 2 + 3 and 3 + 4 + 0. The second is 0 + 1 + 2 and 2 + 3 + 4.

## 7. When stride 2 halves an image

It does with padding `"same"` and an even side. An odd side is rounded up, and without padding there
is less than a half:

>>> print(kb.conv_output_size(32, 4, strides=2, padding="same").text)
⌊(32 + 1 + 1 − 4) / 2⌋ + 1 = 16
>>> print(kb.conv_output_size(7, 3, strides=2, padding="same").text)
⌊(7 + 1 + 1 − 3) / 2⌋ + 1 = 4
>>> print(kb.conv_output_size(32, 4, strides=2, padding="valid").text)
⌊(32 − 4) / 2⌋ + 1 = 15

## 8. What batch normalisation normalises

Not the weights, but the activations: what flows through the network. Send a batch through a
convolution and its normalisation. What comes out has mean 0, and the weights are what they were:

>>> images = kb.datasets.digits(samples=32).x_train
>>> convolution = keras.layers.Conv2D(4, 3, kernel_initializer=keras.initializers.GlorotUniform(0))
>>> maps = convolution(images)
>>> before = keras.ops.convert_to_numpy(convolution.kernel)
>>> normalised = keras.layers.BatchNormalization()(maps, training=True)
>>> means = keras.ops.convert_to_numpy(normalised).mean(axis=(0, 1, 2))
>>> bool(abs(means).max() < 1e-4)
True
>>> bool((keras.ops.convert_to_numpy(convolution.kernel) == before).all())
True

## 9. Keras has moved on

Three things are written differently in Keras 3.

**Data are arrays.** `fit` takes no lists:

>>> model.fit([-1.0, 0.0], [-3.0, -1.0], verbose=0)
Traceback (most recent call last):
ValueError: Unrecognized data type: x=[-1.0, 0.0] (of type <class 'list'>)...
>>> history = model.fit(np.array([-1.0, 0.0]), np.array([-3.0, -1.0]), verbose=0)
>>> len(history.history["loss"])
1

**The input is a line of its own.** `Input((1,))` comes first, as in number 5. `input_shape=` in the
first layer still works, with a warning:

>>> with warnings.catch_warnings(record=True) as told:
...     warnings.simplefilter("always")
...     layer = keras.layers.Dense(1, input_shape=(1,))
>>> print(told[0].message)
Do not pass an `input_shape`/`input_dim` argument to a layer. ...

**LeakyReLU's slope has another name.** It was `alpha`; now it is `negative_slope`:

>>> keras.layers.LeakyReLU(negative_slope=0.1).negative_slope
0.1

## What to remember

A printed number is a claim. Most of the claims in a text on networks can be checked with a sum of a
few terms or one call. Check those that you build on.

## Exercises

**1.** Somebody writes that a 3×3 filter with stride 2 turns 15 pixels into 7. With which padding is
that right?

??? success "Answer"

    With none. `"same"` gives 8.

    >>> print(kb.conv_output_size(15, 3, strides=2, padding="valid").text)
    ⌊(15 − 3) / 2⌋ + 1 = 7
    >>> print(kb.conv_output_size(15, 3, strides=2, padding="same").text)
    ⌊(15 + 1 + 1 − 3) / 2⌋ + 1 = 8

**2.** Class names are listed as airplane, automobile, bird, cat, deer, dog. Which index has the
dog?

??? success "Answer"

    >>> ["airplane", "automobile", "bird", "cat", "deer", "dog"].index("dog")
    5

**3.** In number 1, which window would match the filter best, if all values lie between −1 and 1?

??? success "Answer"

    1 where the filter is 1, −1 where it is −1, anything where it is 0. The sum is 6.

    >>> kb.weighted_sum([[1, 1, 1], [0, 0, 0], [-1, -1, -1]], edge).value
    6
"""
