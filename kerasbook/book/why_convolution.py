r"""Why convolution: what flattening throws away, and how to keep it.

At the end of this chapter you can say what a fully connected network does not know about images,
show it with four pixels, and name the four words with which convolutions are described.

## What flattening throws away

The network of the last two chapters begins by writing the image as one row of 3072 numbers. After
that, it has no idea which pixel was beside which. Pixel 1 of the row and pixel 2 are neighbours in
the image. Pixel 1 and pixel 33 are neighbours too, one below the other. Pixel 1 and pixel 500 are
not. To a dense layer all three pairs are alike: every unit looks at all numbers, and their order
means nothing to it.

This can be shown. Four pixels and the four weights of a unit:

>>> import kerasbook as kb
>>> kb.weighted_sum([0.9, 0.8, 0.1, 0.2], [1, 1, -1, -1]).value
1.4

Now shuffle the pixels, and shuffle the weights in the same way:

>>> kb.weighted_sum([0.1, 0.9, 0.2, 0.8], [-1, 1, -1, 1]).value
1.4

The same sum. So if every image of a data set is shuffled in one and the same way, a fully connected
network learns it exactly as well as before; it only learns shuffled weights. You would not. Here is
a patch, and the same patch with its pixels shuffled:

>>> import numpy as np
>>> data = kb.datasets.photos(samples=10, test_samples=10)
>>> image = data.x_train[list(data.train_classes).index(1)]
>>> order = np.random.default_rng(0).permutation(32 * 32)
>>> shuffled = image.reshape(32 * 32, 3)[order].reshape(32, 32, 3)
>>> kb.ImageGridDisplay.from_arrays(
...     [image, shuffled], [0, 1], class_names=("as it was", "shuffled")
... ).plot()
<ImageGridDisplay: 2 images of 32 × 32 pixels>

Every number of the left image is in the right one:

>>> bool((np.sort(image.ravel()) == np.sort(shuffled.ravel())).all())
True

To you, one is a piece of a photograph of a cat, and the other is noise. To a dense layer, neither
is easier than the other. All that it knows of images it must find out anew from examples, and that
is a waste, since what lies side by side in an image belongs together.

## Two costs

**Everything is learned again in each place.** Let a unit look for an edge, bright beside dark, at
the left end of a row of pixels:

>>> row = [1, 0, 0, 0, 0, 0]
>>> unit = [1, -1, 0, 0, 0, 0]
>>> kb.weighted_sum(row, unit).value
1

Move the image by three pixels. The same edge is there, and the unit does not see it:

>>> moved = [0, 0, 0, 1, 0, 0]
>>> kb.weighted_sum(moved, unit).value
0

Another unit would have to learn the same edge for that place, and so on for every place.

**It takes very many weights.** Each of the 200 units of the first layer has a weight for each of
the 3072 numbers:

>>> kb.dense_params(inputs=3072, units=200).text
'(3072 + 1)·200 = 614,600'

A photograph of a phone has some 12 million pixels. One unit would need 36 million weights:

>>> 3 * 12_000_000 + 1
36000001

## A torch in the dark

Think of a dark garage with a car in it, and you have a torch with a narrow beam. You move it over
the car, from left to right, from top to bottom. In the small spot of light you see no car. You see
a line, a bend, a corner. But you remember what you saw and where. Then you go through your memory
in the same way, and find that some lines and bends make a circle, and others a rectangle. Once
more, and circles are wheels, rectangles are doors. Wheels below doors: it is a car.

| pass | what it looks at | what it finds |
|---|---|---|
| first | pixels | lines |
| second | lines | shapes |
| third | shapes | wheels, doors |
| fourth | wheels, doors | a car |

A convolutional network works like this. Three things make it fit for images:

- The beam is small. It joins pixels that are close to each other, and these belong together.
- The beam is the *same* in each place. What it has learned to see on the left, it sees on the
  right.
- What it finds keeps its place: the result is an image again, and can be looked at in the same way.

Take the edge from above. Slide its two weights along the row, and write down each sum:

>>> beam = [1, -1]
>>> [kb.weighted_sum(row[i : i + 2], beam).value for i in range(5)]
[1, 0, 0, 0, 0]
>>> [kb.weighted_sum(moved[i : i + 2], beam).value for i in range(5)]
[0, 0, -1, 1, 0]

The 1 is found in both rows, and where it stands says where the edge is. (The −1 is the edge from
dark to bright, on the other side of the bright pixel.) Two weights did what five units of six
weights would have been needed for.

And the count: a convolution with 32 beams of 3×3 pixels in three channels has

>>> kb.conv_params(kernel_size=(3, 3), channels=3, filters=32).text
'(3·3·3 + 1)·32 = 896'

parameters, whether the image has a thousand pixels or twelve million.

## Four words

- A **filter** is the beam: a small block of weights, such as 3×3. Another word for it is *kernel*.
- A **convolution** is what we just did: lay the filter on the image, multiply, add up, write the
  sum down, move on.
- The **stride** says how many pixels the filter moves each time. Keras takes 1 if you say nothing.
- The **padding** says what happens at the border, where the filter would look over the edge of the
  image: nothing, or a rim of zeros is added.

The next chapter is about filters and convolution, the one after it about stride and padding.

## What to remember

- A dense layer does not know which pixels are neighbours. Shuffled images are the same to it.
- It learns the same thing again in each place, and needs a weight for each number of the image.
- A convolution slides one small filter over the whole image.
- Its number of parameters does not depend on the size of the image.
- Filter, convolution, stride, padding.

## Exercises

**1.** The filter 1, −1 slides along the row 0, 0, 1, 1, 0. What are the sums?

??? success "Answer"

    $0 - 0$, $0 - 1$, $1 - 1$, $1 - 0$:

    >>> row = [0, 0, 1, 1, 0]
    >>> [kb.weighted_sum(row[i : i + 2], [1, -1]).value for i in range(4)]
    [0, -1, 0, 1]

**2.** An image is made twice as high and twice as wide. What happens to the parameters of a dense
layer of 200 units on it, and to those of 32 filters of 3×3?

??? success "Answer"

    The dense layer has four times the weights (the biases stay), the convolution has what it had.

    >>> int(kb.dense_params(64 * 64 * 3, 200)), int(kb.dense_params(32 * 32 * 3, 200))
    (2457800, 614600)
    >>> (2_457_800 - 200) / (614_600 - 200)
    4.0

**3.** How many times as many parameters has the first dense layer, with its 614,600, as the
convolution of 32 filters of 3×3?

??? success "Answer"

    Nearly 700 times.

    >>> round(614_600 / 896)
    686

**4.** In a network, every image is shuffled in the same way before it goes in. Does a convolutional
network learn as well as before?

??? success "Answer"

    No. Its filters join pixels that are close, and after shuffling these no longer belong
    together. In a smooth image neighbours differ little; in the shuffled one they differ much:

    >>> step = float(abs(image[:, 1:] - image[:, :-1]).mean())
    >>> noise = float(abs(shuffled[:, 1:] - shuffled[:, :-1]).mean())
    >>> step < noise
    True

**What follows.** The next chapter, `filters`, lays a filter on an image and computes one step by
hand.
"""
