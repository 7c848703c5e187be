"""A model as a function of images: its layers, units, receptive fields."""

import keras

if keras.config.backend() != "tensorflow":
    raise ImportError(
        f"Keras runs on the backend {keras.config.backend()!r}; tb_actmax "
        "takes gradients with TensorFlow. Set KERAS_BACKEND=tensorflow before "
        "Keras is imported."
    )
