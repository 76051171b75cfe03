r"""Counting everything: parameters, multiplications, memory, and how far a network sees.

At the end of this chapter you can answer four questions about any Keras model before you train it.
How much does it store? How much does it compute? Does it fit into memory, and with how many images
at a time? How much of the image does it see? And you will know why two tools that count the same
network give two numbers.

>>> import kerasbook as kb
>>> cnn = kb.explain(kb.cnn_classifier((32, 32, 3), 10))
>>> fnn = kb.explain(kb.fnn_classifier((32, 32, 3), 10))

`kb.explain` makes a report. It holds a row for each layer; each number in it is an integer that
remembers how it was computed, in its `text`.

## Parameters: what is stored

You have counted these in every chapter so far. A dense layer has one weight for each pair of input
and unit, and a bias a unit. A convolution has a weight for each place in its filter, and a bias a
filter.

>>> for row in cnn.rows:
...     if row.params:
...         print(f"{row.name:14}", row.params.text)
conv_1         (3·3·3 + 1)·32 = 896
conv_1_norm    4·32 = 128
conv_2         (3·3·32 + 1)·32 = 9,248
conv_2_norm    4·32 = 128
conv_3         (3·3·32 + 1)·64 = 18,496
conv_3_norm    4·64 = 256
conv_4         (3·3·64 + 1)·64 = 36,928
conv_4_norm    4·64 = 256
dense_1        (4096 + 1)·128 = 524,416
dense_1_norm   4·128 = 512
probabilities  (128 + 1)·10 = 1,290
>>> cnn.params, fnn.params
(Params(592554), Params(646260))

A *trainable* parameter is changed by the optimizer. A *non-trainable* one is not: the moving values
of a normalisation, and every weight of a layer that you have frozen (next chapter).

>>> cnn.params.trainable + cnn.params.non_trainable == cnn.params
True

## MACs: what is computed

A network spends nearly all of its time on one thing: multiply two numbers and add the product to a
sum. This is called a *multiply-accumulate*, MAC.

A dense layer multiplies each input once with each of its weights. So its MACs are its weights:

>>> print(kb.dense_macs(3072, 200).text)
3072·200 = 614,400

A convolution uses its filter again at every position. So its MACs are its weights times the
positions of its *output*. For the first convolution of the small network of chapter 8:

>>> print(kb.conv_macs((32, 32), 4, channels=3, filters=10, strides=2, padding="same").text)
16·16·4·4·3·10 = 122,880

Its 480 weights do the work of 122,880 multiplications. That is the whole idea of a convolution, and
also its price:

>>> cnn.macs, fnn.macs
(Macs(10847488), Macs(645900))
>>> round(cnn.macs / fnn.macs, 1)
16.8

The CNN stores 8.3 % less than the FNN and computes 16.8 times as much. The number of parameters
says nothing about the time that a network takes.

Which layer takes it?

>>> for row in cnn.rows:
...     if row.macs:
...         print(f"{row.name:14}{row.macs / cnn.macs:6.1%}   {row.macs.text}")
conv_1          8.2%   32·32·3·3·3·32 = 884,736
conv_2         21.7%   16·16·3·3·32·32 = 2,359,296
conv_3         43.5%   16·16·3·3·32·64 = 4,718,592
conv_4         21.7%   8·8·3·3·64·64 = 2,359,296
dense_1         4.8%   4096·128 = 524,288
probabilities   0.0%   128·10 = 1,280

88.5 % of the *parameters* are in `dense_1`, and 4.8 % of the *work*. To store less, make the dense
layer smaller; to compute less, look at `conv_3`.

On the site, see what a larger image, a stride or another filter does to the work of one layer:

<!-- kb:calculator conv_macs((32, 32), 3, channels=3, filters=32, strides=1, padding="same") -->

## FLOPs, and conventions

A MAC is two operations, a multiplication and an addition. So there is a second measure, *FLOPs*,
the number of floating-point operations, and it is twice the first:

>>> int(cnn.macs), int(cnn.flops)
(10847488, 21694976)

Papers and tools use both words, and some write FLOPs for what are MACs. Before you compare two
numbers, find out which they are. What this library counts is written down:

- for *one* sample, not for a batch;
- products of layers with their weights, and of attention; a product with a zero of the padding
  counts, since the computer does not know;
- not the additions of biases, activations, normalisations and poolings. They are one operation a
  number, where a convolution has hundreds.

What a layer of your own does, a file does not say. The report of the file then says "at least", and
names the layer. It never counts 0 for what it does not know.

## Memory

A number of the usual type, `float32`, takes 4 bytes. So the weights of the CNN take

>>> print(kb.memory_bytes(592_554).text)
592554·4 = 2,370,216
>>> kb.memory_bytes(592_554).human, kb.memory_bytes(592_554, dtype="float16").human
('2.26 MiB', '1.13 MiB')

That is about the size of the file that you save. Training takes more:

1. the weights;
2. a gradient for each trainable weight, which says where to move it;
3. what the optimizer remembers. Adam keeps two numbers for each trainable weight;
4. what each layer has put out. It is needed to compute the gradients, for *every image of the
   batch*; and the gradients on their way back through the layers.

>>> memory = cnn.memory(batch_size=32)
>>> print(memory.training_bytes.text)
2370216 + 2367656 + 4735320 + 32·1028136 = 42,373,544
>>> memory.training_bytes.human
'40.41 MiB'

The first three are there once. The fourth grows with the batch, and soon it is the largest. This is
why "out of memory" is mended by a smaller batch. How large may a batch be, if there is 1 GiB?

>>> cnn.largest_batch(1024**3)
1035
>>> fnn.largest_batch(1024**3)
67612

What is frozen needs less. Below the first layer that is trained, nothing has to be kept: to train a
new top alone on a large network that somebody else has trained costs little more than to use it.

In use there are no gradients, and what a layer has put out may be forgotten as soon as the next one
has read it. TensorFlow and JAX do so; on PyTorch, Keras runs the layers one by one, and holds what
each has put out until the model ends:

>>> cnn.memory(batch_size=32, backend="tensorflow").inference_bytes.human
'10.26 MiB'
>>> cnn.memory(batch_size=32, backend="torch").inference_bytes.human
'25.20 MiB'

What the backend's own working space takes comes on top, so leave room. [How we
compare](../comparison.md#memory-beside-what-is-measured) measures how much that is.

## How far a unit sees

One number that comes out of the first convolution depends on 3×3 pixels. One that comes out of the
second depends on 3×3 of these, and so on more pixels. The part of the image that a number depends
on is its *receptive field*.

Each layer adds (size of the filter − 1) · jump pixels. The *jump* is how many pixels of the image
lie between two neighbouring positions: 1 at first, and doubled by each stride of 2.

>>> field = kb.receptive_field([3, 3, 3, 3], strides=[1, 2, 1, 2])
>>> print(field.text)
1 + (3 − 1)·1 + (3 − 1)·1 + (3 − 1)·2 + (3 − 1)·2 = 13
>>> field.jump
4

So no convolution of the CNN sees more than 13×13 of the 32×32 pixels. Something larger than that is
recognised only by the dense layers, from parts. Strides make a network see far at little cost:
without them the same four layers would see 9 pixels.

>>> print(kb.receptive_field([3, 3, 3, 3]).text)
1 + (3 − 1)·1 + (3 − 1)·1 + (3 − 1)·1 + (3 − 1)·1 = 9

The report shows it in the column *Sees*. The arrow of the question can be turned round too: which
filters and strides bring 28 pixels to 14, and how wide may a hidden layer be within a budget?

>>> kb.solve_conv(28, 14)[0].config
{'kernel_size': 3, 'strides': 2, 'padding': 'same', 'dilation_rate': 1}
>>> print(kb.widest_dense(100_000, 3072, outputs=10).text)
⌊(100000 − 10) / (3072 + 1 + 10)⌋ = 32

## Files, and what changed

The report needs no model in memory. Give it the path of a saved file: it is read as data, in
milliseconds and without Keras.

>>> import tempfile
>>> from pathlib import Path
>>> folder = tempfile.TemporaryDirectory()
>>> path = Path(folder.name, "small.keras")
>>> small = kb.cnn_classifier((28, 28, 1), 10, filters=(16, 32), strides=2, hidden_units=())
>>> small.save(path)
>>> kb.explain(path)
<ModelReport of 'cnn_classifier': ... rows, 20,682 params>

`kb.compare` puts two models side by side, and says only what differs:

>>> wide = kb.cnn_classifier((28, 28, 1), 10, filters=(16, 64), strides=2, hidden_units=())
>>> print(kb.compare(path, wide))
cnn_classifier → cnn_classifier; ...
~ conv_2 (Conv2D)
    output: 7×7×32 → 7×7×64
    parameters: 4,640 → 9,280
...
parameters        20,682 → 41,130 (+20,448, +98.9 %)
...

The rows are plain data as well. `report.to_records()` goes straight into a table of pandas,
`to_markdown()` into a pull request, `to_html()` into a page whose numbers unfold.

>>> record = kb.explain(path).to_records()[1]
>>> record["name"], record["params"], record["params_text"]
('conv_1', 160, '(3·3·1 + 1)·16 = 160')

## Budgets

Networks grow when nobody looks. A *budget* looks for you: the command line fails if a model has
more than you allow. In the automatic checks of a project, this one line is enough:

`kerasbook explain small.keras --max-params 20_000 --max-macs 1_000_000`

It prints the report, says what is exceeded, and ends with status 1, which stops the checks. The
same from Python:

>>> print(kb.explain(path).budget(max_params=20_000, max_macs=1_000_000))
Budget        At most    Model
parameters     20,000   20,682  ✗ exceeded by 682
MACs        1,000,000  269,696  ✓ met

## Why other counters differ

Many tools count. On one and the same network they often disagree, seldom because one of them has a
bug. The full table, measured and dated, is the page *How we compare*. These are the reasons in it.

**They count what they know by name.** torchinfo and thop know the classes of PyTorch. Layers of
Keras, on the PyTorch backend, are none of these, and get 0 without a warning.

**They multiply weights by output positions.** That is right for a convolution. A transposed one
works the other way round: each *input* position is multiplied with the whole filter. With strides
of 2 the output is larger, and so is the error. From 14×14 to 29×29, 4 channels to 10:

>>> print(kb.conv_transpose_macs((14, 14), 3, channels=4, filters=10).text)
14·14·3·3·4·10 = 70,560
>>> 29 * 29 * 3 * 3 * 4 * 10
302760

**They leave the padding out.** Where the filter lies on zeros, JAX's own count takes no product.
Along a side of 14 a 3×3 filter has 14·3 = 42 products, of which 2 are with a zero of the margin:

>>> print(kb.conv_macs((14, 14), 3, channels=4, filters=10, padding="same").text)
14·14·3·3·4·10 = 70,560
>>> (14 * 3 - 2) ** 2 * 4 * 10
64000

**They count a loop once.** A recurrent layer does the same for each step of its input. What reads
the compiled program sees the body of the loop and not how often it runs. Of 20 steps it counts one:

>>> print(kb.lstm_macs(inputs=4, units=8, timesteps=20).text)
20·4·(4 + 8)·8 = 7,680
>>> 4 * (4 + 8) * 8
384

**They miss what is fused.** Processors have attention and whole LSTMs as single operations. A tool
that listens to the operations hears one name that it does not know.

**They add the rest.** Biases, softmax, normalisation: a few more operations a number. Such a count
is a few per cent higher, and not wrong, only another convention.

So a number without its convention is worth little. Here each can be asked: `row.macs.text`.

## What to remember

- Parameters are what is stored; MACs are what is computed, for one sample; FLOPs are twice that.
- A convolution computes its weights once for each output position.
- Few parameters do not mean little work.
- Training memory: weights + gradients + optimizer + batch · activations.
- Receptive field: each layer adds (filter − 1) · jump.
- Before you compare two counts, compare their conventions.

## Exercises

**1.** A 3×3 convolution goes from 64 to 128 channels on a 56×56 image, stride 1, padding `"same"`.
How many MACs?

??? success "Answer"

    >>> print(kb.conv_macs((56, 56), 3, channels=64, filters=128, padding="same").text)
    56·56·3·3·64·128 = 231,211,008

**2.** The same with stride 2: what part of the work is left?

??? success "Answer"

    A quarter: 28·28 positions instead of 56·56.

    >>> half = kb.conv_macs((56, 56), 3, channels=64, filters=128, strides=2, padding="same")
    >>> half / kb.conv_macs((56, 56), 3, channels=64, filters=128, padding="same")
    0.25

**3.** How much training memory does the CNN take with SGD instead of Adam, at a batch of 32?

??? success "Answer"

    SGD without momentum remembers nothing of each weight, so two of the three copies besides
    the weights fall away. The activations stay.

    >>> cnn.memory(32, optimizer="sgd").training_bytes.human
    '35.89 MiB'

**4.** How many 3×3 convolutions of stride 1 does it take until a unit sees all 32 pixels of a row?

??? success "Answer"

    Each adds 2: 1 + 2n ≥ 32, so n = 16. With strides it takes far fewer; that is what they are
    for.

    >>> int(kb.receptive_field([3] * 15)), int(kb.receptive_field([3] * 16))
    (31, 33)
    >>> int(kb.receptive_field([3] * 5, strides=[2, 2, 2, 2, 1]))
    63

**5.** What in this chapter's CNN would you change to halve its parameters, and what to halve its
MACs?

??? success "Answer"

    For the parameters, fewer units in `dense_1`; for example 64. For the MACs, let the first
    two convolutions halve the image instead of the second and the fourth:

    >>> slim = kb.explain(kb.cnn_classifier(hidden_units=64))
    >>> print(f"parameters {slim.params / cnn.params:.0%}, MACs {slim.macs / cnn.macs:.0%}")
    parameters 56%, MACs 98%
    >>> early = kb.explain(kb.cnn_classifier(strides=(2, 2, 1, 1)))
    >>> print(f"parameters {early.params / cnn.params:.0%}, MACs {early.macs / cnn.macs:.0%}")
    parameters 100%, MACs 45%
    >>> folder.cleanup()

**What follows.** In the next chapter, `your_own_model`, you take networks apart and put them to
work in projects of your own.
"""
