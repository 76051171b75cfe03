r"""Filters: one step of a convolution by hand, two filters for edges, and a first layer of them.

At the end of this chapter you can compute one step of a convolution, say what a filter looks for by
reading its weights, and build a convolutional layer from filters that you made yourself.

## One step

A filter of 3×3 has nine weights. Lay it on nine pixels, multiply each pixel by the weight above it,
and add up the nine products. In this chapter a pixel is 1 if it is black, 0 if it is grey and −1 if
it is white, and values in between are shades. Here are nine pixels, dark above and bright below:

| left | middle | right |
|---|---|---|
| 0.6 | 0.4 | 0.6 |
| 0.1 | −0.2 | −0.3 |
| −0.5 | −0.4 | −0.3 |

And a filter:

| left | middle | right |
|---|---|---|
| 1 | 1 | 1 |
| 0 | 0 | 0 |
| −1 | −1 | −1 |

The first row counts as it is, the second not at all, the third with its sign turned:

$$(0.6 + 0.4 + 0.6) + 0 + (0.5 + 0.4 + 0.3) = 2.8$$

>>> import kerasbook as kb
>>> pixels = [[0.6, 0.4, 0.6], [0.1, -0.2, -0.3], [-0.5, -0.4, -0.3]]
>>> horizontal = [[1, 1, 1], [0, 0, 0], [-1, -1, -1]]
>>> kb.weighted_sum(pixels, horizontal).value
2.8

>>> kb.ConvolutionStepDisplay.from_image(pixels, horizontal, padding="valid").plot()
<ConvolutionStepDisplay: 3×3 kernel on 3×3 pixels: the sum at row 0, column 0 is 2.8>

**What does 2.8 mean?** How well the pixels match the filter: the more positive, the better. The
best that nine pixels between −1 and 1 can reach is 6, and they reach it by looking exactly like the
filter:

>>> kb.weighted_sum(horizontal, horizontal).value
6

A sum near 0 is no match. A negative sum means the opposite: the same pattern with black and
white exchanged.

>>> opposite = [[-1, -1, -1], [0, 0, 0], [1, 1, 1]]
>>> kb.weighted_sum(opposite, horizontal).value
-6

**Is that really what mathematicians call convolution?** Not quite: they turn the filter by half a
circle first. Without the turn it is called cross-correlation. Keras, like all libraries for
networks, leaves the turn out and keeps the name. As the weights are learned, it makes no
difference.

Step through a whole image, one place after the other:

<!-- kb:stepper -->

## Two filters for edges

So a filter looks for what it looks like. The one above is black above and white below: it looks for
**horizontal edges**. Turn it on its side, and it looks for **vertical** ones, columns of 1, 0, −1:

>>> kb.filters.named_kernel("vertical")
array([[ 1.,  0., -1.],
       [ 1.,  0., -1.],
       [ 1.,  0., -1.]], dtype=float32)

The horizontal filter is blind to a vertical edge, and the other way round. Here is a purely
vertical edge, black on the left and white on the right:

>>> vertical_edge = [[1, 0, -1], [1, 0, -1], [1, 0, -1]]
>>> kb.weighted_sum(vertical_edge, horizontal).value
0
>>> kb.weighted_sum(vertical_edge, kb.filters.named_kernel("vertical")).value
6

Now slide both over a whole photograph, of a cup of coffee:

>>> from skimage.data import coffee
>>> photo = coffee()[::2, ::2]
>>> photo.shape
(200, 300, 3)
>>> kb.EdgeFilterDisplay.from_image(photo).plot()
<EdgeFilterDisplay: 200×300 pixels, filtered by horizontal and vertical>

Look at the cup. The horizontal filter answers at the rims of cup and saucer, above and below, where
the edge lies flat. The vertical filter answers at their sides, where it stands upright. Where
nothing changes, both are silent.

(The pictures do as image files do: white is the largest number and black the smallest, the opposite
of our table. Then a row of 1 above a row of −1 looks for bright above dark. The sign of each sum
turns, and an edge stays an edge.)

## A first convolutional layer

A layer has several filters, and each makes its own image. Take a grey image of 64×64 pixels, in
Keras's terms of the shape `(64, 64, 1)`, and two filters of 3×3. In Keras the layer is written

>>> import keras
>>> inputs = keras.Input((64, 64, 1))
>>> layer = keras.layers.Conv2D(filters=2, kernel_size=3)
>>> layer(inputs).shape
(None, 62, 62, 2)

**Why 62?** A filter of 3×3 fits into 64 pixels in 62 places along each side; the next chapter shows
how to count them. **Why 2?** Each filter makes one image, and the two images become the two
*channels* of the output. What a layer has found is called its **feature maps**.

Each filter has nine weights and, like every unit, a bias:

>>> kb.conv_params(kernel_size=(3, 3), channels=1, filters=2).text
'(3·3·1 + 1)·2 = 20'
>>> layer.count_params()
20

**And if the image has three channels?** Then a filter has three channels as well, a 3×3 block for
each, and the three sums are added into one. A filter always reaches through all channels:

>>> kb.conv_params(kernel_size=(3, 3), channels=3, filters=2).text
'(3·3·3 + 1)·2 = 56'

Keras fills these weights with random numbers, and training turns them into filters that help. To
see what a layer does, we fill in our own. The library has such a layer, made of filters by name and
without a bias:

>>> edges = kb.filters.edge_filter_layer(("horizontal", "vertical"), channels=1, name="edges")
>>> model = keras.Sequential([inputs, edges], name="two_filters")
>>> grey = photo[60:124, 118:182].mean(axis=2, keepdims=True) / 255
>>> kb.FeatureMapDisplay.from_model(model, grey, value_range=(0, 1)).plot()
<FeatureMapDisplay: What 1 layer of two_filters sees in an image of 64×64>

**Do trained networks have such filters?** Yes. In the first layer of almost every network trained
on photographs there are edge detectors in several directions. Nobody put them there. The layers
behind it look at edges instead of pixels, and find corners and curves: the passes of the torch.

## What to remember

- One step of a convolution: multiply the pixels under the filter by its weights and add up.
- A filter looks for what it looks like. A large positive sum is a match, a negative one the
  opposite, near 0 is neither.
- Rows of 1, 0, −1 find horizontal edges, columns of 1, 0, −1 vertical ones.
- Each filter makes one feature map: output channels = number of filters.
- A filter reaches through all channels of its input, and has one bias.

## Exercises

**1.** Compute the step of the horizontal filter on −0.7, 0.6, 0.2 above, 0.1, −0.2, −0.3 in the
middle and −0.3, −0.4, 0.5 below.

??? success "Answer"

    $(-0.7 + 0.6 + 0.2) + (0.3 + 0.4 - 0.5) = 0.1 + 0.2 = 0.3$. Hardly a match: there is no clear
    edge in these pixels.

    >>> pixels = [[-0.7, 0.6, 0.2], [0.1, -0.2, -0.3], [-0.3, -0.4, 0.5]]
    >>> kb.weighted_sum(pixels, horizontal).value
    0.3

**2.** What do the two edge filters make of an even grey area, all pixels 0.5?

??? success "Answer"

    Both 0, since the weights of each add up to 0.

    >>> even = [[0.5] * 3] * 3
    >>> [
    ...     kb.weighted_sum(even, kb.filters.named_kernel(name)).value
    ...     for name in ("horizontal", "vertical")
    ... ]
    [0, 0]

**3.** All nine weights of a filter are 1/9. What does it look for?

??? success "Answer"

    Nothing in particular: it answers with the mean of the nine pixels, so the image gets blurred.

    >>> round(kb.weighted_sum([[0, 0, 0], [0, 9, 0], [0, 0, 0]], [[1 / 9] * 3] * 3).value, 6)
    1.0

**4.** Make a filter that looks for a bright diagonal line from the top left to the bottom right, in
a file where bright is 1. Which sum does it give for the line itself, and for the other diagonal?

??? success "Answer"

    Write the line as 1 and all else as −0.5, so that an even area gives $3 - 3 = 0$:

    >>> diagonal = [[1, -0.5, -0.5], [-0.5, 1, -0.5], [-0.5, -0.5, 1]]
    >>> kb.weighted_sum([[1, 0, 0], [0, 1, 0], [0, 0, 1]], diagonal).value
    3
    >>> kb.weighted_sum([[0, 0, 1], [0, 1, 0], [1, 0, 0]], diagonal).value
    0

**What follows.** The next chapter, `shapes`, counts the places where a filter fits.
"""
