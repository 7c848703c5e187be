"""Reads a dataset as a probe: at most once, and tolerating errors midway.

The training may read the same dataset, so reading it as a probe changes neither
the dataset nor any random stream.
"""

import contextlib
import copy
import inspect
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tb_actmax.data.class_names import carried_names
from tb_actmax.data.pipeline import copy_pipeline
from tb_actmax.data.random_streams import RandomStreams
from tb_actmax.data.sample import Batch, Probe, Sample, iterate, take_sample
from tb_actmax.errors import describe

_log = logging.getLogger("tb_actmax")

_COPIED = 1 << 24  # bytes of an array of a dataset that is copied


class ReadOnceDataset:
    """A dataset of batches that may end or raise an error at any time.

    It keeps the batches that were read, because an iterator can be read only
    once and a callback may be used in several trainings. Once a sample is
    taken, it keeps only the sample, because batches may be large and an
    iterator holds buffers and files.

    Attributes:
        failed: Whether reading has raised an error.
        class_names: The names of its classes, if it carries them.
    """

    def __init__(self, dataset: Any):
        self.failed = False
        self.class_names = carried_names(dataset)
        self._ends = _is_iterator(dataset)
        self._dataset = dataset  # `None` once a sample is taken
        self._batches: list[Batch] = []
        self._unread: Iterator[Batch] | None = None
        self._streams: RandomStreams | None = None
        self._shuffled = False

    @property
    def in_random_order(self) -> bool:
        """Whether all of its inputs have been read, in a random order."""
        ended = self._dataset is None and not self.failed
        return self._shuffled and ended

    @property
    def exhausted(self) -> bool:
        """Whether it has no batches and will never have any."""
        if next(iter(self), None) is not None:
            return False
        return self.failed or self._ends

    @property
    def trains(self) -> bool:
        """Whether it is an iterator that the running `fit` reads."""
        if not self._ends or self._batches:
            return False
        frame = inspect.currentframe()
        while frame is not None:
            module = str(frame.f_globals.get("__name__"))
            if module.startswith("keras.") and any(
                value is self._dataset for value in frame.f_locals.values()
            ):
                return True
            frame = frame.f_back
        return False

    def let_go(self, sample: Sample) -> None:
        """Releases the dataset, and keeps a sample of it as its batches."""
        self._close()
        inputs: Any = sample.images
        if sample.image_key is not None:
            inputs = {sample.image_key: inputs, **sample.other_inputs}
        labels = () if sample.labels is None else (sample.labels,)
        self._batches = [(inputs, *labels)]
        self._shuffled = False  # a part of it may be kept

    def _close(self) -> None:
        """Releases the dataset."""
        self._dataset = self._unread = self._streams = None

    def __iter__(self) -> Iterator[Batch]:
        yield from self._batches
        while self._dataset is not None and not self.failed:
            try:
                batch = self._next()
            except StopIteration:
                self._close()
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

    def _next(self) -> Batch:
        if self._streams is None:
            self._streams = RandomStreams(self._dataset)
        with self._streams:
            if self._unread is None:
                if isinstance(self._dataset, tf.data.Dataset):
                    copied, self._shuffled = copy_pipeline(self._dataset)
                else:
                    copied = _copy(self._dataset)
                self._unread = iterate(copied)
            return next(self._unread)


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


def read_ahead(probe: Probe | None) -> None:
    """Reads a dataset before threads of the training use its random streams."""
    if isinstance(probe, ReadOnceDataset) and not probe.trains:
        with contextlib.suppress(ValueError):  # raised again later
            take_sample(probe, warns=False)


def drop_if_exhausted(probe: Probe | None) -> Probe | None:
    """Returns `None`, and logs the reason, if a dataset has no batches left.

    The same applies to an iterator whose batches the training needs.
    """
    if not isinstance(probe, ReadOnceDataset):
        return probe
    if probe.trains:
        _log.error(
            "The probe is the iterator that the training reads, which would "
            "lose batches: it is not used. Give a sample of the inputs."
        )
        return None
    if not probe.exhausted:
        return probe
    if not probe.failed:
        _log.error("The probe's iterator has ended already: it is not used.")
    return None


def _is_iterator(dataset: object) -> bool:
    """Returns whether a dataset can be read only once."""
    return isinstance(dataset, Iterator) and not hasattr(dataset, "__getitem__")


def _copy(dataset: Any) -> Any:
    """Copies a dataset, so that the original keeps its state."""
    if _is_iterator(dataset):
        return dataset
    try:
        copied = copy.copy(dataset)
        entries = vars(copied)
    except Exception:  # the user's class need not be copied
        return dataset
    if copied is not dataset:
        for name, value in entries.items():
            few = isinstance(value, np.ndarray) and value.nbytes <= _COPIED
            if few or type(value) in (dict, list, set):
                entries[name] = copy.copy(value)
    return copied
