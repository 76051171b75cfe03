"""Where a model's graph comes from: a saved file, Keras's JSON, or a model in memory."""
