"""Kills trainings at random moments, and goes on with them.

    python -m benchmarks.training.kills [--kills 50] [--seed 0]

Each training is a process of its own that saves its model at the end of each
epoch and is killed with SIGKILL. After each kill both of TensorBoard's readers
must show all epochs that were finished, every event must be whole, and no
(layer, epoch) may be there twice. At the end the training is let finish.
"""

import argparse
import collections
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

EPOCHS = 10_000  # more than a training gets to before it is killed
LAYERS = ("conv1", "conv2")
_PATIENCE = 60  # seconds for the data server to read the log


def train(directory: pathlib.Path, epochs: int) -> None:
    """What is killed."""
    import keras

    import tb_actmax
    from benchmarks.networks import small

    inputs, classes = small.data()
    models = directory / "models"
    models.mkdir(exist_ok=True)
    saved = max(models.glob("*.keras"), default=None)

    class Backup(keras.callbacks.Callback):
        """Keeps the models of all epochs; what is there is whole.

        `keras.callbacks.BackupAndRestore` writes over its only copy, and a
        training that is killed in that cannot always go on.
        """

        def on_epoch_end(self, epoch, logs=None):
            new = directory / "new.keras"
            self.model.save(new)
            new.rename(models / f"{epoch + 1:06}.keras")

    class Finished(keras.callbacks.Callback):
        """Writes down which epochs are finished, the callback's look too."""

        def on_epoch_end(self, epoch, logs=None):
            with open(directory / "finished", "a") as file:
                file.write(f"{epoch + 1}\n")

    model = keras.saving.load_model(saved) if saved else small.network()
    model.fit(
        inputs,
        classes,
        initial_epoch=int(saved.stem) if saved else 0,
        epochs=epochs,
        verbose=0,
        callbacks=[
            Backup(),
            tb_actmax.ActivationMaximization(
                directory / "log",
                probe=inputs[:64],
                filters=4,
                steps=4,
                warm_steps=2,
            ),
            Finished(),
        ],
    )


def finished(directory: pathlib.Path) -> int:
    """The last epoch that was finished."""
    file = directory / "finished"
    lines = file.read_text().split() if file.exists() else []
    return max(map(int, lines), default=0)


def read_python(log: pathlib.Path, last: int) -> dict[str, list[int]]:
    """Steps by tag, as TensorBoard's Python reader shows them."""
    from tensorboard.backend.event_processing import event_accumulator

    found = event_accumulator.EventAccumulator(
        str(log / "actmax"), size_guidance={event_accumulator.TENSORS: 0}
    )
    found.Reload()
    try:
        tags = list(found.PluginTagToContent("actmax"))
    except KeyError:  # killed before its first look
        return {}
    return {tag: [event.step for event in found.Tensors(tag)] for tag in tags}


def read_rust(log: pathlib.Path, last: int) -> dict[str, list[int]]:
    """Steps by tag, as TensorBoard's data server shows them.

    It answers before it has read all: it is asked until the last epoch is
    there, or for a minute.
    """
    from tensorboard import context
    from tensorboard.data import provider, server_ingester
    from tensorboard.util import grpc_util

    server = server_ingester.SubprocessServerDataIngester(
        server_binary=server_ingester.get_server_binary(),
        logdir=str(log),
        reload_interval=0,
        channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
        samples_per_plugin={"actmax": 0},
    )
    server.start()
    end = time.monotonic() + _PATIENCE
    while True:
        found = server.data_provider.read_blob_sequences(
            context.RequestContext(),
            experiment_id="",
            plugin_name="actmax",
            downsample=1_000_000,
            run_tag_filter=provider.RunTagFilter(),
        )
        steps = {
            tag: [datum.step for datum in data]
            for tags in found.values()
            for tag, data in tags.items()
        }
        read = all(last in steps.get(tag, ()) for tag in LAYERS) or not last
        if read or time.monotonic() > end:
            return steps
        time.sleep(0.1)


def check(directory: pathlib.Path) -> int:
    """Checks a log after a kill; gives the last finished epoch."""
    from tb_actmax.records import event
    from tb_actmax.records.reader import read_blobs

    log, last = directory / "log", finished(directory)
    if not any(log.glob("actmax/*tfevents*")):
        assert last == 0
        return 0
    times: collections.Counter[tuple[str, int]] = collections.Counter()
    for tag, step, blobs in read_blobs(log):
        event.decode(blobs)
        times[tag, step] += 1
    twice = [key for key, count in times.items() if count > 1]
    assert not twice, f"written twice: {twice}"
    for reader in (read_python, read_rust):
        shown = reader(log, last)
        for tag in LAYERS:
            steps = shown.get(tag, [])
            missing = set(range(last + 1)) - set(steps) if last else set()
            assert not missing, f"{reader.__name__}: {tag} lacks {missing}"
    return last


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--train", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train:
        train(pathlib.Path(options.train[0]), int(options.train[1]))
        return
    with tempfile.TemporaryDirectory() as place:
        chance = random.Random(options.seed)
        last = kill_often(pathlib.Path(place), options.kills, chance)
    print(f"{options.kills} kills; the last training ended at {last}")


def kill_often(
    directory: pathlib.Path, kills: int, chance: random.Random
) -> int:
    """Kills a training again and again, then lets it finish.

    Returns:
        The epoch at which it ends.

    Raises:
        AssertionError: If anything is lost, broken or there twice.
    """
    for kill in range(kills):
        before = finished(directory)
        kill_one(directory, chance)
        last = check(directory)
        print(f"kill {kill + 1}: finished {before} -> {last}", flush=True)
    target = finished(directory) + 2
    assert start(directory, target).wait() == 0, errors(directory)
    assert check(directory) == target
    return target


def start(directory: pathlib.Path, epochs: int) -> subprocess.Popen[bytes]:
    """Starts a training, or goes on with the one that is there."""
    words = [
        sys.executable,
        "-m",
        "benchmarks.training.kills",
        "--train",
        directory,
        str(epochs),
    ]
    with open(directory / "stderr", "ab") as stream:
        return subprocess.Popen(words, stderr=stream)


def errors(directory: pathlib.Path) -> str:
    """What the trainings said."""
    return (directory / "stderr").read_text()


def kill_one(directory: pathlib.Path, chance: random.Random) -> None:
    """Starts a training and kills it.

    Some epochs on, and anywhere in the next: in a batch, in a look, in a
    backup.
    """
    log = directory / "log" / "actmax"
    files = len(list(log.glob("*")))
    wanted = finished(directory) + chance.choice([0, 1, 1, 2, 3])
    process = start(directory, EPOCHS)
    try:
        while len(list(log.glob("*"))) == files or finished(directory) < wanted:
            assert process.poll() is None, errors(directory)
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 1))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    main()
