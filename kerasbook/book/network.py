r"""A network is layers of units, and a unit is a sum that you can do by hand.

At the end of this chapter you can say what a neuron, a layer and a network are, compute what one
neuron answers, and name the five steps in which every model of this book is made.

## From a nerve cell to a sum

A nerve cell has three parts that matter here. Its **dendrites** are branches that bring signals
in. Its body gathers them. Its **axon** is one long branch that carries a signal out, to the
dendrites of other cells. The place where an axon meets a dendrite is a **synapse**; some synapses
pass a signal on strongly, others weakly, and some work against it.

Three properties make such a cell useful:

- **Excitability.** The cell reacts only if the gathered signals reach a threshold, and then it
  reacts fully. It answers all or nothing.
- **Conductivity.** The reaction travels along the axon to its end.
- **Transmission.** The synapse hands it over to the next cell, with its own strength.

An artificial neuron keeps the idea and drops the biology. Signals become numbers. The strength of
a synapse becomes a number too, the **weight**. To gather means to multiply each input by its
weight and to add up the products. Take two inputs, 3 and 2, with the weights 0.5 and −1:

$$3 \cdot 0.5 + 2 \cdot (-1) = 1.5 - 2 = -0.5$$

The library does the same, and writes the sum out:

>>> import kerasbook as kb
>>> kb.weighted_sum([3, 2], [0.5, -1]).text
'3·0.5 + 2·(−1) = −0.5'

**Where is the threshold?** In one more number, the **bias**, which is added to the sum. A cell
that needs at least 2 to react is one that reacts when the sum less 2 is not negative: its bias is
−2. What the neuron then makes of the sum is decided by its **activation function**. "All or
nothing" is the simplest: 1 if the sum is at least 0, otherwise 0.

>>> total = kb.weighted_sum([3, 2], [1, 0.5], bias=-2)
>>> total.text
'3·1 + 2·0.5 − 2 = 2'
>>> int(total.value >= 0)
1

That is the whole neuron: multiply, add, add the bias, apply the activation. A **unit** is another
word for it, and the one that Keras uses.

## Shallow and deep

One unit can do little. Units that look at the same inputs, side by side, form a **layer**. A
**network** is layers in a row: the outputs of one layer are the inputs of the next. The layers
between the input and the last one are **hidden**, because nobody tells them what to answer.

A network with no or one hidden layer is **shallow**, one with several is **deep**. Deep learning
is the training of deep networks, nothing more mysterious.

Which one do you need? It depends on the data:

| data | examples | one number by itself means | suits |
|---|---|---|---|
| structured | a table of flats: area, rooms, year | a lot: an area is an area | a shallow network |
| unstructured | an image, a text, a recording | little: a pixel is no face | a deep network |

In a table, people have already chosen the columns. In an image, somebody has to find out which
combinations of pixels are worth looking at. The hidden layers of a deep network do that.

## A detector of smiles

Imagine a network that is shown photographs of faces and says whether the person smiles. Follow
one signal from the pixels to the answer:

| unit | in | what it looks at | what makes it answer strongly |
|---|---|---|---|
| A | the input | one pixel | a bright spot in one place |
| B | a first hidden layer | units like A | an **edge**, bright by dark: a *low-level* feature |
| C | a later hidden layer | units like B | edges in a row, teeth: a *high-level* feature |
| D | the last layer | units like C | teeth, raised corners of the mouth: a smile |

No unit is clever. B is a weighted sum of a few pixels. Here are four pixels, bright above (1) and
dark below (0), and the weights of a unit that looks for just that:

>>> bright_above_dark = [[1, 1], [0, 0]]
>>> edge = [[1, 1], [-1, -1]]
>>> kb.weighted_sum(bright_above_dark, edge).text
'1·1 + 1·1 + 0·(−1) + 0·(−1) = 2'

An evenly bright patch holds no edge, and the same unit answers 0:

>>> kb.weighted_sum([[1, 1], [1, 1]], edge).text
'1·1 + 1·1 + 1·(−1) + 1·(−1) = 0'

**Who chose these weights?** Here, we did. In a real network nobody does, and nobody decides that C
is to look for teeth. All weights start as random numbers, so at first D talks nonsense. **Training
is the search for weights with which the last layer answers rightly.** What the layers in between
come to look for is a result of that search. (Real units rarely stand for one thing as neatly as
in the table. The order, from simple to composed, does appear.)

## Keras in three ideas

Keras is a library for building and training networks. Its vocabulary is small:

1. A **model** is a network: what you train, save and ask.
2. A **layer** has an input and an output, and usually weights. Models are put together from them.
3. An **optimizer** and a **loss** do the training. The loss is one number that says how wrong the
   model is; 0 would be perfect. The optimizer is the rule by which weights are changed to make the
   loss smaller.

With these words, all training is one loop:

1. show the model some samples and let it answer;
2. compute the loss from its answers and the right ones;
3. find out for each weight whether a little more or a little less of it would lower the loss;
4. let the optimizer move each weight a small step in its better direction;
5. begin again.

**How can step 3 be done for thousands of weights?** By calculus: the chain rule gives the slope of
the loss along every weight in one pass through the network, from the last layer back to the
first. This is called *backpropagation*. Keras does it for you, and you can use it well without
ever doing it by hand.

## The five steps

Every model in this book is made in the same five steps. Here they are with the smallest model that
there is, one unit on one input. The next chapter looks at each number; for now see only the order.

**1. Create.** Choose the layers.

>>> import keras
>>> keras.utils.set_random_seed(0)
>>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])

**2. Inspect.** Look at what you have created, before it costs time. Keras's own way is
`model.summary()`. This library's `explain` shows each number with its arithmetic:

>>> report = kb.explain(model)
>>> report.params.text
'(1 + 1)·1 = 2'

**3. Compile.** Choose the optimizer and the loss.

>>> model.compile(optimizer="sgd", loss="mean_squared_error")

**4. Fit.** Train: run the loop above on some data.

>>> data = kb.datasets.line()
>>> history = model.fit(data.x_train, data.y_train, epochs=20, verbose=0)
>>> history.history["loss"][-1] < history.history["loss"][0]
True

**5. Evaluate and predict.** Ask how good the model is on data that it has not seen, and let it
answer new questions.

>>> loss = model.evaluate(data.x_test, data.y_test, verbose=0)
>>> model.predict(data.x_test, verbose=0).shape
(2, 1)

`Sequential`, `Dense`, `sgd`: each of these words has its place in the chapters that follow.

## What to remember

- A unit multiplies each input by a weight, adds the products and a bias, and applies an
  activation function.
- A layer is units side by side; a network is layers in a row; deep means several hidden layers.
- Tables suit shallow networks. Images, text and sound suit deep ones, whose first layers find
  simple features and whose later layers compose them.
- Training is the search for weights that make the loss small.
- The five steps: create, inspect, compile, fit, then evaluate and predict.

## Exercises

**1.** A unit has the weights 2, −1 and 0.5 and the bias 1. What is its sum for the inputs 1, 4
and 6, and does an all-or-nothing activation answer 1?

??? success "Answer"

    $1 \cdot 2 + 4 \cdot (-1) + 6 \cdot 0.5 + 1 = 2$, which is at least 0, so it answers 1.

    >>> total = kb.weighted_sum([1, 4, 6], [2, -1, 0.5], bias=1)
    >>> total.text, int(total.value >= 0)
    ('1·2 + 4·(−1) + 6·0.5 + 1 = 2', 1)

**2.** The edge unit above is shown the patch upside down: dark above, bright below. What does it
answer, and what does the sign tell?

??? success "Answer"

    It answers −2. The edge is there, and it runs the other way: the strongest disagreement
    is the same pattern with light and dark exchanged.

    >>> kb.weighted_sum([[0, 0], [1, 1]], edge).value
    -2

**3.** A unit answers 1 only if both of its inputs are 1 (they are 0 or 1 each). Its weights are 1
and 1. Find a bias.

??? success "Answer"

    The sum without the bias is 0, 1 or 2, and only 2 is to pass. Any bias from −2 up to, but
    not including, −1 will do; take −1.5.

    >>> pairs = [(0, 0), (0, 1), (1, 0), (1, 1)]
    >>> [int(kb.weighted_sum(pair, [1, 1], bias=-1.5).value >= 0) for pair in pairs]
    [0, 0, 0, 1]

**4.** In which of the five steps does each belong: choosing the loss; choosing the number of
units; counting parameters; changing weights?

??? success "Answer"

    Compile, create, inspect, fit. To compile changes no weight:

    >>> before = model.get_weights()[0].item()
    >>> model.compile(optimizer="sgd", loss="mean_squared_error")
    >>> model.get_weights()[0].item() == before
    True

**What follows.** The next chapter, `line`, takes this one unit and watches it learn.
"""
