"""A copy of a `tf.data` dataset that can be read without moving the original.

A dataset that shuffles holds a stream of seeds, from which each reading takes
one. Were the training's own dataset read as a probe, each epoch would see its
data in the order of the next.
"""

from typing import Any

import tensorflow as tf


def copied(dataset: Any) -> Any:
    """The same data with shuffling of its own.

    Args:
        dataset: A `tf.data.Dataset`.

    Returns:
        A copy; the dataset itself where TensorFlow cannot copy it.
    """
    try:
        found = tf.raw_ops.DatasetToGraphV2(
            input_dataset=tf.data.experimental.to_variant(dataset),
            external_state_policy=1,  # ignore: tables and files are shared
        )
        graph = tf.compat.v1.GraphDef.FromString(found.numpy())
        nodes = [*graph.node]
        for function in graph.library.function:
            nodes += function.node_def
        for node in nodes:
            if node.op == "ShuffleDatasetV3":
                # The older operation, whose seeds are nobody else's.
                node.op = "ShuffleDataset"
                del node.input[4]
        variant = tf.raw_ops.DatasetFromGraph(
            graph_def=graph.SerializeToString()
        )
        return tf.data.experimental.from_variant(variant, dataset.element_spec)
    except Exception:  # too large for a message, say: better read than not
        return dataset
