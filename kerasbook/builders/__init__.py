"""The article's three networks as functions: each returns a compiled, plain `keras.Model`.

| function | network | parameters |
|---|---|---|
| `linear_regressor()` | one unit on one input | 2 |
| `fnn_classifier()` | 3,072 pixels → 200 → 150 → 10 classes | 646,260 |
| `cnn_classifier()` | four convolution blocks → 128 → 10 classes | 592,554 |

What they return is built from Keras's own layers only. There is no class of kerasbook in it, so a
saved model opens in any project that has Keras, and everything that Keras's documentation says of a
functional model holds for it.

Layer names are the same in every model, each behind the model's `prefix` if it was given one, so
that `model.get_layer(name)` works without looking:

| name | layer |
|---|---|
| `input` | the input |
| `rescaling` | the factor `input_scale` |
| `conv_1`, `conv_2`, … | convolutions |
| `flatten` | image to vector |
| `dense_1`, `dense_2`, … | hidden layers |
| `…_norm`, `…_activation`, `…_dropout` | what follows the layer named before the underscore |
| `probabilities` | one probability per class: the head `"softmax"`, or `"sigmoid"` of several |
| `probability` | the head `"sigmoid"` of two classes: the probability of class 1 |
| `prediction` | the head `"linear"`: the predicted numbers |

Keras gives an optimizer its state at the first training step, and warns when it loads a compiled
model that was saved before that; `keras.models.load_model(path, compile=False)` does not.

An activation function that follows its layer directly is that layer's own `activation`; it has a
layer `…_activation` if it comes after a normalization or is a layer itself, as `LeakyReLU` is.

The models fit into what others have made for Keras models. A grid search by scikit-learn, through
Keras's wrapper (pass `epochs=` and `verbose=` to `grid.fit`):

```python
def build(X, y, **options):
    return fnn_classifier(X.shape[1:], y.shape[1], **options)


grid = GridSearchCV(
    keras.wrappers.SKLearnClassifier(build),
    {"model_kwargs": [{"hidden_units": (16,)}, {"hidden_units": (64,), "dropout": 0.2}]},
)
```

A search by KerasTuner, which calls a function with the values that it tries:

```python
def hypermodel(hp):
    units, rate = hp.Choice("units", [64, 128, 256]), hp.Float("dropout", 0, 0.5)
    return cnn_classifier(hidden_units=(units,), dropout=rate)


tuner = keras_tuner.RandomSearch(hypermodel, "val_accuracy", max_trials=10)
```

Transfer learning, with blocks that are frozen under a new head:

```python
backbone = keras.Model(model.input, model.get_layer("flatten").output)
backbone.trainable = False
answer = keras.layers.Dense(3, activation="softmax")(backbone.output)
```

Two backbones in one model, which needs names of its own for every layer: give each a `prefix`. One
alone needs it too under layers without a given name: Keras calls its second `Dense` `dense_1`.

```python
left = cnn_classifier((32, 32, 3), head=None, prefix="left_")
right = fnn_classifier((13,), head=None, prefix="right_")
both = keras.layers.Concatenate()([left.output, right.output])
answer = keras.layers.Dense(3, activation="softmax")(both)
model = keras.Model([left.input, right.input], answer)
```

In mixed precision (`keras.mixed_precision.set_global_policy("mixed_float16")`) the head still
computes in 32 bits, because probabilities need them.
"""

from kerasbook.builders.cnn import cnn_classifier
from kerasbook.builders.fnn import fnn_classifier
from kerasbook.builders.linear import linear_regressor

__all__ = ["cnn_classifier", "fnn_classifier", "linear_regressor"]
