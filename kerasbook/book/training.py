r"""Training: what to choose before it, what happens in it, and what to ask afterwards.

At the end of this chapter you can compile a classifier and say why each choice is right, compute
how often its weights will be changed, train it, and judge it by images that it has never seen.

## What to choose before training

`compile` asks for three things: a loss, an optimizer and metrics.

### The loss

The loss must fit the question, just as the head does:

| question | head | loss in Keras |
|---|---|---|
| which one of several classes? | softmax | `categorical_crossentropy` |
| yes or no? | sigmoid | `binary_crossentropy` |
| how much? | none | `mean_squared_error` |

You know the last one from the line. **What is cross-entropy?** It looks at the probability that the
model gave to the *right* class, and takes the negative of its logarithm. If the model was sure and
right, that is nearly 0. If it gave the right class next to nothing, it is large:

>>> from math import log
>>> [(p, round(-log(p), 2)) for p in (0.99, 0.5, 0.1, 0.01)]
[(0.99, 0.01), (0.5, 0.69), (0.1, 2.3), (0.01, 4.61)]

To be wrong is forgiven; to be sure and wrong is expensive. And the table gives you a number to
remember: a model that knows nothing of ten classes gives each about 0.1, so **a loss near 2.3 means
that nothing has been learned yet**.

The loss of a batch is the mean over its images. Binary cross-entropy is the same for two classes.

### The optimizer

The line was trained by plain gradient descent: one learning rate for all weights. **Adam** is the
usual first choice for larger networks. It keeps a running mean of the slopes of each weight, so
that a single odd batch cannot throw it off, and a running mean of their squares, by which it gives
each weight a step of its own size.

An optimizer can be named, or made. The name takes Keras's settings, for Adam a learning rate of
0.001. The object takes yours:

>>> import keras
>>> import kerasbook as kb
>>> round(float(keras.optimizers.get("adam").learning_rate), 4)
0.001
>>> optimizer = keras.optimizers.Adam(learning_rate=0.0005)

**How large should the learning rate be?** Too large, and the loss jumps about or grows; too small,
and training takes for ever. Try 0.001, then a few times less.

### The metrics

A metric is something that you want to watch, such as the **accuracy**, the share of right answers.
It only watches. Training follows the loss, never a metric. **Why not train for accuracy itself?**
Because it has no slope: if a weight changes a little, the share of right answers almost always
stays what it was, and nothing tells the optimizer where to go.

Metrics, too, are given by name or as objects:

>>> model = kb.fnn_classifier((32, 32, 3), 10, seed=0)
>>> model.compile(
...     optimizer=optimizer,
...     loss="categorical_crossentropy",
...     metrics=["accuracy", keras.metrics.TopKCategoricalAccuracy(k=3, name="top_3")],
... )

The builder has already compiled its model, with this optimizer, this loss and the accuracy. To
compile again replaces them, and leaves the weights as they are.

## Batch, iteration, epoch

Three words say how the images get into the training.

- A **batch** is the images of one step. Keras takes 32 if you say nothing.
- An **iteration** is that step: one batch in, loss, slopes, one update of all weights.
- An **epoch** is as many iterations as it takes to see every image once.

Twenty-four images in batches of 6 make 4 iterations an epoch, and 20 epochs make 80 updates:

>>> kb.training_steps(samples=24, batch_size=6, epochs=20).text
'⌈24 / 6⌉·20 = 80'
>>> kb.BatchDisplay.from_sizes(24, batch_size=6, epochs=20).plot()
<BatchDisplay: 24 samples in batches of 6: 4 iterations an epoch, 80 updates in 20 epochs>

**What if it does not divide evenly?** Then the last batch is smaller. The 50,000 training images of
CIFAR-10 in batches of 32 give 1562.5, so 1563 iterations, and the last one has 16 images:

>>> steps = kb.training_steps(50_000, batch_size=32)
>>> steps.text, steps.last_batch_size
('⌈50000 / 32⌉·1 = 1,563', 16)

<!-- kb:calculator training_steps(50_000, batch_size=32, epochs=10) -->

**Why batches at all?** All images at once would need much memory, and give one update for all that
work. One image at a time would give many updates, each led by one image's whims. A batch is the
middle way.

## Fit

We train on 4,000 patches of photographs for 5 epochs. Here is what is settled before it begins:

>>> data = kb.datasets.photos(samples=4000, test_samples=1000)
>>> steps = kb.training_steps(samples=4000, batch_size=32, epochs=5)
>>> steps.text, int(steps.per_epoch)
('⌈4000 / 32⌉·5 = 625', 125)

`fit` shuffles the images before each epoch. The seed makes the order the same each time:

>>> keras.utils.set_random_seed(0)
>>> model = kb.fnn_classifier((32, 32, 3), 10, seed=0)
>>> history = model.fit(data.x_train, data.y_train, epochs=5, batch_size=32, verbose=0)

`fit` returns a history, with one number an epoch for the loss and for each metric. These numbers
are this run's own; another machine will have slightly different ones.

>>> losses, accuracies = history.history["loss"], history.history["accuracy"]
>>> print(f"loss {losses[0]:.2f}, at the end {losses[-1]:.2f}")
loss ..., at the end ...
>>> print(f"accuracy {accuracies[0]:.1%}, at the end {accuracies[-1]:.1%}")
accuracy ...%, at the end ...%
>>> losses[-1] < losses[0] < 2.303
True

>>> kb.HistoryDisplay.from_history(history).plot()
<HistoryDisplay: 5 epochs...>

**Why is the first loss already below 2.3?** The number of an epoch is the mean over its batches,
and the last of 125 batches is met by a network that has learned for 124 steps.

**The published run.** The article trained the same network on the 50,000 images of CIFAR-10 for 10
epochs. Its loss fell from 1.8472 to 1.3696, and its accuracy rose from 33.41 % to 51.39 %. The
number of updates behind that:

>>> kb.training_steps(50_000, batch_size=32, epochs=10).text
'⌈50000 / 32⌉·10 = 15,630'

CIFAR-10 is harder than our patches: its cats differ from each other more than one photograph's
patches do.

## Evaluate

The accuracy on the training images is not the one that counts. `evaluate` asks on the test images,
and changes no weight:

>>> test_loss, test_accuracy = model.evaluate(data.x_test, data.y_test, verbose=0)
>>> print(f"test accuracy {test_accuracy:.1%}")
test accuracy ...%

**Is that good?** Compare it with chance. Who guesses one of ten classes at random is right in one
of ten cases, 10 %:

>>> chance = 1 / data.num_classes
>>> chance
0.1
>>> test_accuracy > 3 * chance
True

The article's network reached 49.52 % on the 10,000 test images of CIFAR-10: five times chance, and
still wrong on every second image. How many right answers is that?

>>> round(10_000 * 49.52 / 100)
4952

Its accuracy on the training images was 51.39 %, a little higher. It usually is. A large gap between
the two is called **overfitting**: the model has learned its training images rather than the task.
In our own run the gap is wider than in the article's. We trained on fewer images, and our test
patches come from another part of each photograph:

>>> accuracies[-1] > test_accuracy
True

## Predict

`predict` gives the ten probabilities for each image, a row for each:

>>> probabilities = model.predict(data.x_test, verbose=0)
>>> probabilities.shape
(1000, 10)

Each row adds up to 1, because of the softmax (up to the rounding of the machine):

>>> bool(abs(probabilities.sum(axis=1) - 1).max() < 1e-5)
True

For the 10,000 test images of CIFAR-10 the shape is (10000, 10).

The model's answer is the class with the largest probability. Its place in the row is what `argmax`
gives, and the place gives the name:

>>> answers = probabilities.argmax(axis=1)
>>> right = answers == data.test_classes
>>> bool(abs(right.mean() - test_accuracy) < 1e-6)
True

That was the accuracy once more: the share of rows whose answer is the true class. One image that
the model gets right, the first in the test set, and one that it gets wrong:

>>> for index in (int(right.argmax()), int((~right).argmax())):
...     said, true = answers[index], data.test_classes[index]
...     share = float(probabilities[index, said])
...     print(f"says {data.class_names[said]}, sure to {share:.0%}; is {data.class_names[true]}")
says ..., sure to ...%; is ...
says ..., sure to ...%; is ...

## A grid of predictions

Numbers alone hide what goes wrong. Look at ten test images, chosen at random, with the predicted
class below each, and the true one where it differs:

>>> grid = kb.PredictionGridDisplay.from_predictions(
...     data.x_test, data.y_test, probabilities, class_names=data.class_names, rng=0
... )
>>> grid.plot()
<PredictionGridDisplay: ... of 10 right...>

**What do ten images prove?** Little. In the article's grid 5 of 10 were right. With an accuracy of
49.52 % you would see anything from 3 to 7 in nine grids of ten. Each count has its probability:

>>> from math import comb
>>> def probability(count, accuracy=0.4952, images=10):
...     return comb(images, count) * accuracy**count * (1 - accuracy) ** (images - count)
>>> round(probability(5), 2), round(sum(probability(count) for count in range(3, 8)), 2)
(0.25, 0.89)

So a grid is for looking, and the accuracy on all test images is for judging.

## What to remember

- Loss and head belong together: softmax with categorical cross-entropy, sigmoid with binary
  cross-entropy, none with the mean squared error.
- Ten classes and a loss of 2.3: nothing learned yet.
- The optimizer follows the loss. Metrics only watch.
- Updates = ⌈samples / batch size⌉ · epochs.
- Judge by test images, and compare with chance.
- `predict` gives probabilities; `argmax` makes an answer of them.

## Exercises

**1.** 60,000 images, batches of 128, 12 epochs. How many updates? How many images has the last
batch of an epoch?

??? success "Answer"

    $60{,}000 / 128 = 468.75$, so 469 an epoch. The last batch has the remaining
    $60{,}000 - 468 \cdot 128 = 96$.

    >>> steps = kb.training_steps(60_000, batch_size=128, epochs=12)
    >>> steps.text, steps.last_batch_size
    ('⌈60000 / 128⌉·12 = 5,628', 96)

**2.** The loss of a classifier with 100 classes is 4.6 after the first epoch. What does that say?

??? success "Answer"

    That it knows nothing yet: guessing gives each class 0.01.

    >>> round(-log(0.01), 1)
    4.6

**3.** A model gives the right class 0.8 for one image and 0.2 for another. What is the loss of this
batch of two?

??? success "Answer"

    The mean of $-\ln 0.8 = 0.223$ and $-\ln 0.2 = 1.609$.

    >>> round((-log(0.8) - log(0.2)) / 2, 3)
    0.916
    >>> loss = keras.losses.CategoricalCrossentropy()
    >>> round(float(loss([[1.0, 0.0], [1.0, 0.0]], [[0.8, 0.2], [0.2, 0.8]])), 3)
    0.916

**4.** Which class does the row 0.1, 0.2, 0.6, 0.1 stand for, counted from 0? Do the numbers fit a
softmax?

??? success "Answer"

    Class 2, whose number is the largest; and yes, they add up to 1.

    >>> row = [0.1, 0.2, 0.6, 0.1]
    >>> row.index(max(row)), round(sum(row), 6)
    (2, 1.0)

**5.** The network is built and compiled a second time with the same seed, and never trained. What
accuracy do you expect?

??? success "Answer"

    About that of chance: its weights are random.

    >>> untrained = kb.fnn_classifier((32, 32, 3), 10, seed=0)
    >>> untrained.evaluate(data.x_test, data.y_test, verbose=0)[1] < 0.3
    True

**What follows.** The network sees an image as a row of numbers. The next chapter,
`why_convolution`, asks what that costs.
"""
