"""Models as functions of images: layers, units and receptive fields."""

import keras

if keras.config.backend() != "tensorflow":
    raise ImportError(
        f"Keras runs on the backend {keras.config.backend()!r}; tb_actmax "
        "takes gradients with TensorFlow. Set KERAS_BACKEND=tensorflow before "
        "Keras is imported. Or train as now, save checkpoints with "
        "keras.callbacks.ModelCheckpoint, and show them with "
        "`tb-actmax render`."
    )
