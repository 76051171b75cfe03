r"""Shapes: how large the output of a convolution is, and how many parameters it has.

At the end of this chapter you can compute the shape behind every convolution from its stride and
padding, do so for a whole small network, and find settings that give a size you want.

## Counting places

A filter of 3 pixels slides along a row of 5. In how many places does it fit? Let us mark the pixel
where it begins: at 1, at 2, at 3; at 4 it would stick out. So there are 3 places, and the output
has 3 pixels. In general: it can begin at the first pixel and then move on as often as there are
pixels left beyond it, $5 - 3 = 2$ times. That makes $2 + 1 = 3$.

>>> import kerasbook as kb
>>> kb.conv_output_size(5, 3).text
'⌊(5 − 3) / 1⌋ + 1 = 3'

Both axes of an image are counted in the same way, each for itself.

## Padding

Each convolution makes the image smaller: 5 becomes 3, then 1, and then there is nothing left.
Often one wants to keep the size. So a rim of zeros is laid around the image. With one zero on each
side the 5×5 image becomes 7×7, and the filter of 3×3 fits in 5×5 places:

>>> kb.conv_output_size(5, 3, padding=(1, 1)).text
'⌊(5 + 1 + 1 − 3) / 1⌋ + 1 = 5'

In Keras one does not count zeros but says what one wants. `padding="valid"` adds none and is the
default. `padding="same"` adds as many as are needed for the output to have the size of the input,
as long as the stride is 1:

>>> kb.conv_output_size(5, 3, padding="same").text
'⌊(5 + 1 + 1 − 3) / 1⌋ + 1 = 5'
>>> [int(kb.conv_output_size(32, size, padding="same")) for size in (1, 3, 4, 5, 7)]
[32, 32, 32, 32, 32]

**Do the zeros not falsify the image?** At the border a little. The alternative is to lose the
border pixels, which then count less than the others. For most networks `same` is the better deal.

## Stride

The filter need not stop at every pixel. With a **stride** of 2 it moves two pixels at a time, and
so it stops half as often:

>>> kb.conv_output_size(32, 3, strides=2, padding="same").text
'⌊(32 + 0 + 1 − 3) / 2⌋ + 1 = 16'

A stride of 2 with `same` halves an even size. Two things in this sentence matter. The size must be
even, because an odd one has no half; Keras rounds up:

>>> int(kb.conv_output_size(33, 3, strides=2, padding="same"))
17

And the padding must be `same`. Without it a filter of 3 loses another pixel:

>>> int(kb.conv_output_size(32, 3, strides=2))
15

**Why is the padding 0 before and 1 after?** From 32 pixels, 16 stops two apart, with a filter of 3,
need $15 \cdot 2 + 3 = 33$ pixels. One is missing, and one cannot be shared between two sides. Keras
puts the odd one behind the image, at the right and at the bottom.

>>> kb.conv_output_size(32, 3, strides=2, padding="same").padding
(0, 1)

**Why make the image smaller at all?** A smaller image costs less in all layers behind it. And a
filter of 3×3 on an image of half the size covers a part of the original that is twice as wide: the
later layers look at larger things.

## The formula

All of this is one formula. With $n$ pixels going in, a filter of $f$ pixels, a stride of $s$ and
$p$ zeros on each side:

$$n_\text{out} = \left\lfloor \frac{n_\text{in} + 2p - f}{s} \right\rfloor + 1$$

The brackets ⌊ ⌋ mean: round down, since a place where the filter does not quite fit is no place.
The formula as printed has the same $p$ on both sides. As you have just seen, Keras's `same` may add
one more behind than before; then write the two numbers instead of $2p$, as the library does:

>>> kb.conv_output_size(16, 3, strides=2, padding="same").text
'⌊(16 + 0 + 1 − 3) / 2⌋ + 1 = 8'

For `same` there is a shortcut: divide by the stride and round up.

>>> from math import ceil
>>> [ceil(n / 2) == kb.conv_output_size(n, 3, strides=2, padding="same") for n in (16, 32, 33)]
[True, True, True]

And the channels? They have no part in the formula. **The output has as many channels as the layer
has filters**, however many channels came in.

Try it yourself:

<!-- kb:calculator conv_output_size(32, 4, strides=2, padding="same") -->

## A small network

Now a network with two convolutions. A colour image of 32×32 pixels goes in.

**The first convolution** has 10 filters of 4×4, stride 2, `same`:

>>> kb.conv_output_size(32, 4, strides=2, padding="same").text
'⌊(32 + 1 + 1 − 4) / 2⌋ + 1 = 16'

So its output is 16×16, with 10 channels. Each filter has 4·4 weights for each of the 3 channels
that come in, and one bias:

>>> kb.conv_params(kernel_size=(4, 4), channels=3, filters=10).text
'(4·4·3 + 1)·10 = 490'

**The second convolution** has 20 filters of 3×3, stride 2, `same`. Its input has 10 channels, the
output of the first:

>>> kb.conv_output_size(16, 3, strides=2, padding="same").text
'⌊(16 + 0 + 1 − 3) / 2⌋ + 1 = 8'
>>> kb.conv_params(kernel_size=(3, 3), channels=10, filters=20).text
'(3·3·10 + 1)·20 = 1,820'

**Flatten** writes the 8×8 pixels of 20 channels as one row:

>>> 8 * 8 * 20
1280

**A dense layer** of 10 units, one for each class, ends it:

>>> kb.dense_params(inputs=1280, units=10).text
'(1280 + 1)·10 = 12,810'
>>> 490 + 1_820 + 12_810
15120

Does Keras agree?

>>> import keras
>>> from keras import layers
>>> inputs = keras.Input((32, 32, 3))
>>> x = layers.Conv2D(10, 4, strides=2, padding="same")(inputs)
>>> x = layers.Conv2D(20, 3, strides=2, padding="same")(x)
>>> outputs = layers.Dense(10, activation="softmax")(layers.Flatten()(x))
>>> model = keras.Model(inputs, outputs, name="small_cnn")
>>> for row in kb.explain(model).rows:
...     print(row.class_name, row.output_shape, int(row.params))
InputLayer (None, 32, 32, 3) 0
Conv2D (None, 16, 16, 10) 490
Conv2D (None, 8, 8, 20) 1820
Flatten (None, 1280) 0
Dense (None, 10) 12810
>>> model.count_params()
15120

>>> kb.ArchitectureDisplay.from_model(model).plot()
<ArchitectureDisplay: small_cnn: ..., 15,120 parameters>

Watch what happens to the shape on its way: 32×32×3, 16×16×10, 8×8×20. The image gets smaller and
deeper. *Where* is given up for *what*. And it takes a fortieth of the parameters of the fully
connected network:

>>> round(646_260 / 15_120)
43

## The other way round

Often you know the size that you want and look for the settings. From 28 to 14:

>>> best = kb.solve_conv(28, 14)[0]
>>> best.kernel_size, best.strides, best.padding
(3, 2, 'same')

## What to remember

- $n_\text{out} = \lfloor (n_\text{in} + 2p - f) / s \rfloor + 1$, for each axis.
- `valid` adds no zeros. `same` keeps the size at stride 1, and divides it by the stride, rounded
  up, otherwise.
- Stride 2 halves the image for `same` and even sizes only.
- Output channels = number of filters.
- A convolution has $(f \cdot f \cdot \text{channels in} + 1) \cdot \text{filters}$ parameters.

## Exercises

**1.** An image of 28×28, a filter of 5×5, no padding, stride 1. How large is the output?

??? success "Answer"

    >>> kb.conv_output_size(28, 5).text
    '⌊(28 − 5) / 1⌋ + 1 = 24'

**2.** How many zeros does `same` add on each side for a filter of 7 and stride 1?

??? success "Answer"

    Six are needed in all, three on each side.

    >>> kb.conv_output_size(32, 7, padding="same").padding
    (3, 3)

**3.** Three convolutions follow each other, each with 16 filters of 3×3, stride 2 and `same`, on
images of 100×100×3. What are the three shapes?

??? success "Answer"

    100 is halved to 50, 50 to 25, and 25 is odd: it becomes 13.

    >>> size = 100
    >>> for _ in range(3):
    ...     size = int(kb.conv_output_size(size, 3, strides=2, padding="same"))
    ...     print((size, size, 16))
    (50, 50, 16)
    (25, 25, 16)
    (13, 13, 16)

**4.** Change the second convolution of the small network to stride 1. What is the total now, and
which layer has changed?

??? success "Answer"

    The convolution has the same parameters; its output is 16×16×20, so the dense layer gets four
    times the inputs: $16 \cdot 16 \cdot 20 = 5120$.

    >>> 490 + 1_820 + int(kb.dense_params(16 * 16 * 20, 10))
    53520

**5.** Find settings without padding that turn 32 into 10 with a stride of 3.

??? success "Answer"

    $\lfloor (32 - f) / 3 \rfloor + 1 = 10$ holds for $32 - f$ from 27 to 29, so $f$ from 3 to 5:

    >>> sizes = kb.solve_conv(32, 10, strides=3, padding="valid")
    >>> sorted(settings.kernel_size for settings in sizes)
    [3, 4, 5]

**What follows.** You have counted a whole convolutional network. The next chapter, `cnn`, builds a
larger one.
"""
