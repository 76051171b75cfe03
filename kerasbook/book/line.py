r"""One unit learns a line, and every number of its training can be redone by hand.

At the end of this chapter you can read the two parameters of a unit, follow one step of training
with pencil and paper, train the unit with Keras, and say why its answer is nearly, but not exactly,
right.

## The data

Here are six points. Each has an $x$, which is the input, and a $y$, which is the right answer:

| *x* | −1 | 0 | 1 | 2 | 3 | 4 |
|---|---|---|---|---|---|---|
| *y* | −3 | −1 | 1 | 3 | 5 | 7 |

You may see the rule at once: double $x$ and take 1 away, $y = 2x - 1$. The network is not told. It
sees only the twelve numbers.

>>> import keras
>>> import kerasbook as kb
>>> data = kb.datasets.line()
>>> data.x_train.ravel()
array([-1.,  0.,  1.,  2.,  3.,  4.], dtype=float32)
>>> data.y_train.ravel()
array([-3., -1.,  1.,  3.,  5.,  7.], dtype=float32)

**Why `ravel`?** Keras wants one row per sample, even if a sample is a single number. The array has
the shape `(6, 1)`: six samples of one number each. `ravel` lays it flat to print it.

>>> data.x_train.shape
(6, 1)

## The model

One unit with one input computes $\hat y = w x + b$: weight times input, plus bias. The hat over the
$y$ says that this is the model's answer and not the true one. A layer whose units look at *all*
inputs is called **dense**, so the model is one `Dense` layer of one unit:

>>> model = kb.linear_regressor(seed=0)
>>> [layer.name for layer in model.layers]
['input', 'prediction']

How many numbers does training have to find?

>>> kb.dense_params(inputs=1, units=1).text
'(1 + 1)·1 = 2'

**Why two and not one, with one input?** Because of the bias. You can think of it as the weight of a
second input that is always 1, called the *bias unit*: $w \cdot x + b \cdot 1$. Without it the line
would have to go through the point (0, 0), and ours goes through (0, −1).

>>> kb.dense_params(inputs=1, units=1, use_bias=False).text
'1·1 = 1'

**And where is the activation?** In general a unit answers $g(w x + b)$, with an activation $g$.
Here $g$ changes nothing, $g(z) = z$, since the answer is to be any number. Keras calls this
activation `linear`.

>>> model.get_layer("prediction").activation.__name__
'linear'

## How wrong is a guess?

Let us begin with $w = 0$ and $b = 0$. The model then answers 0 to everything, and is off by 3, 1,
1, 3, 5 and 7. Square these errors, so that −3 is as bad as 3, and take the mean:

$$\frac{9 + 1 + 1 + 9 + 25 + 49}{6} = \frac{94}{6} = 15.67$$

This is the **mean squared error**, the loss of this model. The right $w$ and $b$ have the loss 0.

>>> errors = [3, 1, -1, -3, -5, -7]  # the model's answer, 0, less the right one
>>> round(sum(error**2 for error in errors) / 6, 2)
15.67

## One step, by hand

Should $w$ be larger or smaller? The slope of the loss along $w$ tells: it is the mean of twice the
error times $x$. The slope along $b$ is the mean of twice the error. (For those who know
derivatives: the square gives the 2, and $x$ is what $w$ is multiplied by.)

>>> x = [-1, 0, 1, 2, 3, 4]
>>> slope_w = sum(2 * error * value for error, value in zip(errors, x)) / 6
>>> slope_b = sum(2 * error for error in errors) / 6
>>> round(slope_w, 2), round(slope_b, 2)
(-17.67, -4.0)

Both are negative: the loss falls when $w$ and $b$ grow. So move each against its slope, but only by
a small part of it. This part is the **learning rate**; 0.01 is Keras's choice here.

>>> round(0 - 0.01 * slope_w, 4), round(0 - 0.01 * slope_b, 4)
(0.1767, 0.04)

That is the whole of **gradient descent**: compute the slopes, go a little downhill, again. It is
called *stochastic* gradient descent, SGD, when each step looks only at some of the samples, a
**batch**. Our six points fit into one batch, so here each step sees all of them. One pass over all
samples is an **epoch**.

Does Keras do the same? Give it our first guess, and let it train for one epoch:

>>> import numpy as np
>>> model.set_weights([np.array([[0.0]]), np.array([0.0])])
>>> history = model.fit(data.x_train, data.y_train, epochs=1, verbose=0)
>>> round(history.history["loss"][0], 2)
15.67
>>> [round(weight.item(), 4) for weight in model.get_weights()]
[0.1767, 0.04]

To the last digit shown. There is nothing in training but this.

## Five hundred steps

Now the real training. A new model starts from a random weight. The seed says which random weight,
so that you get the same one as we did:

>>> model = kb.linear_regressor(seed=0)
>>> type(model.optimizer).__name__, model.loss
('SGD', 'mean_squared_error')

Six points make one batch, so 500 epochs make 500 steps:

>>> kb.training_steps(samples=6, batch_size=32, epochs=500).text
'⌈6 / 32⌉·500 = 500'

>>> history = model.fit(data.x_train, data.y_train, epochs=500, verbose=0)
>>> losses = history.history["loss"]
>>> losses[0] > 1, losses[-1] < 0.0001
(True, True)

What did it find?

>>> weight, bias = (value.item() for value in model.get_weights())
>>> print(f"y = {weight:.4f}·x + ({bias:.4f})")
y = 1.99...·x + (-0.9...)
>>> 1.99 < weight < 2.001, -1.001 < bias < -0.98
(True, True)

Very nearly 2 and −1, from twelve numbers. Ask it about an $x$ that was not among them, 5:

>>> answer = model.predict(data.x_test, verbose=0).ravel()
>>> print(f"at x = 5: {answer[0]:.3f}; at x = 10: {answer[1]:.3f}")
at x = 5: 8.99...; at x = 10: 18.9...

The truth is 9 and 19. The picture shows the points, the line and the two new points:

>>> kb.FitDisplay.from_model(model, data.x_train, data.y_train, new=data.x_test).plot()
<FitDisplay: y = 1.99...>

## Why only nearly?

Because each step is a part of the slope, and the slope gets smaller near the best place. The steps
get shorter and shorter; the model comes as close as you like, and never quite arrives. More epochs
bring it closer. For almost every use, close is enough.

**Why does the bias lag behind the weight?** The inputs here reach from −1 to 4, so a change of $w$
moves the answers far more than the same change of $b$. The loss is steep along $w$ and flat along
$b$, and a flat direction has short steps.

## The published run, repeated

The article that this book follows printed its own run: a loss that falls from 13.4237 to
3.8166e-05, and at the end $w = 1.9973876$ and $b = -0.99190086$. It does not print the weight
it started with, but the first loss gives it away. With $b = 0$ only one small positive weight has
the loss 13.4237, and that is about 0.132:

>>> start = 0.13206
>>> round(sum((start * v - (2 * v - 1)) ** 2 for v in x) / 6, 4)
13.4237

Start there. Training is so little that it can be written out without Keras; this is the step from
above, 500 times:

>>> w, b = start, 0.0
>>> for epoch in range(500):
...     errors = [w * value + b - (2 * value - 1) for value in x]
...     loss = sum(error**2 for error in errors) / 6
...     slope_w = sum(2 * error * value for error, value in zip(errors, x)) / 6
...     slope_b = sum(2 * error for error in errors) / 6
...     w, b = w - 0.01 * slope_w, b - 0.01 * slope_b
>>> f"{loss:.3e}", round(w, 5), round(b, 5)
('3.816e-05', 1.99739, -0.9919)

The whole published run has come back, to all the digits shown. Its line gives 8.995 at $x = 5$ and
18.982 at $x = 10$:

>>> kb.weighted_sum([5], [1.9973876], bias=-0.99190086).text
'5·1.9973876 − 0.99190086 = 8.99503714'
>>> kb.weighted_sum([10], [1.9973876], bias=-0.99190086).text
'10·1.9973876 − 0.99190086 = 18.98197514'

## What to remember

- A unit with one input has two parameters, weight and bias: $\hat y = g(w x + b)$.
- The loss of a model of numbers is usually the mean squared error.
- A step of gradient descent moves each parameter against its slope, times the learning rate.
- A batch is the samples of one step; an epoch is one pass over all samples.
- Training comes close to the best parameters; it does not land on them.

## Exercises

**1.** How many parameters has a unit with three inputs? With three inputs and without a bias?

??? success "Answer"

    A weight for each input, and one bias:

    >>> kb.dense_params(inputs=3, units=1).text
    '(3 + 1)·1 = 4'
    >>> kb.dense_params(inputs=3, units=1, use_bias=False).text
    '3·1 = 3'

**2.** What is the loss of the guess $w = 2$, $b = 0$?

??? success "Answer"

    Every answer is too large by 1, so every squared error is 1, and so is their mean.

    >>> sum((2 * v - (2 * v - 1)) ** 2 for v in x) / 6
    1.0

**3.** Do one step from $w = 2$, $b = 0$ by hand. Why does $w$ move although it was right?

??? success "Answer"

    Each error is 1. The slope along $w$ is $2 \cdot (-1 + 0 + 1 + 2 + 3 + 4) / 6 = 3$, along $b$
    it is 2. So $w = 2 - 0.03$ and $b = 0 - 0.02$. The step does not know which of the two is to
    blame, and shares the blame by slope.

    >>> model.set_weights([np.array([[2.0]]), np.array([0.0])])
    >>> history = model.fit(data.x_train, data.y_train, epochs=1, verbose=0)
    >>> [round(value.item(), 2) for value in model.get_weights()]
    [1.97, -0.02]

**4.** The learning rate is 0.01. What happens with 0.3?

??? success "Answer"

    Each step jumps over the best place and lands further away than before. The loss grows.

    >>> keras.utils.set_random_seed(0)
    >>> hasty = kb.linear_regressor(optimizer=keras.optimizers.SGD(learning_rate=0.3), seed=0)
    >>> history = hasty.fit(data.x_train, data.y_train, epochs=5, verbose=0)
    >>> history.history["loss"][-1] > history.history["loss"][0]
    True

**What follows.** The next chapter, `fnn`, goes from one unit to 360, and from six points to
photographs.
"""
