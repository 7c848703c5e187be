"""Which epochs a log directory holds already."""

from tb_actmax.records.event import PLUGIN_NAME


def logged_steps(directory: str) -> dict[str, list[int]]:
    """Reads the tags and steps of the events in a directory.

    A file that ends in the middle of a record, as after a crash, is read up
    to there.

    Args:
        directory: Directory of event files; it need not exist. Any file
            system that TensorFlow knows.

    Returns:
        Steps in ascending order, by tag.
    """
    return read_log(directory)[0]


def read_log(
    directory: str,
) -> tuple[dict[str, list[int]], dict[str, list[bytes]]]:
    """Reads the steps of a directory's events, and the newest events.

    Args:
        directory: As `logged_steps` takes it.

    Returns:
        Steps in ascending order, by tag; and the blobs of the event with the
        largest step, by tag.
    """
    import tensorflow as tf
    from tensorflow.core.util import event_pb2

    steps: dict[str, set[int]] = {}
    newest: dict[str, list[bytes]] = {}
    ours: set[str] = set()
    pattern = tf.io.gfile.join(directory, "*tfevents*")
    for path in sorted(tf.io.gfile.glob(pattern)):
        records = tf.data.TFRecordDataset(path).as_numpy_iterator()
        while True:
            try:
                record = next(records)
            except StopIteration:
                break
            except tf.errors.DataLossError:
                break  # torn: what follows was never finished
            event = event_pb2.Event.FromString(record)
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == PLUGIN_NAME:
                    ours.add(value.tag)
                if value.tag in ours:
                    known = steps.setdefault(value.tag, set())
                    if event.step >= max(known, default=event.step):
                        newest[value.tag] = list(value.tensor.string_val)
                    known.add(event.step)
    return {tag: sorted(found) for tag, found in steps.items()}, newest
