"""Maximize filters of saved models, each file an epoch."""

import argparse
import importlib
import pathlib
import re
import sys
from typing import Any

from tb_actmax.probe import files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the part's arguments."""
    parser.add_argument(
        "models",
        nargs="+",
        type=pathlib.Path,
        metavar="MODEL",
        help="saved models (.keras, .h5) or weights (.weights.h5) of one "
        "network; the last number in a name is its epoch",
    )
    parser.add_argument("--log-dir", required=True, help="where to write")
    parser.add_argument(
        "--layers", nargs="+", help="layers; default: every convolution"
    )
    parser.add_argument(
        "--filters",
        nargs="+",
        default=["16"],
        help='"all", how many, or two or more numbers of filters',
    )
    parser.add_argument(
        "--probe",
        type=pathlib.Path,
        help="sample of inputs: a .npz or .npy file, or a folder of images",
    )
    parser.add_argument(
        "--value-range",
        nargs=2,
        type=float,
        metavar=("LOW", "HIGH"),
        help="what black and white of a folder's images are for the network; "
        "default: what its first layers suggest",
    )
    parser.add_argument(
        "--builder",
        help="package.module:function that builds the model of weights",
    )
    parser.add_argument("--steps", type=int, default=32, help="of a first look")
    parser.add_argument(
        "--warm-steps", type=int, default=8, help="of each later look"
    )
    parser.add_argument("--seed", type=int, default=0, help="of random starts")
    parser.add_argument(
        "--exemplars", type=int, default=9, help="real patches for each filter"
    )


def epoch_of(path: pathlib.Path, position: int) -> int:
    """The last number in a file's name; its position where there is none."""
    stem = path.name.split(".weights")[0].removesuffix(path.suffix)
    numbers = re.findall(r"\d+", re.sub(r"\d+\.\d+", "", stem))
    return int(numbers[-1]) if numbers else position


def _filters(words: list[str]) -> Any:
    if words == ["all"]:
        return "all"
    try:
        numbers = [int(word) for word in words]
    except ValueError:
        raise ValueError(
            f'--filters takes "all", how many, or numbers, not {words}.'
        ) from None
    return numbers[0] if len(numbers) == 1 else numbers


def run(options: argparse.Namespace) -> int:
    """Maximizes and logs; epochs that are logged already are left out.

    Raises:
        ValueError: If models, layers, filters or probe do not fit.
        OSError: If a file cannot be read, or the log not be written.
    """
    found: dict[int, pathlib.Path] = {}
    for position, path in enumerate(options.models):
        if not path.exists():
            raise FileNotFoundError(f"There is no model {path}.")
        epoch = epoch_of(path, position)
        if epoch in found:
            raise ValueError(
                f"{found[epoch]} and {path} are both epoch {epoch}: put "
                "different numbers last in their names."
            )
        found[epoch] = path
    models = dict(sorted(found.items()))
    session = _session(next(iter(models.values())), options)
    session.open(next(iter(models)), again=True)
    try:
        for epoch, path in models.items():
            if session.has(epoch):
                print(f"Epoch {epoch} is logged already.")
                continue
            _take_weights(session.model, path, options)
            session.look(epoch, verbose=1)
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from here.", file=sys.stderr)
        raise
    finally:
        session.close()
    print(session.summary())
    return 0


def _session(first: pathlib.Path, options: argparse.Namespace) -> Any:
    # TensorFlow takes seconds: not before the arguments are checked.
    from tb_actmax import session

    model = _load(first, options)
    probe = None
    if options.probe is not None:
        probe = files.read_probe(options.probe, model, options.value_range)
    settings = session.Settings(
        directory=f"{options.log_dir.rstrip('/')}/actmax",
        layers=options.layers,
        filters=_filters(options.filters),
        probe=probe,
        steps=options.steps,
        warm_steps=options.warm_steps,
        budget=None,
        seed=options.seed,
        exemplars=options.exemplars,
    )
    return session.Session(model, settings)


def _load(path: pathlib.Path, options: argparse.Namespace) -> Any:
    import keras

    if path.is_dir():
        raise ValueError(
            f"{path} is a folder. A SavedModel holds no layers to look into: "
            "save the model as a .keras file, or its weights as .weights.h5 "
            "and name its --builder."
        )
    if not path.name.endswith(".weights.h5"):
        return keras.models.load_model(path, compile=False)
    if options.builder is None:
        raise ValueError(
            f"{path} holds weights alone: say with --builder "
            "package.module:function what builds the model."
        )
    name, _, function = options.builder.partition(":")
    sys.path.insert(0, "")
    try:
        model = getattr(importlib.import_module(name), function)()
    except (ImportError, AttributeError) as error:
        raise ValueError(f"--builder {options.builder}: {error}") from error
    model.load_weights(path)
    return model


def _take_weights(
    model: Any, path: pathlib.Path, options: argparse.Namespace
) -> None:
    """Puts a file's weights into the model that is looked at."""
    if path.name.endswith(".weights.h5"):
        model.load_weights(path)
        return
    other = _load(path, options)
    shapes = [tuple(w.shape) for w in model.weights]
    if shapes != [tuple(w.shape) for w in other.weights]:
        raise ValueError(
            f"{path} is another network than the first model. Give each "
            "network a command, and a --log-dir, of its own."
        )
    model.set_weights(other.get_weights())
