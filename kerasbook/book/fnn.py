r"""The fully connected network: photographs in, one of ten names out, 646,260 parameters between.

At the end of this chapter you can prepare images and labels, choose layers and activations, write
the same network in Keras's two ways, and account for each of its parameters.

## The data

CIFAR-10 is a collection of small colour photographs, made by Krizhevsky, Nair and Hinton and used
in thousands of papers. There are ten classes, and each has 6,000 images:

airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck.

>>> 10 * 6_000
60000

Of these, 50,000 are for training and 10,000 for testing. **Why keep some back?** Because a model
can learn its training images by heart. Only images that it has never seen show whether it has
learned more than that.

Each image is 32 pixels high and 32 wide. A pixel of a colour image is three numbers, how much red,
green and blue there is. These three are the **channels** of the image. So the shape of one image is
`(32, 32, 3)`, and that of all training images `(50000, 32, 32, 3)`.

CIFAR-10 is a download of 163 MB; `kb.datasets.cifar10()` fetches it. The book uses data of the same
shape that needs no download: patches of 32×32 pixels from ten photographs that come with
scikit-image. The class of a patch is the photograph that it was cut from. Training patches come
from the left three quarters of each photograph, test patches from the right quarter, so that no
pixel is in both.

>>> import kerasbook as kb
>>> data = kb.datasets.photos(samples=1000, test_samples=200)
>>> data.x_train.shape, data.x_test.shape
((1000, 32, 32, 3), (200, 32, 32, 3))
>>> data.class_names
('coffee', 'chelsea', 'brick', 'grass', 'gravel', 'hubble_deep_field', 'retina', 'ihc', 'rocket',
 'astronaut')

Always look at your data before you compute with it. Ten images of each class, a row for each:

>>> kb.ClassMosaicDisplay.from_arrays(
...     data.x_train, data.train_classes, class_names=data.class_names
... ).plot()
<ClassMosaicDisplay: 10 images of each of 10 classes>

And the first ten in their order, which is random, as it should be for training:

>>> kb.ImageGridDisplay.from_arrays(
...     data.x_train, data.train_classes, class_names=data.class_names
... ).plot()
<ImageGridDisplay: The first 10 of 1,000 images of 32 × 32 pixels>

## Preparing the pixels

Image files store each channel as a whole number from 0 to 255. Networks train better on small
numbers, so divide by 255: everything then lies between 0 and 1.

>>> [round(pixel / 255, 3) for pixel in (0, 51, 128, 255)]
[0.0, 0.2, 0.502, 1.0]

The data sets of this library are already divided:

>>> float(data.x_train.min()), float(data.x_train.max())
(0.0, 1.0)

**Why are small numbers better?** The slope along a weight is an error times an input, as in the
last chapter. Inputs of 255 make slopes 255 times as steep, and a step that was right becomes far
too long.

## Preparing the labels

The right answer for an image is a class, say number 5. But the network will answer with ten
numbers, one for each class, and it needs a right answer of the same form. So class 5 becomes ten
numbers, all 0 but a single 1, in the place of class 5. This is called **one-hot**.

>>> import keras
>>> keras.utils.to_categorical(5, num_classes=10)
array([0., 0., 0., 0., 0., 1., 0., 0., 0., 0.])

Count from 0: the places are 0, 1, 2, 3, 4, 5, so the 1 of class 5 is the sixth number.

**Why not simply the number 5?** Because 5 lies between 4 and 6, but a dog does not lie between a
deer and a frog. One-hot labels say only which, and nothing about order.

>>> data.y_train.shape
(1000, 10)
>>> bool((data.y_train.sum(axis=1) == 1).all())
True

## Flatten

A dense layer takes a row of numbers, and an image is a block of them. `Flatten` writes the block as
one row: pixel by pixel, and in each pixel red, green, blue.

$$32 \cdot 32 \cdot 3 = 3072$$

>>> kb.FlattenDisplay.from_image(data.x_train[0]).plot()
<FlattenDisplay: 32 · 32 · 3 = 3,072 numbers>

No number changes, and none is lost. What is lost is which pixel was beside which; chapter 5 comes
back to that.

## The layers

Our network has three dense layers behind the flattening:

| layer | units | activation |
|---|---|---|
| first hidden layer | 200 | ReLU |
| second hidden layer | 150 | ReLU |
| the last layer, the **head** | 10, one for each class | softmax |

**Why 200 and 150?** Nobody can derive these numbers; they are a choice that worked. Fewer units
can learn less, more units cost more and can learn the training images by heart. The 10 is no
choice, it is the number of classes. Numbers that you choose and training does not find are called
**hyperparameters**.

## Activation functions

Without an activation between them, layers in a row would be of no use: a weighted sum of weighted
sums is again a weighted sum, so three layers could do no more than one. A function with a bend in
it between the layers changes that.

| name | what it makes of $z$ | where it is used |
|---|---|---|
| ReLU | $z$ if positive, otherwise 0 | hidden layers, the usual choice |
| LeakyReLU | $z$ if positive, otherwise a small share of $z$ | hidden layers |
| sigmoid | $1 / (1 + e^{-z})$, between 0 and 1 | the head, for two classes |
| softmax | $e^{z_i} / \sum_j e^{z_j}$, shares that add up to 1 | the head, for several classes |

>>> kb.ActivationDisplay.from_names(("relu", "leaky_relu", "sigmoid", "softmax")).plot()
<ActivationDisplay: relu, leaky_relu, sigmoid and softmax with their derivatives>

The dashed curves are the slopes. Where ReLU is 0, so is its slope: a unit that is negative for
every image gets no signal and can never learn again. LeakyReLU keeps a small slope there, so that
it can.

Softmax is the only one that looks at several numbers at once. Take three sums, 2, 1 and 0:

>>> from math import exp
>>> sums = [2, 1, 0]
>>> total = sum(exp(z) for z in sums)
>>> [round(exp(z) / total, 3) for z in sums]
[0.665, 0.245, 0.09]

All are positive, they add up to 1, and the largest sum has the largest share. That is why they can
be read as probabilities.

**Which activation does a head want?** It depends only on what you ask:

| question | units of the head | activation |
|---|---|---|
| which one of several classes? | one for each class | softmax |
| yes or no? | 1 | sigmoid |
| how much? (*regression*) | 1 | none |

The line of the last chapter was of the third kind.

## Two ways to write it

Keras has two ways to put layers together. The first, `Sequential`, is a list:

>>> from keras import layers
>>> sequential = keras.Sequential(
...     [
...         keras.Input((32, 32, 3)),
...         layers.Flatten(),
...         layers.Dense(200, activation="relu"),
...         layers.Dense(150, activation="relu"),
...         layers.Dense(10, activation="softmax"),
...     ]
... )

The second is the **functional** way. It takes seriously that a layer is a function. With four
layers $f$, $g$, $h$ and $q$ the network is one function inside the other:

$$\text{output} = q(h(g(f(\text{input}))))$$

>>> inputs = keras.Input((32, 32, 3))
>>> f = layers.Flatten()
>>> g = layers.Dense(200, activation="relu")
>>> h = layers.Dense(150, activation="relu")
>>> q = layers.Dense(10, activation="softmax")
>>> functional = keras.Model(inputs, q(h(g(f(inputs)))))

Both have the same parameters:

>>> sequential.count_params() == functional.count_params()
True

**Which one should you use?** The functional one. A list has one way through it, while functions can
be combined freely: two inputs, two outputs, a path that skips a layer. It costs nothing more, so
there is no need to change your way of writing when the network grows. This library's builder
returns a functional model as well:

>>> model = kb.fnn_classifier((32, 32, 3), 10, seed=0)
>>> [layer.name for layer in model.layers]
['input', 'flatten', 'dense_1', 'dense_2', 'probabilities']

## The parameters

Each unit has a weight for each of its inputs and one bias. So a dense layer has
$(\text{inputs} + 1) \cdot \text{units}$ parameters:

>>> kb.dense_params(inputs=3072, units=200).text
'(3072 + 1)·200 = 614,600'
>>> kb.dense_params(inputs=200, units=150).text
'(200 + 1)·150 = 30,150'
>>> kb.dense_params(inputs=150, units=10).text
'(150 + 1)·10 = 1,510'

Try other numbers:

<!-- kb:calculator dense_params(inputs=3072, units=200) -->

`Flatten` has no parameters: it has nothing to learn. Together:

>>> 614_600 + 30_150 + 1_510
646260

The report on the model itself says the same, layer by layer:

>>> report = kb.explain(model)
>>> for row in report.rows:
...     print(row.name, row.output_shape, int(row.params))
input (None, 32, 32, 3) 0
flatten (None, 3072) 0
dense_1 (None, 200) 614600
dense_2 (None, 150) 30150
probabilities (None, 10) 1510
>>> int(report.params), int(report.params.trainable), int(report.params.non_trainable)
(646260, 646260, 0)

Unfold a row, and it shows its arithmetic. (What MACs are, and what a layer sees, comes in chapters
8 and 11.)

<!-- kb:ledger kb.fnn_classifier() -->

**What is the `None` in the shapes?** The number of images. It is left open, since the same network
takes one image or a thousand.

**Look where the parameters are.** 95 of 100 are in the first dense layer, because it sees 3072
numbers:

>>> round(100 * 614_600 / 646_260)
95

**What would a non-trainable parameter be?** One that `fit` leaves as it is. All of ours are
trainable. But you may take a layer that somebody else has trained, and freeze it, so that only your
own new layers learn. This is *transfer learning*:

>>> model.get_layer("dense_1").trainable = False
>>> frozen = kb.explain(model).params
>>> int(frozen.trainable), int(frozen.non_trainable)
(31660, 614600)

Nothing is gone; 614,600 of the 646,260 just stand still.

## What to remember

- An image is height × width × channels; pixels go from 0..255 to 0..1, labels become one-hot.
- Test images are never trained on.
- `Flatten` turns 32×32×3 into 3072 numbers and has no parameters.
- Hidden layers take ReLU; the head takes softmax for several classes, sigmoid for two, none for
  numbers.
- A layer is a function, and the functional way of Keras composes them.
- A dense layer has (inputs + 1)·units parameters; this network has 646,260.

## Exercises

**1.** Write class 0 of three classes, and class 2 of three classes, as one-hot.

??? success "Answer"

    >>> keras.utils.to_categorical([0, 2], num_classes=3)
    array([[1., 0., 0.],
           [0., 0., 1.]])

**2.** Grey images of 28×28 pixels, one hidden layer of 100 units, ten classes. Count the
parameters, then check with a model.

??? success "Answer"

    The flattened image has 784 numbers: $(784 + 1) \cdot 100 + (100 + 1) \cdot 10 = 79{,}510$.

    >>> (784 + 1) * 100 + (100 + 1) * 10
    79510
    >>> kb.fnn_classifier((28, 28, 1), 10, hidden_units=(100,)).count_params()
    79510

**3.** Which head, and how many units in it: is this e-mail spam? What will the temperature be
tomorrow? Which of 26 letters is this?

??? success "Answer"

    Sigmoid with 1 unit; no activation with 1 unit; softmax with 26 units.

    >>> spam = kb.fnn_classifier((50,), 2, head="sigmoid")
    >>> degrees = kb.fnn_classifier((50,), 1, head="linear")
    >>> letter = kb.fnn_classifier((28, 28, 1), 26)
    >>> [net.output_shape for net in (spam, degrees, letter)]
    [(None, 1), (None, 1), (None, 26)]

**4.** You have room for 100,000 parameters. How many units may one dense layer behind the 3072
numbers have at most?

??? success "Answer"

    $100{,}000 / 3073 = 32.5$, so 32:

    >>> 100_000 // (3072 + 1)
    32
    >>> kb.dense_params(3072, 32) <= 100_000 < kb.dense_params(3072, 33)
    True

**5.** What does ReLU make of −2, 0 and 3? And the sigmoid of 0?

??? success "Answer"

    >>> [max(z, 0) for z in (-2, 0, 3)]
    [0, 0, 3]
    >>> 1 / (1 + exp(-0))
    0.5

**What follows.** The network exists, and knows nothing. The next chapter, `training`, teaches it.
"""
