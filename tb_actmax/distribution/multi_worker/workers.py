"""The workers of a `MultiWorkerMirroredStrategy`, and what they tell."""

import io
import json
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.errors import LostError

Arrays = dict[str, npt.NDArray[Any]]

_LOST = (
    "another worker is lost, without which TensorFlow cannot train either. "
    "Start all workers again; with keras.callbacks.BackupAndRestore they go on "
    "where they were, and so do the images."
)
_WORD = 4  # bytes of an int32, which all of TensorFlow's collectives take


class Team:
    """The processes that train a model together, each with all its weights.

    What one tells, all hear: they talk through the strategy's own
    collectives, at moments that all of them reach.

    Args:
        strategy: The strategy under which the model was made.

    Raises:
        ValueError: If other workers do not look for a team.
        LostError: If another worker is lost, here and in each method.

    Attributes:
        place: This process's place among the workers; the chief's is 0.
        size: Number of workers.
    """

    def __init__(self, strategy: tf.distribute.Strategy):
        self._strategy = strategy
        self._gather = self._gathering()
        mine = str(self._first).encode()
        try:
            everyone = self.exchange(mine)
        except LostError as lost:
            if isinstance(lost.__cause__, tf.errors.InternalError):
                raise ValueError(
                    "The workers do not train alike: give the callback to "
                    "every worker, not to the chief alone, which is the one "
                    "that writes in any case."
                ) from lost
            raise
        self.place, self.size = everyone.index(mine), len(everyone)

    @property
    def chief(self) -> bool:
        """Whether this process is the one that writes."""
        return self.place == 0

    def exchange(self, mine: bytes) -> list[bytes]:
        """What all say, in the order of the workers; all have to ask.

        Args:
            mine: What this process says.
        """
        padded = mine + bytes(-len(mine) % _WORD)
        words = np.frombuffer(padded, np.int32)
        try:
            told = self._gather(np.concatenate([[len(mine)], words]))
        except tf.errors.OpError as error:
            # TensorFlow has given up all exchanges by now, the training's too.
            raise LostError(_LOST) from error
        heard: list[bytes] = []
        while len(told):
            length = int(told[0])
            end = 1 - (-length // _WORD)
            heard.append(told[1:end].tobytes()[:length])
            told = told[end:]
        return heard

    def tell(self, header: dict[str, Any], arrays: Arrays) -> None:
        """The chief speaks: all others `listen`."""
        self.exchange(pack(header, arrays))

    def listen(self) -> tuple[dict[str, Any], Arrays]:
        """What the chief says."""
        return unpack(self.exchange(b"")[0])

    def _gathering(self) -> Any:
        strategy = self._strategy
        ids = strategy.experimental_local_results(
            strategy.experimental_distribute_values_from_function(
                lambda context: tf.constant(context.replica_id_in_sync_group)
            )
        )
        self._first = int(ids[0])  # a worker may have several devices

        @tf.function(
            input_signature=[tf.TensorSpec([None], tf.int32)], autograph=False
        )
        def gather(words: tf.Tensor) -> Any:
            def each() -> tf.Tensor:
                context = tf.distribute.get_replica_context()
                own = context.replica_id_in_sync_group == self._first
                count = tf.where(own, tf.size(words), 0)
                return context.all_gather(words[:count], axis=0)

            return strategy.run(each)

        def told(words: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
            everywhere = gather(tf.constant(words, tf.int32))
            first = strategy.experimental_local_results(everywhere)[0]
            found: npt.NDArray[np.int32] = first.numpy()
            return found

        return told


def team_of(model: keras.Model) -> Team | None:
    """The workers that train a model; `None` for one process alone.

    Args:
        model: The model. Where several processes train it, all of them have
            to ask.
    """
    strategy = getattr(model, "distribute_strategy", None)
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return None
    team = Team(strategy)
    return team if team.size > 1 else None


def pack(header: dict[str, Any], arrays: Arrays) -> bytes:
    """A header of JSON and arrays, as bytes; nothing that could be run."""
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, header=text, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def unpack(data: bytes) -> tuple[dict[str, Any], Arrays]:
    """What `pack` was given."""
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        arrays = {name: found[name] for name in found.files}
    header: dict[str, Any] = json.loads(arrays.pop("header").tobytes())
    return header, arrays
