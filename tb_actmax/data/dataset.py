"""Reads a dataset as a probe: at most once, and tolerating errors midway."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import tensorflow as tf

from tb_actmax.data.class_names import carried_names
from tb_actmax.data.sample import Batch, Probe, Sample, iterate
from tb_actmax.errors import describe

_log = logging.getLogger("tb_actmax")


class ReadOnceDataset:
    """A dataset of batches that may end or raise an error at any time.

    It keeps the batches that were read, because an iterator can be read only
    once and a callback may be used in several trainings. After a sample is
    taken it keeps only that: batches may be large, and an iterator holds
    buffers and files.

    Args:
        dataset: An iterable of batches, or a `keras.utils.PyDataset`.

    Attributes:
        failed: Whether reading has raised an error.
        class_names: The names of its classes, if it carries them.
    """

    def __init__(self, dataset: Any):
        self.failed = False
        self.class_names = carried_names(dataset)
        self._ends = isinstance(dataset, Iterator)
        self._dataset = dataset  # `None` once a sample is taken
        self._batches: list[Batch] = []
        self._unread: Iterator[Batch] | None = None

    @property
    def exhausted(self) -> bool:
        """Whether it has no batch and never will."""
        if next(iter(self), None) is not None:
            return False
        return self.failed or self._ends

    def let_go(self, sample: Sample) -> None:
        """Keeps a sample of the batches, and nothing else."""
        self._dataset = self._unread = None
        inputs: Any = sample.images
        if sample.image_key is not None:
            inputs = {sample.image_key: inputs, **sample.other_inputs}
        labels = () if sample.labels is None else (sample.labels,)
        self._batches = [(inputs, *labels)]

    def __iter__(self) -> Iterator[Batch]:
        yield from self._batches
        while self._dataset is not None and not self.failed:
            try:
                if self._unread is None:
                    self._unread = iterate(_copy(self._dataset))
                batch = next(self._unread)
            except StopIteration:
                return
            except Exception as error:  # the user's code can raise anything
                self.failed = True
                _log.error(
                    "The probe failed after %d batches, %s: %s",
                    len(self._batches),
                    "which are used" if self._batches else "and is not used",
                    describe(error),
                )
                _log.debug("Traceback:", exc_info=error)
                return
            self._batches.append(batch)
            yield batch


def read_once(probe: Probe | None) -> Probe | None:
    """Wraps a probe that is a dataset; returns any other probe unchanged."""
    is_dataset = isinstance(probe, Iterable) or hasattr(probe, "__getitem__")
    if (
        not is_dataset
        or isinstance(probe, ReadOnceDataset | tuple | list | Mapping)
        or hasattr(probe, "shape")
    ):
        return probe
    return ReadOnceDataset(probe)


def drop_if_exhausted(probe: Probe | None) -> Probe | None:
    """Returns `None` and logs why if a dataset has no batch left.

    Args:
        probe: Result of `read_once`.
    """
    if not isinstance(probe, ReadOnceDataset) or not probe.exhausted:
        return probe
    if not probe.failed:
        _log.error("The probe's iterator has ended already: it is not used.")
    return None


def let_go(probe: Probe | None, sample: Sample) -> None:
    """Releases a dataset after a sample was taken from it.

    Args:
        probe: Result of `read_once`.
        sample: The sample.
    """
    if isinstance(probe, ReadOnceDataset):
        probe.let_go(sample)


def _copy(dataset: Any) -> Any:
    """Copies a `tf.data.Dataset`, so that the original's state does not change.

    A shuffled dataset takes a seed from a stream at each iteration. If the
    training's own dataset were read as a probe, each epoch would get the order
    of the next one. Only one iterator can write a cache, so the copy has none.
    Returns the dataset itself if TensorFlow cannot copy it, for example because
    its graph is too large.
    """
    if not isinstance(dataset, tf.data.Dataset):
        return dataset
    try:
        serialized = tf.raw_ops.DatasetToGraphV2(
            input_dataset=tf.data.experimental.to_variant(dataset),
            external_state_policy=1,  # ignore: tables and files are shared
        )
        graph = tf.compat.v1.GraphDef.FromString(serialized.numpy())
        nodes = [*graph.node]
        for function in graph.library.function:
            nodes += function.node_def
        for node in nodes:
            if node.op == "ShuffleDatasetV3":
                # The older operation has seeds of its own.
                node.op = "ShuffleDataset"
                del node.input[4]
        cached = {
            node.name: node.input[0]
            for node in graph.node
            if node.op in ("CacheDataset", "CacheDatasetV2")
        }
        for node in graph.node:
            for index, name in enumerate(node.input):
                while name in cached:
                    name = cached[name]
                node.input[index] = name
        variant = tf.raw_ops.DatasetFromGraph(
            graph_def=graph.SerializeToString()
        )
        return tf.data.experimental.from_variant(variant, dataset.element_spec)
    except Exception:  # some datasets have no graph: they are read as is
        return dataset
