r"""A CNN looks with small filters first and decides afterwards; all of its numbers can be counted.

At the end of this chapter you can read a convolutional network from its first layer to its last:
say what shape leaves each layer, how many parameters it has and why, and build the network with
one call. You need the filters of chapter 6 and the shapes of chapter 7.

## What a CNN is

A *convolutional neural network*, CNN, has two parts. The first is a row of convolutions. Each looks
at what the one before it found: pixels become edges, edges become corners and textures, these
become parts of things. The second part is what you know from the fully connected network, the FNN:
the image is flattened, and dense layers decide.

Two things change as an image goes through the first part. It gets *smaller*: fewer positions, since
strides skip some. And it gets *deeper*: more channels, since each layer has more filters than the
one before. What is lost in *where* is gained in *what*.

## The small network

Begin with a network that has only two convolutions. It takes a colour image of 32×32 pixels and
knows ten classes.

>>> import kerasbook as kb
>>> small = kb.cnn_classifier(
...     (32, 32, 3),
...     10,
...     filters=(10, 20),
...     kernel_sizes=(4, 3),
...     strides=2,
...     activation=None,
...     batch_normalization=False,
...     hidden_units=(),
...     dropout=0.0,
...     seed=0,
...     name="small_cnn",
... )
>>> for layer in small.layers:
...     print(layer.name, layer.output.shape[1:])
input (32, 32, 3)
conv_1 (16, 16, 10)
conv_2 (8, 8, 20)
flatten (1280,)
probabilities (10,)

It is a plain Keras model. `filters=(10, 20)` asks for two blocks, the first with 10 filters and the
second with 20. `kernel_sizes=(4, 3)` gives the first block filters of 4×4 pixels and the second
filters of 3×3. A single value, as in `strides=2`, serves both. The rest switches off what comes
later in this chapter.

>>> kb.ArchitectureDisplay.from_model(small).plot()
<ArchitectureDisplay: small_cnn: ..., 15,120 parameters>

Each block in the picture is what one layer puts out. Where does each number come from? Go through
the layers in order.

## Layer 1: 10 filters of 4×4

**Its shape.** The stride is 2 and the padding `"same"`, so an even side is halved: 32 becomes 16.
Written out, with one row of zeros before the image and one after it:

>>> size = kb.conv_output_size(32, 4, strides=2, padding="same")
>>> size.padding
(1, 1)
>>> print(size.text)
⌊(32 + 1 + 1 − 4) / 2⌋ + 1 = 16

There are as many channels as filters. So the output has the shape (16, 16, 10).

**Its parameters.** A filter covers 4×4 positions, and at each it sees all 3 colours: 4·4·3 = 48
weights. One bias makes 49 parameters a filter. Ten filters have 490.

>>> print(kb.conv_params(kernel_size=(4, 4), channels=3, filters=10).text)
(4·4·3 + 1)·10 = 490

Look at what is *not* in this sum: the size of the image. The same filter is used at every position.
An image of a thousand by a thousand pixels would need the same 490 parameters.

## Layer 2: 20 filters of 3×3

**Its shape.** 16 is halved to 8. This time the padding is not the same on both sides:

>>> size = kb.conv_output_size(16, 3, strides=2, padding="same")
>>> size.padding
(0, 1)
>>> print(size.text)
⌊(16 + 0 + 1 − 3) / 2⌋ + 1 = 8

Eight windows of 3 that move 2 at a time cover 7·2 + 3 = 17 positions. There are 16, so one zero is
missing. One cannot be split between two sides, and Keras puts it after the image.

**Its parameters.** How deep is a filter of this layer? Not 3, as the image, and not 1. It sees all
10 channels that layer 1 puts out, so it has 3·3·10 = 90 weights and a bias.

>>> print(kb.conv_params(kernel_size=(3, 3), channels=10, filters=20).text)
(3·3·10 + 1)·20 = 1,820

This is the place where most beginners miscount. A "3×3 filter" is really a small block of 3×3×10
numbers. Its depth is always the number of channels that come in, and it is not written down
because there is no choice.

On the site, try other settings: an image of 15 pixels, `"valid"`, a filter of 5×5.

<!-- kb:calculator conv_output_size(16, 3, strides=2, padding="same") -->

<!-- kb:calculator conv_params(kernel_size=(3, 3), channels=10, filters=20) -->

## Flatten and decide

`Flatten` lays the 8·8·20 = 1,280 numbers out in one row. It computes nothing and has no parameters.
A dense layer of 10 units with softmax turns the row into ten probabilities:

>>> print(kb.dense_params(8 * 8 * 20, 10).text)
(1280 + 1)·10 = 12,810

Now add up:

>>> 490 + 1820 + 12810
15120
>>> small.count_params()
15120

Most of the parameters, 12,810 of 15,120, are in the one dense layer. The two convolutions, which do
the seeing, are cheap.

The library writes the whole count in one table. `kb.explain` takes any Keras model. *MACs*, the
multiplications that the layer does for one image, and *Sees*, how much of the image one number of
the layer depends on, are explained in chapter 11.

>>> print(kb.explain(small))
small_cnn (Functional)
─...
Layer (class)         Output   Parameters    MACs Sees
─...
input (InputLayer)    32×32×3           0       0 1×1
conv_1 (Conv2D)       16×16×10        490 122,880 4×4
    params (4·4·3 + 1)·10 = 490
    MACs 16·16·4·4·3·10 = 122,880
conv_2 (Conv2D)       8×8×20        1,820 115,200 8×8
    params (3·3·10 + 1)·20 = 1,820
    MACs 8·8·3·3·10·20 = 115,200
flatten (Flatten)     1280              0       0
probabilities (Dense) 10           12,810  12,800 32×32
    params (1280 + 1)·10 = 12,810
    MACs 1280·10 = 12,800
─...
Parameters       15,120 (15,120 trainable, 0 not)
...

## The full network

The network that learns well is the same idea with more of everything. It has four *blocks*. Each is
three layers:

1. `Conv2D`, filters of 3×3 with padding `"same"`;
2. `BatchNormalization`, which brings the numbers to a common scale (the next chapter);
3. `LeakyReLU`, the activation: positive numbers pass, negative ones are made smaller.

The blocks have 32, 32, 64 and 64 filters, and strides of 1, 2, 1 and 2. So blocks 2 and 4 halve the
image. After them come `Flatten`, a dense layer of 128 units with normalisation, activation and
*dropout* (the next chapter as well), and ten units with softmax.

These are the defaults, so nothing need be said:

>>> model = kb.cnn_classifier((32, 32, 3), 10, seed=0)
>>> kb.ArchitectureDisplay.from_model(model).plot()
<ArchitectureDisplay: cnn_classifier: ..., 592,554 parameters>

Count the convolutions. The channels that come in are 3, then 32, 32 and 64: each layer takes what
the one before puts out.

>>> channels = 3
>>> for filters in (32, 32, 64, 64):
...     print(kb.conv_params(kernel_size=(3, 3), channels=channels, filters=filters).text)
...     channels = filters
(3·3·3 + 1)·32 = 896
(3·3·32 + 1)·32 = 9,248
(3·3·32 + 1)·64 = 18,496
(3·3·64 + 1)·64 = 36,928

Two strides of 2 make 32 → 16 → 8, so `Flatten` gets 8·8·64 = 4,096 numbers:

>>> print(kb.dense_params(8 * 8 * 64, 128).text)
(4096 + 1)·128 = 524,416
>>> print(kb.dense_params(128, 10).text)
(128 + 1)·10 = 1,290

A normalisation has four numbers a channel. Two of them are learned by training; the other two are
only kept. The next chapter says what they are; here they are counted:

>>> for channels in (32, 32, 64, 64, 128):
...     params = kb.batch_norm_params(channels)
...     print(params.text, "of which not trained:", params.non_trainable)
4·32 = 128 of which not trained: 64
4·32 = 128 of which not trained: 64
4·64 = 256 of which not trained: 128
4·64 = 256 of which not trained: 128
4·128 = 512 of which not trained: 256

Flatten, activations and dropout have none. The sum:

>>> convolutions = 896 + 9248 + 18496 + 36928
>>> norms = 128 + 128 + 256 + 256 + 512
>>> convolutions + norms + 524416 + 1290
592554

The report says the same, and Keras does too:

>>> report = kb.explain(model)
>>> report.params, report.params.trainable, report.params.non_trainable
(Params(592554), Number(591914), Number(640))
>>> model.count_params()
592554
>>> 2 * (32 + 32 + 64 + 64 + 128)
640

On the site, here is the whole network as a ledger; each row unfolds its arithmetic.

<!-- kb:ledger kb.cnn_classifier((32, 32, 3), 10) -->

Compare it with the FNN of chapter 3, which had 646,260:

>>> (646260 - 592554) / 646260
0.083...

The CNN is 8.3 % smaller than the FNN. Whether it is also better, chapter 10 will measure.

## Questions that come up

**Why is the activation `None` in the small network?** To keep the count plain; an activation has no
parameters anyway. To *train* a network, give it one. Two convolutions with nothing in between are
together only one larger convolution, as two dense layers were only one.

**Why two convolutions at each size?** Two filters of 3×3 after each other see 5×5 pixels together,
with fewer weights than one filter of 5×5, and with an activation between them:

>>> print(kb.receptive_field([3, 3]).text)
1 + (3 − 1)·1 + (3 − 1)·1 = 5

**Why more filters where the image is smaller?** There are few kinds of edges and many kinds of
parts. And it costs little there: a filter is slid over fewer positions.

**Why `LeakyReLU` and not ReLU?** ReLU turns all negative numbers into 0. A unit that always gets
negative numbers would then always say 0 and could not learn any more. LeakyReLU lets a little
through, in Keras 0.3 of it by default:

>>> import keras
>>> leaky = keras.layers.LeakyReLU()
>>> round(leaky.negative_slope, 3)
0.3
>>> kb.ActivationDisplay.from_names(("relu", leaky)).plot()
<ActivationDisplay: ...>

**Could there be no `Flatten`?** Yes. `GlobalAveragePooling2D` takes the mean of each channel: 64
numbers instead of 4,096. The dense layer after it would have 8,320 parameters instead of 524,416:

>>> print(kb.dense_params(64, 128).text)
(64 + 1)·128 = 8,320

Networks for large images do this. The price is that *where* something was found is gone.

## What to remember

- A CNN is convolutions that see, then dense layers that decide.
- A filter is as deep as what comes in: (height · width · channels in + 1) · filters parameters.
- The size of the image is not in the count of a convolution, but it is in the count of the first
  dense layer after `Flatten`.
- Stride 2 with `"same"` halves an even side. One missing zero goes after the image.
- The small network has 15,120 parameters. The full one has 592,554, of which 640 are not trained.

## Exercises

**1.** An image of 64×64×3 goes into the small network. What changes in the count?

??? success "Answer"

    The convolutions stay at 490 and 1,820. The dense layer gets 16·16·20 = 5,120 numbers
    instead of 1,280:

    >>> print(kb.dense_params(16 * 16 * 20, 10).text)
    (5120 + 1)·10 = 51,210
    >>> larger = kb.cnn_classifier(
    ...     (64, 64, 3),
    ...     10,
    ...     filters=(10, 20),
    ...     kernel_sizes=(4, 3),
    ...     strides=2,
    ...     batch_normalization=False,
    ...     hidden_units=(),
    ... )
    >>> larger.count_params() == 490 + 1820 + 51210
    True

**2.** How many weights has one filter of block 4 of the full network, without its bias?

??? success "Answer"

    It sees 64 channels: 3·3·64 = 576.

    >>> kernel = model.get_layer("conv_4").kernel
    >>> tuple(kernel.shape)
    (3, 3, 64, 64)
    >>> 3 * 3 * 64
    576

**3.** A friend's network has a `Conv2D` with 4,640 parameters and 32 filters of 3×3. How many
channels come in?

??? success "Answer"

    4,640 / 32 = 145 parameters a filter. Less the bias, 144 weights; 144 / 9 = 16 channels.

    >>> print(kb.conv_params(kernel_size=(3, 3), channels=16, filters=32).text)
    (3·3·16 + 1)·32 = 4,640

**4.** Build a CNN for grey images of 28×28 and 10 classes, two blocks of 16 and 32 filters, both
with stride 2, no hidden layer. Predict its count first.

??? success "Answer"

    Sizes: 28 → 14 → 7. Convolutions (3·3·1 + 1)·16 = 160 and (3·3·16 + 1)·32 = 4,640.
    Normalisations 64 and 128. Dense (7·7·32 + 1)·10 = 15,690.

    >>> digits = kb.cnn_classifier((28, 28, 1), 10, filters=(16, 32), strides=2, hidden_units=())
    >>> digits.count_params()
    20682
    >>> 160 + 4640 + 64 + 128 + 15690
    20682

**What follows.** Two layers of the full network have only been counted so far. The next chapter,
`normalization_and_dropout`, says what they do.
"""
