"""Every picture that the library draws, each with the call that draws it.

The pictures need a model and data. Here they are small: a network for the 8×8 digits that come
with scikit-learn, trained for a few seconds. Yours do as well.

>>> import keras
>>> import kerasbook as kb
>>> keras.utils.set_random_seed(0)
>>> digits = kb.datasets.digits(labels="integer")
>>> model = kb.cnn_classifier(
...     digits.input_shape, 10, filters=(16, 32), hidden_units=(32,), labels="integer", seed=0
... )
>>> validation = (digits.x_test, digits.y_test)
>>> history = model.fit(
...     digits.x_train, digits.y_train, epochs=8, validation_data=validation, verbose=0
... )

## The model

The sizes of what flows through a network, to scale. `kind="graph"` draws branches,
`kind="neurons"` the units of a chain of `Dense` layers.

>>> kb.ArchitectureDisplay.from_model(model).plot()
<ArchitectureDisplay: cnn_classifier: ...>

>>> small = keras.Sequential(
...     [keras.Input((3,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(2)],
...     name="small",
... )
>>> kb.ArchitectureDisplay.from_model(small, kind="neurons").plot()
<ArchitectureDisplay: small: ...>

>>> inputs = keras.Input((16,), name="inputs")
>>> x = keras.layers.Dense(16, activation="relu", name="work")(inputs)
>>> branches = keras.Model(inputs, keras.layers.Add(name="skip")([inputs, x]), name="residual")
>>> kb.ArchitectureDisplay.from_model(branches, kind="graph").plot()
<ArchitectureDisplay: residual: ...>

## The data

>>> photos = kb.datasets.photos(labels="integer")
>>> kb.ClassMosaicDisplay.from_arrays(
...     photos.x_train, photos.y_train, class_names=photos.class_names, rng=0
... ).plot()
<ClassMosaicDisplay: ...>

>>> kb.ImageGridDisplay.from_arrays(
...     photos.x_train, photos.y_train, class_names=photos.class_names
... ).plot()
<ImageGridDisplay: ...>

>>> kb.FlattenDisplay.from_image(digits.x_train[0]).plot()
<FlattenDisplay: ...>

## Training

>>> kb.BatchDisplay.from_sizes(24, batch_size=6, epochs=20).plot()
<BatchDisplay: 24 samples in batches of 6: ...>

>>> kb.HistoryDisplay.from_history(history).plot()
<HistoryDisplay: ...>

[`LiveHistory`][kerasbook.displays.LiveHistory] draws the same curves while the training runs.

>>> line = kb.datasets.line()
>>> regressor = kb.linear_regressor(seed=0)
>>> _ = regressor.fit(line.x_train, line.y_train, epochs=200, verbose=0)
>>> kb.FitDisplay.from_model(regressor, line.x_train, line.y_train, new=5).plot()
<FitDisplay: y = ...>

## The parts

>>> kb.ActivationDisplay.from_names(["relu", "leaky_relu", "sigmoid"]).plot()
<ActivationDisplay: ...>

>>> kb.ConvolutionStepDisplay.from_image(digits.x_train[0], "vertical", row=3, column=3).plot()
<ConvolutionStepDisplay: ...>

>>> from skimage import data
>>> kb.EdgeFilterDisplay.from_image(data.coffee()[::2, ::2], value_range=(0, 255)).plot()
<EdgeFilterDisplay: ...>

>>> kb.FilterDisplay.from_model(model).plot()
<FilterDisplay: ...>

>>> kb.BatchNormDisplay.from_model(model, digits.x_train).plot()
<BatchNormDisplay: ...>

>>> kb.DropoutDisplay.from_rate(0.25, seed=0).plot()
<DropoutDisplay: ...>

## What the model sees

>>> kb.FeatureMapDisplay.from_model(model, digits.x_test[0]).plot()
<FeatureMapDisplay: ...>

>>> kb.SaliencyDisplay.from_model(model, digits.x_test[0], class_names=digits.class_names).plot()
<SaliencyDisplay: ...>

## What the model says

>>> kb.PredictionGridDisplay.from_model(
...     model, digits.x_test, digits.y_test, class_names=digits.class_names, rng=0
... ).plot()
<PredictionGridDisplay: ...>

>>> kb.ConfusionDisplay.from_model(
...     model, digits.x_test, digits.y_test, class_names=digits.class_names
... ).plot()
<ConfusionDisplay: ...>
"""
