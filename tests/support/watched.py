"""Short trainings with the callback, and the events that it wrote."""

import numpy as np
import tensorflow as tf

import tb_actmax
from tb_actmax.records import event


def fit(model, digits, callbacks, epochs=2, **more):
    labels = np.arange(len(digits)) % 3
    history = model.fit(
        digits,
        labels,
        batch_size=16,
        epochs=epochs,
        verbose=0,
        callbacks=callbacks,
        **more,
    )
    return history.history


def callback(directory, digits, **more):
    """Returns the callback; it shows one layer by default, at any cost."""
    more = {"filters": 3, "layers": ["conv1"], "budget": None} | more
    return tb_actmax.ActivationMaximization(
        directory, probe=digits, steps=4, warm_steps=2, **more
    )


def events(directory):
    """Returns all events of a log: {(tag, step): Event}."""
    from tensorflow.core.util import event_pb2

    found = {}
    for path in sorted((directory / "actmax").iterdir()):
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            message = event_pb2.Event.FromString(record)
            for value in message.summary.value:
                if value.tag.startswith(("tb_actmax/", "/")):
                    continue  # scalars, thumbnails
                blobs = list(value.tensor.string_val)
                found[value.tag, message.step] = event.decode(blobs)
    return found


def lines(caplog):
    """Returns the messages of tb_actmax, without TensorFlow's."""
    return [r for r in caplog.records if r.name == "tb_actmax"]
