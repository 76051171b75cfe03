"""The article's three networks as functions: each returns a compiled, plain `keras.Model`.

| function | network | parameters |
|---|---|---|
| `linear_regressor()` | one unit on one input | 2 |
| `fnn_classifier()` | 3,072 pixels → 200 → 150 → 10 classes | 646,260 |
| `cnn_classifier()` | four convolution blocks → 128 → 10 classes | 592,554 |

The models are functional Keras models built from Keras's own layers only. A saved model opens in
any project that has Keras, and Keras's documentation of functional models applies.

Layers have the same names in every model, each after the model's `prefix` if there is one, for
`model.get_layer(name)`:

| name | layer |
|---|---|
| `input` | the input |
| `rescaling` | multiplication with `input_scale` |
| `conv_1`, `conv_2`, … | convolutions |
| `flatten` | image to vector |
| `dense_1`, `dense_2`, … | hidden layers |
| `…_norm`, `…_activation`, `…_dropout` | normalization, activation and dropout after a layer |
| `probabilities` | the head `"softmax"`, or `"sigmoid"` of several: one probability per class |
| `probability` | the head `"sigmoid"` of two classes: the probability of class 1 |
| `prediction` | the head `"linear"`: the predicted numbers |

An activation function directly after a layer is that layer's `activation`. It has its own layer
`…_activation` if it follows a normalization, or if it is a layer itself, such as `LeakyReLU`.

Keras warns when it loads a compiled model that was saved before its first training step, because
the optimizer has no state yet; `keras.models.load_model(path, compile=False)` does not warn.

The models work with other packages for Keras models. A grid search with scikit-learn uses Keras's
wrapper (pass `epochs=` and `verbose=` to `grid.fit`):

```python
def build(X, y, **options):
    return fnn_classifier(X.shape[1:], y.shape[1], **options)


grid = GridSearchCV(
    keras.wrappers.SKLearnClassifier(build),
    {"model_kwargs": [{"hidden_units": (16,)}, {"hidden_units": (64,), "dropout": 0.2}]},
)
```

A search with KerasTuner needs a function of the hyperparameters:

```python
def hypermodel(hp):
    units, rate = hp.Choice("units", [64, 128, 256]), hp.Float("dropout", 0, 0.5)
    return cnn_classifier(hidden_units=(units,), dropout=rate)


tuner = keras_tuner.RandomSearch(hypermodel, "val_accuracy", max_trials=10)
```

Transfer learning freezes the convolution blocks below a new head:

```python
backbone = keras.Model(model.input, model.get_layer("flatten").output)
backbone.trainable = False
answer = keras.layers.Dense(3, activation="softmax")(backbone.output)
```

Layer names must be unique in a model, so two backbones in one model need a `prefix` each. A single
backbone needs one below layers without a name too, because Keras names its second `Dense`
`dense_1`.

```python
left = cnn_classifier((32, 32, 3), head=None, prefix="left_")
right = fnn_classifier((13,), head=None, prefix="right_")
both = keras.layers.Concatenate()([left.output, right.output])
answer = keras.layers.Dense(3, activation="softmax")(both)
model = keras.Model([left.input, right.input], answer)
```

In mixed precision (`keras.mixed_precision.set_global_policy("mixed_float16")`) the head still
computes in 32 bits, because probabilities need that precision.
"""

from kerasbook.builders.cnn import cnn_classifier
from kerasbook.builders.fnn import fnn_classifier
from kerasbook.builders.linear import linear_regressor

__all__ = ["cnn_classifier", "fnn_classifier", "linear_regressor"]
