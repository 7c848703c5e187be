"""Interrupts work at each function of the package that it calls.

    python -m benchmarks.training.interrupts [--of update maximize render]
        [--parts 1] [--part 0] [--write]

Continues a training for one update, calls `maximize` or runs `tb-actmax
render`, again and again in one process; each time Ctrl-C or `SystemExit`
arrives at another function. Afterwards the attributes of the layers, the
variables, the random streams and the standard output must be as before, and
the next run must reach its own function. `--parts 8 --part 3` takes one
function of eight.
"""

import argparse
import contextlib
import io
import logging
import pathlib
import random
import shutil
import sys
import tempfile

import keras
import numpy as np
import tensorflow as tf

import tb_actmax
from benchmarks import figures
from tb_actmax.cli import main
from tb_actmax.matching import probe_points
from tb_actmax.training import progress

SOURCE = str(pathlib.Path(tb_actmax.__file__).parent)
_FEW = 64  # points of the probe: taking them is most of an update's time


class Interrupted:
    """Counts the calls of functions of the package, and interrupts one.

    Args:
        error: What to raise.
        at: A function and the number of its call; `None` for no interrupt.

    Attributes:
        calls: How often each function was called.
        ignored: Whether Python has ignored the interrupt, as it does in
            finalizers.
    """

    def __init__(self, error=KeyboardInterrupt, at=None):
        self.calls, self.ignored = {}, False
        self._error, self._at = error, at

    def __enter__(self):
        self._hook, sys.unraisablehook = sys.unraisablehook, self._ignore
        sys.setprofile(self._see)
        return self

    def __exit__(self, *error):
        sys.setprofile(None)
        sys.unraisablehook = self._hook

    def _ignore(self, unraisable):
        self.ignored = True

    def _see(self, frame, event, argument):
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(SOURCE):
            return
        file = code.co_filename[len(SOURCE) + 1 :]
        name = f"{file}:{code.co_firstlineno}:{code.co_name}"
        count = self.calls[name] = self.calls.get(name, 0) + 1
        if self._at == (name, count):
            sys.setprofile(None)
            raise self._error


def network():
    """Returns a model of one tiny convolution."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(2, 3, activation="relu", name="conv1"),
            layers.GlobalAveragePooling2D(),
        ]
    )
    model.compile("adam", "mse")
    return model


def snapshot(model):
    """Returns all of a model that an update must leave alone."""
    return [
        *(
            (layer.name, key, id(value))
            for layer in model.layers
            for key, value in layer.__dict__.items()
        ),
        *(np.asarray(variable).tobytes() for variable in model.variables),
    ]


def drawn():
    """Draws a number from each random stream of the process."""
    numbers = random.random(), np.random.random(), tf.random.uniform(())
    return [*map(float, numbers), float(keras.random.uniform(()))]


def update(directory, model, inputs, filters, epoch):
    """Continues a training for one update, without its batches."""
    own = tb_actmax.ActivationMaximization(
        directory,
        probe=inputs,
        layers=["conv1"],
        filters=filters,
        steps=1,
        warm_steps=1,
        budget=None,
    )
    own.set_params({"verbose": 1})
    own.set_model(model)
    own.on_train_begin()
    own.on_epoch_begin(epoch)
    own.on_train_end()


class Update:
    """Continues a training for one update."""

    def __init__(self, directory):
        self.model = network()
        self.inputs = _inputs()
        self.model(self.inputs)
        self._first = directory / "first"
        update(self._first, self.model, self.inputs, [0], epoch=0)

    def __call__(self, place):
        """Does the work."""
        # Filter 0 has an image in the log, filter 1 is new.
        shutil.copytree(self._first, place)
        update(place, self.model, self.inputs, [0, 1], epoch=1)


class Maximize:
    """Calls `maximize`, and reads the status of the images."""

    def __init__(self, directory):
        self.model = network()
        self.inputs = _inputs()

    def __call__(self, place):
        """Does the work."""
        vars(self.model).pop("_actmax_kept", None)  # traces again
        found = tb_actmax.maximize(
            self.model, "conv1", 2, probe=self.inputs, steps=1
        )
        assert len(found.status) == 2


class Render:
    """Runs `tb-actmax render`, which ends with a message and 130 or 1."""

    def __init__(self, directory):
        self.model = network()
        self.model.save(directory / "model_1.keras")
        np.save(directory / "probe.npy", _inputs())
        self._words = ["render", str(directory / "model_1.keras")]
        self._words += ["--probe", str(directory / "probe.npy")]
        self._words += ["--filters", "2", "--steps", "1"]

    def __call__(self, place):
        """Does the work."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            status = main.main([*self._words, "--log-dir", str(place)])
        assert "Traceback" not in said.getvalue(), said.getvalue()
        if status:
            raise {130: KeyboardInterrupt, 1: SystemExit}[status]


WORK = {"update": Update, "maximize": Maximize, "render": Render}


def _inputs():
    return np.random.default_rng(0).random((4, 6, 6, 1), np.float32)


def sweep(directory, parts=1, part=0, of="update"):
    """Interrupts work at functions that it calls.

    Args:
        directory: An empty directory.
        parts: Number of parts into which the functions are divided.
        part: Index of the part to interrupt.
        of: A key of `WORK`.

    Returns:
        The number of functions that were interrupted.

    Raises:
        AssertionError: If something differs from before.
    """
    work = WORK[of](directory)
    model = work.model

    def interrupt(number, at=None):
        """Returns the functions that were called."""
        place = directory / str(number)
        error = (KeyboardInterrupt, SystemExit)[number % 2]
        raised = False
        with Interrupted(error, at) as listed:
            try:
                work(place)
            except error:
                raised = True
        assert raised == (at is not None) or listed.ignored, at
        shutil.rmtree(place, ignore_errors=True)
        return listed.calls

    interrupt(0)  # loads modules
    names = list(interrupt(0))
    before = snapshot(model)
    streams = sys.stdout, sys.stderr
    keras.utils.set_random_seed(3)
    wanted = drawn()
    keras.utils.set_random_seed(3)
    chosen = names[part::parts]
    for number, name in enumerate(chosen):
        print(name, flush=True)
        interrupt(number, (name, 1))
        assert snapshot(model) == before, name
        assert (sys.stdout, sys.stderr) == streams, name
    if of != "render":  # loading a model draws numbers, as it does in Keras
        assert drawn() == wanted
    assert interrupt(0).keys() == set(names)
    return len(chosen)


def measure():
    parser = argparse.ArgumentParser()
    parser.add_argument("--of", nargs="+", choices=WORK, default=list(WORK))
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--part", type=int, default=0)
    figures.add_option(parser)
    options = parser.parse_args()
    logging.getLogger("tb_actmax").addHandler(logging.StreamHandler())
    probe_points.POINTS = probe_points.PIXEL_POINTS = _FEW
    progress.SHORT = -1.0  # else the bar shows on a busy machine only
    found = {}
    for of in options.of:
        with tempfile.TemporaryDirectory() as place:
            found[of] = sweep(
                pathlib.Path(place), options.parts, options.part, of
            )
        print(f"{of}: {found[of]} functions interrupted", flush=True)
    if options.write:
        figures.write("interrupts", found)


if __name__ == "__main__":
    measure()
