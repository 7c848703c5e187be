"""Reads blobs, several at once."""

import concurrent.futures
from collections.abc import Iterator, Sequence
from typing import Any

from tensorboard import errors

from tb_actmax.plugin.store.sources import Source

# Over the data server one blob takes some 40 ms, however small: wait for
# several at once. More threads are no faster, and take more memory.
_THREADS = 4


class Blobs:
    """Reads blobs, several at once where that is faster.

    Args:
        source: What gives them.
        in_process: Whether it has all blobs in its memory: then threads would
            only wait for each other.
    """

    def __init__(self, source: Source, in_process: bool):
        self._source = source
        self._pool = (
            None
            if in_process
            else concurrent.futures.ThreadPoolExecutor(
                _THREADS, thread_name_prefix="actmax"
            )
        )
        self._has_read = False

    def has_read(self) -> bool:
        """Whether something was read since this was last asked."""
        before, self._has_read = self._has_read, False
        return before

    def read(
        self, ctx: Any, keys: Sequence[str]
    ) -> Iterator[bytes | errors.PublicError]:
        """Reads blobs, in this order; one that cannot be read is an error.

        Where all are in memory, each is taken when it is asked for.
        """
        self._has_read = True
        each = map if self._pool is None else self._pool.map
        return each(lambda key: self._blob(ctx, key), keys)

    def _blob(self, ctx: Any, key: str) -> bytes | errors.PublicError:
        try:
            blob = self._source.blob(ctx, key)
        except errors.PublicError as error:
            return error
        except Exception as error:  # a tensor that is no list of strings
            return errors.InvalidArgumentError(type(error).__name__)
        if not isinstance(blob, bytes):
            return errors.InvalidArgumentError("it is no string")
        return bytes(blob)
