"""Kills trainings at random moments, and goes on with them.

    python benchmarks/kill.py [--kills 50] [--seed 0]

Each training is a process of its own that ends its epochs with a backup
(`keras.callbacks.BackupAndRestore`) and is killed with SIGKILL. After each
kill both of TensorBoard's readers must show all epochs that were finished,
every event must be whole, and no (layer, epoch) may be there twice. At the
end the training is let finish.
"""

import argparse
import collections
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
EPOCHS = 10_000  # more than a training gets to before it is killed


def train(directory: pathlib.Path, epochs: int) -> None:
    """What is killed."""
    import keras
    import numpy as np

    import tb_actmax

    keras.utils.set_random_seed(0)
    data = np.random.default_rng(0).uniform(size=(256, 28, 28, 1))
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(6, 5, activation="relu", name="conv1"),
            layers.MaxPooling2D(),
            layers.Conv2D(8, 3, activation="relu", name="conv2"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)

    class Finished(keras.callbacks.Callback):
        """Writes down which epochs are finished, the callback's look too."""

        def on_epoch_end(self, epoch, logs=None):
            with open(directory / "finished", "a") as file:
                file.write(f"{epoch + 1}\n")

    model.fit(
        data.astype("float32"),
        np.arange(256) % 3,
        epochs=epochs,
        verbose=0,
        callbacks=[
            keras.callbacks.BackupAndRestore(
                str(directory / "backup"),
                double_checkpoint=True,
                delete_checkpoint=False,
            ),
            tb_actmax.ActivationMaximization(
                directory / "log",
                probe=data[:64].astype("float32"),
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


def read_python(log: pathlib.Path) -> dict[str, list[int]]:
    """Steps by tag, as TensorBoard's Python reader shows them."""
    from tensorboard.backend.event_processing import event_accumulator

    found = event_accumulator.EventAccumulator(
        str(log / "actmax"), size_guidance={event_accumulator.TENSORS: 0}
    )
    found.Reload()
    return {
        tag: [event.step for event in found.Tensors(tag)]
        for tag in found.PluginTagToContent("actmax")
    }


def read_rust(log: pathlib.Path) -> dict[str, list[int]]:
    """Steps by tag, as TensorBoard's data server shows them."""
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
    data = server.data_provider
    found = data.read_blob_sequences(
        context.RequestContext(),
        experiment_id="",
        plugin_name="actmax",
        downsample=1_000_000,
        run_tag_filter=provider.RunTagFilter(),
    )
    return {
        tag: [datum.step for datum in data_]
        for tags in found.values()
        for tag, data_ in tags.items()
    }


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
        shown = reader(log)
        for tag in ("conv1", "conv2"):
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
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as place:
        directory = pathlib.Path(place)

        def start(epochs: int) -> subprocess.Popen[bytes]:
            words = [sys.executable, __file__, "--train", place, str(epochs)]
            with open(directory / "stderr", "ab") as errors:
                return subprocess.Popen(words, stderr=errors)

        for kill in range(options.kills):
            before = finished(directory)
            process = start(EPOCHS)
            # Some epochs on, and anywhere in the next: in a batch, in a look,
            # in a backup.
            wanted = before + chance.choice([0, 1, 1, 2, 3])
            log = directory / "log" / "actmax"
            files = len(list(log.glob("*")))
            while (
                len(list(log.glob("*"))) == files
                or finished(directory) < wanted
            ):
                assert process.poll() is None, (
                    directory / "stderr"
                ).read_text()
                time.sleep(0.01)
            time.sleep(chance.uniform(0, 1))
            process.send_signal(signal.SIGKILL)
            process.wait()
            last = check(directory)
            print(f"kill {kill + 1}: finished {before} -> {last}", flush=True)
        target = finished(directory) + 2
        assert start(target).wait() == 0, (directory / "stderr").read_text()
        assert check(directory) == target
        print(f"{options.kills} kills; the last training ended at {target}")


if __name__ == "__main__":
    main()
