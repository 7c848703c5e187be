"""Reads a dataset that is given as a probe: once, and until it fails."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import tensorflow as tf

from tb_actmax.data.sample import Batch, Probe, iterate
from tb_actmax.errors import describe

_log = logging.getLogger("tb_actmax")


class ReadOnceDataset:
    """A dataset of batches that may end or raise an error at any time.

    It keeps the batches it has read: an iterator can be read only once, and a
    callback may be used in several trainings. Once a sample is taken, nothing
    else is kept: an iterator holds the buffers and files of its pipeline.

    Args:
        dataset: An iterable of batches, or a `keras.utils.PyDataset`.

    Attributes:
        failed: Whether reading has raised an error.
    """

    def __init__(self, dataset: Any):
        self.failed = False
        self._ends = isinstance(dataset, Iterator)
        self._dataset = dataset  # `None` once a sample is taken
        self._batches: list[Batch] = []
        self._unread: Iterator[Batch] | None = None

    @property
    def exhausted(self) -> bool:
        """Whether it has no batch and will never have one."""
        if next(iter(self), None) is not None:
            return False
        return self.failed or self._ends

    def let_go(self) -> None:
        """Keeps the batches that have been read, and nothing else."""
        self._dataset = self._unread = None

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
    """Returns `None`, and logs why, for a dataset without any batch left.

    Args:
        probe: As `read_once` returns it.
    """
    if not isinstance(probe, ReadOnceDataset) or not probe.exhausted:
        return probe
    if not probe.failed:
        _log.error("The probe's iterator has ended already: it is not used.")
    return None


def let_go(probe: Probe | None) -> None:
    """Lets a dataset go, of which a sample has been taken.

    Args:
        probe: As `read_once` returns it.
    """
    if isinstance(probe, ReadOnceDataset):
        probe.let_go()


def _copy(dataset: Any) -> Any:
    """Copies a `tf.data.Dataset`, to leave the state of the original alone.

    A dataset that shuffles takes a seed from a stream for each iteration.
    If the training's own dataset were read as a probe, each epoch would see
    the order of the next. A cache can be written by one iterator only, so the
    copy has none. Returns the dataset itself if TensorFlow cannot copy it, for
    example because the graph is too large.
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
