r"""FNN against CNN: train both on the same images, and judge them fairly.

At the end of this chapter you can compare two networks, see in the curves when a network begins to
learn by heart, and say what ten pictures with ticks and crosses prove, which is little.

## The race

Two networks, the same images, the same number of epochs. One is the FNN of chapter 3; its first act
is to flatten the image. The other is the CNN of chapter 8; it keeps neighbours together.

>>> import keras
>>> import kerasbook as kb
>>> fnn = kb.fnn_classifier((32, 32, 3), 10, seed=0)
>>> cnn = kb.cnn_classifier((32, 32, 3), 10, seed=0)
>>> for model in (fnn, cnn):
...     print(model.name, kb.explain(model).params)
fnn_classifier 646260
cnn_classifier 592554
>>> share = (646260 - 592554) / 646260
>>> print(f"{share:.1%} fewer")
8.3% fewer

The CNN has fewer numbers to learn with. If it is better, size is not the reason.

On the 60,000 images of CIFAR-10, after 10 epochs, the article got this:

| | parameters | training images | test images |
|---|---:|---:|---:|
| FNN | 646,260 | 51.39 % | 49.52 % |
| CNN | 592,554 | 76.99 % | **71.70 %** |
| a guess | 0 | 10 % | 10 % |

That takes many minutes. Here the images are 8,000 small pieces of ten photographs, which are part
of a Python package, and the networks learn for five epochs. The question is a little different:
from which photograph is this piece?

>>> photos = kb.datasets.photos(samples=8000)
>>> kb.ClassMosaicDisplay.from_arrays(
...     photos.x_train, photos.y_train, class_names=photos.class_names, per_class=8
... ).plot()
<ClassMosaicDisplay: 8 images of each of 10 classes>

## Validation

How do you watch a network while it learns? The loss on the training images is no good judge: it
falls even if the network only learns by heart. So `fit` takes a second set, the *validation data*.
After each epoch it measures loss and accuracy there too, and learns nothing from it. These get
names of their own, `val_loss` and `val_accuracy`.

>>> def train(model, data, epochs):
...     keras.utils.set_random_seed(0)
...     return model.fit(
...         data.x_train,
...         data.y_train,
...         validation_data=(data.x_test, data.y_test),
...         epochs=epochs,
...         verbose=0,
...     )
>>> fnn_history = train(fnn, photos, epochs=5)
>>> cnn_history = train(cnn, photos, epochs=5)
>>> sorted(cnn_history.history)
['accuracy', 'loss', 'val_accuracy', 'val_loss']

Both have made the same number of steps:

>>> kb.training_steps(8000, batch_size=32, epochs=5)
Steps(1250)

## The result

`evaluate` gives the loss and the accuracy on images that the network was not trained on:

>>> accuracy = {}
>>> for model in (fnn, cnn):
...     _, accuracy[model.name] = model.evaluate(photos.x_test, photos.y_test, verbose=0)
...     print(f"{model.name}: {accuracy[model.name]:.1%} on {len(photos.x_test):,} test images")
fnn_classifier: ...% on 2,000 test images
cnn_classifier: ...% on 2,000 test images
>>> accuracy["cnn_classifier"] > accuracy["fnn_classifier"] > 0.1
True

The CNN is ahead with fewer parameters. What it has more of is work, as chapter 11 counts, and a
better idea of what an image is: that an edge is an edge wherever it is.

The curves of the CNN, epoch by epoch:

>>> kb.HistoryDisplay.from_history(cnn_history).plot()
<HistoryDisplay: 5 epochs, ...>

Validation is far behind in the first epochs. Chapter 9 has said why: the moving values of the
normalisations need a few hundred steps until prediction is as good as training.

## What it gets wrong

One number hides a lot. A *confusion matrix* shows which class is taken for which: the true class is
the row, the predicted class the column. What is right lies on the diagonal.

>>> confusion = kb.ConfusionDisplay.from_model(
...     cnn, photos.x_test, photos.y_test, class_names=photos.class_names
... )
>>> confusion.plot()
<ConfusionDisplay: ...>
>>> str(confusion.worst_pairs[0])
'... as ...'


The pair that is confused most is worth looking at. What have the two in common: a colour, a
texture, too little to see in 32×32 pixels?

## Inside

The filters of the first layer, as they have become, and what they make of one image. Look for maps
in which edges are bright:

>>> kb.FilterDisplay.from_model(cnn, layer="conv_1").plot()
<FilterDisplay: conv_1: 32 filters of 3×3 on 3 channels>
>>> kb.FeatureMapDisplay.from_model(
...     cnn,
...     photos.x_test[0],
...     layers=["conv_1_activation", "conv_2_activation", "conv_4_activation"],
... ).plot()
<FeatureMapDisplay: What 3 layers of cnn_classifier see in an image of 32×32>

Nobody told these filters what to be. They began as random numbers, and this is what lowered the
loss.

## Overfitting

A network *overfits* if it gets better on what it has seen and worse on what it has not. In the
curves: the loss falls, and the validation loss *rises*. That is the definition, and it is all there
is to look for.

It is easy to bring about. Give a large network few images, large steps and much time. The FNN has
646,260 numbers; here it gets 200 images, and sees each of them 60 times:

>>> few = kb.datasets.photos(samples=200)
>>> parrot = kb.fnn_classifier(
...     (32, 32, 3), 10, optimizer=keras.optimizers.Adam(learning_rate=0.002), seed=0
... )
>>> keras.utils.set_random_seed(0)
>>> history = parrot.fit(
...     few.x_train,
...     few.y_train,
...     validation_data=(few.x_test[:500], few.y_test[:500]),
...     epochs=60,
...     verbose=0,
... )
>>> kb.HistoryDisplay.from_history(history).plot()
<HistoryDisplay: 60 epochs, best at epoch ..., overfitting from there>
>>> end = {name: values[-1] for name, values in history.history.items()}
>>> print(f"loss {end['loss']:.2f}, validation loss {end['val_loss']:.2f}")
loss ..., validation loss ...
>>> end["loss"] < end["val_loss"]
True

Between the two curves lies what was learned by heart. What helps, in the order in which to try it:

1. **More images.** Nothing is better. Turned, shifted and brightened copies of those that you have
   count as half a new image.
2. **Stop earlier.** `keras.callbacks.EarlyStopping(restore_best_weights=True)` goes back to the
   best epoch.
3. **Dropout**, or fewer units in the large dense layer.

A gap alone, 76.99 % against 71.70 %, is no reason to worry: every network is a little better on
what it knows. Worry when the validation loss turns.

If you look at the validation loss to decide when to stop, it has taken part in the training. Keep a
third set for the figure that you tell others.

## Ten pictures

A grid of ten images with the answers of the network is what people like to show.

>>> kb.PredictionGridDisplay.from_model(
...     cnn, photos.x_test, photos.y_test, class_names=photos.class_names, rng=0
... ).plot()
<PredictionGridDisplay: ... of 10 right here; ...>

What does it prove? The article's FNN had 5 of 10 right and its CNN 6 of 10, with accuracies of
49.52 % and 71.70 %. So is 6 of 10 too few?

Count. If each image is right with probability 0.717, the probability of exactly k right ones is

$$\binom{10}{k} \cdot 0.717^k \cdot 0.283^{10-k}$$

$\binom{10}{k}$ is the number of ways to choose which k of the ten they are.

>>> from math import comb
>>> chances = [comb(10, k) * 0.717**k * 0.283 ** (10 - k) for k in range(11)]
>>> for k in (5, 6, 7, 8, 9):
...     print(f"{k} of 10: {chances[k]:.1%}")
5 of 10: 8.7%
6 of 10: 18.3%
7 of 10: 26.5%
8 of 10: 25.2%
9 of 10: 14.2%
>>> print(f"6, 7 or 8 of 10: {sum(chances[6:9]):.0%}")
6, 7 or 8 of 10: 70%

So 6 right ones are quite usual for a network with 71.7 %, and so are 8. One that only guesses
between two answers, with 50 %, gets 7 or more in every sixth grid:

>>> print(f"{sum(comb(10, k) for k in range(7, 11)) / 2**10:.0%}")
17%

Ten images cannot tell the two networks apart. Two thousand can. This is why the title of the grid
always says the accuracy on *all* images, and which counts would be usual for it.

It is also why `rng` is there: with it the images are drawn at random. Ten images that somebody has
chosen prove nothing at all. To learn something, look at the wrong ones, and say so:

>>> kb.PredictionGridDisplay.from_model(
...     cnn, photos.x_test, photos.y_test, class_names=photos.class_names, select="top_loss", n=5
... ).plot()
<PredictionGridDisplay: ...>

## What to remember

- Compare on the same images, with the same number of steps, on data that neither has seen.
- Overfitting is the validation loss rising while the loss falls.
- The CNN beats the FNN with 8.3 % fewer parameters: 71.70 % against 49.52 % on CIFAR-10.
- 71.70 % is a test accuracy. The one in training was 76.99 %.
- With 71.7 %, six to eight right of ten happens in 70 % of all grids. Draw at random, and say the
  accuracy on all images.

## Exercises

**1.** A network with ten classes reaches 12 % after the first epoch. Has it learned anything?

??? success "Answer"

    Chance is 10 %. On 2,000 test images 200 right ones are to be expected from guessing, give or
    take √(2000·0.1·0.9) ≈ 13. 240 are three times that away, so yes, a little.

    >>> from math import sqrt
    >>> round(sqrt(2000 * 0.1 * 0.9), 1)
    13.4

**2.** How probable is it that pure guessing gets 5 or more of ten images right, with ten classes?

??? success "Answer"

    >>> guess = [comb(10, k) * 0.1**k * 0.9 ** (10 - k) for k in range(11)]
    >>> print(f"{sum(guess[5:]):.2%}")
    0.16%

**3.** In a history the loss goes 0.9, 0.6, 0.4, 0.3, 0.2 and the validation loss 1.0, 0.8, 0.9,
1.0, 1.2. Which epoch would you keep?

??? success "Answer"

    The second. From there on the network overfits.

    >>> curves = {"loss": [0.9, 0.6, 0.4, 0.3, 0.2], "val_loss": [1.0, 0.8, 0.9, 1.0, 1.2]}
    >>> display = kb.HistoryDisplay.from_history(curves)
    >>> display.best_epoch, display.overfitting_from
    (2, 2)

**4.** With 71.7 %, how many images must a grid have so that the share of right ones is usually (two
times out of three) within 1 % of it?

??? success "Answer"

    The usual distance is √(0.717·0.283 / n). For 0.01, n must be 0.717·0.283 / 0.01² ≈ 2,029.

    >>> round(0.717 * 0.283 / 0.01**2)
    2029

**What follows.** The CNN was better and slower. The next chapter, `counting`, says how much slower,
and why, before anything is run.
"""
