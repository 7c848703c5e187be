"""Kills trainings at random moments and resumes them.

    python -m benchmarks.training.kills [--kills 50] [--seed 0] [--write]

Each training runs in its own process, saves its model at every epoch end and
is killed with SIGKILL. After each kill, both of TensorBoard's readers must
show all finished epochs, every event must be complete, and no (layer, epoch)
may appear twice. The last training runs to its end.
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

from benchmarks import figures

EPOCHS = 10_000  # more than a training reaches before it is killed
LAYERS = ("conv1", "conv2")
_PATIENCE = 60  # seconds for the data server to read the log


def train(directory: pathlib.Path, epochs: int) -> None:
    """Trains, resuming from the last saved model."""
    import keras

    import tb_actmax
    from benchmarks.networks import small

    inputs, classes = small.data()
    models = directory / "models"
    models.mkdir(exist_ok=True)
    saved = max(models.glob("*.keras"), default=None)

    class Backup(keras.callbacks.Callback):
        """Saves the model of every epoch under a name of its own.

        `keras.callbacks.BackupAndRestore` overwrites its only copy; a training
        that is killed meanwhile cannot always resume.
        """

        def on_epoch_end(self, epoch, logs=None):
            new = directory / "new.keras"
            self.model.save(new)
            new.rename(models / f"{epoch + 1:06}.keras")

    class Finished(keras.callbacks.Callback):
        """Records the epochs that are finished, with their update."""

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
                layers="all",
                filters=4,
                steps=4,
                warm_steps=2,
                budget=None,
            ),
            Finished(),
        ],
    )


def finished(directory: pathlib.Path) -> int:
    """Returns the last finished epoch."""
    file = directory / "finished"
    lines = file.read_text().split() if file.exists() else []
    return max(map(int, lines), default=0)


def read_python(log: pathlib.Path, last: int) -> dict[str, list[int]]:
    """Returns the steps by tag that TensorBoard's Python reader shows."""
    from tensorboard.backend.event_processing import event_accumulator

    found = event_accumulator.EventAccumulator(
        str(log / "actmax"), size_guidance={event_accumulator.TENSORS: 0}
    )
    found.Reload()
    try:
        tags = list(found.PluginTagToContent("actmax"))
    except KeyError:  # killed before its first update
        return {}
    return {tag: [event.step for event in found.Tensors(tag)] for tag in tags}


def read_rust(log: pathlib.Path, last: int) -> dict[str, list[int]]:
    """Returns the steps by tag that TensorBoard's data server shows.

    The server answers before it has read everything, so it is asked until the
    last epoch appears, for at most a minute.
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
    """Checks a log after a kill; returns the last finished epoch."""
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
    figures.add_option(parser)
    options = parser.parse_args()
    if options.train:
        train(pathlib.Path(options.train[0]), int(options.train[1]))
        return
    with tempfile.TemporaryDirectory() as place:
        chance = random.Random(options.seed)
        last = kill_often(pathlib.Path(place), options.kills, chance)
    print(f"{options.kills} kills; the last training ended at {last}")
    if options.write:
        figures.write("kills", {"kills": options.kills, "last_epoch": last})


def kill_often(
    directory: pathlib.Path, kills: int, chance: random.Random
) -> int:
    """Kills a training repeatedly, then lets it finish.

    Returns:
        The epoch at which it ends.

    Raises:
        AssertionError: An epoch is missing, broken or duplicated.
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
    """Starts a training, or resumes the one in the directory."""
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
    """Returns the standard error of all trainings."""
    return (directory / "stderr").read_text()


def kill_one(directory: pathlib.Path, chance: random.Random) -> None:
    """Starts a training and kills it some epochs later.

    The moment is random: during a batch, an update or a save.
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
