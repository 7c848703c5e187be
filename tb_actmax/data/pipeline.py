"""Copies a `tf.data` pipeline, to read it as a probe beside the training."""

from collections.abc import Iterable

import tensorflow as tf

# Steps of a pipeline that read ahead or cache.
_PASSED_OVER = ("CacheDataset", "CacheDatasetV2", "PrefetchDataset")
_SHUFFLES = ("ShuffleDataset", "ShuffleDatasetV2", "ShuffleDatasetV3")


def copy_pipeline(dataset: tf.data.Dataset) -> tuple[tf.data.Dataset, bool]:
    """Copies a `tf.data.Dataset`.

    A shuffled dataset draws a seed from a stream at each iteration. If the
    training's own dataset were read as a probe, each epoch would get the order
    of the next one. The copy draws none: without a seed of its own it has a
    fixed one, so that two trainings on the same dataset get the same probe. It
    neither writes a cache, which only one iterator can do, nor reads ahead,
    which would continue while the training runs.

    Returns:
        The copy, and whether it is shuffled. The dataset itself and `False` if
        TensorFlow cannot copy it, for example because its graph is too large.
    """
    try:
        serialized = tf.raw_ops.DatasetToGraphV2(
            input_dataset=tf.data.experimental.to_variant(dataset),
            external_state_policy=1,  # ignore: tables and files are shared
        )
        graph = tf.compat.v1.GraphDef.FromString(serialized.numpy())
        shuffled = _without_stream(graph)
        _pass_over(graph.node)
        variant = tf.raw_ops.DatasetFromGraph(
            graph_def=graph.SerializeToString()
        )
        copied = tf.data.experimental.from_variant(
            variant, dataset.element_spec
        )
        options = tf.data.Options()
        # One of them reads a batch ahead, even without `inject_prefetch`.
        options.experimental_optimization.apply_default_optimizations = False
        return copied.with_options(options), shuffled
    except Exception:  # some datasets have no graph: they are read as is
        return dataset, False


def _without_stream(graph: tf.compat.v1.GraphDef) -> bool:
    """Lets shuffles draw no seed; returns whether there are any."""
    functions = graph.library.function
    shuffles = 0
    for nodes in (graph.node, *(function.node_def for function in functions)):
        values = {node.name: node for node in nodes if node.op == "Const"}
        for node in [node for node in nodes if node.op in _SHUFFLES]:
            shuffles += 1
            if node.op == "ShuffleDatasetV3":
                # The older operation has seeds of its own.
                node.op = "ShuffleDataset"
                del node.input[4]
            # In a function, a name has the output behind it.
            name, *output = node.input[2].split(":", 1)
            seeds = [values.get(one.split(":")[0]) for one in node.input[2:4]]
            if node.op == "ShuffleDataset" and not any(map(_seed, seeds)):
                fixed = nodes.add()
                fixed.CopyFrom(values[name])
                fixed.name = f"seed_of_{node.name}"
                one = tf.make_tensor_proto(1, tf.int64)
                fixed.attr["value"].tensor.CopyFrom(one)
                node.input[2] = ":".join([fixed.name, *output])
    return shuffles > 0


def _seed(node: tf.compat.v1.NodeDef | None) -> int:
    """Returns a seed; 1 for one that is not a constant."""
    return (
        1 if node is None else int(tf.make_ndarray(node.attr["value"].tensor))
    )


def _pass_over(nodes: Iterable[tf.compat.v1.NodeDef]) -> None:
    """Takes steps that read ahead or cache out of a pipeline."""
    passed = {
        node.name: node.input[0] for node in nodes if node.op in _PASSED_OVER
    }
    for node in nodes:
        for index, name in enumerate(node.input):
            while name in passed:
                name = passed[name]
            node.input[index] = name
