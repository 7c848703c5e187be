"""Maximize filters of saved models, each file an epoch."""

import argparse
import pathlib
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tb_actmax.distribution.ray.cluster import Cluster
    from tb_actmax.training.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the part's arguments."""
    parser.add_argument(
        "models",
        nargs="+",
        type=pathlib.Path,
        metavar="MODEL",
        help="saved models (.keras, .h5), weights (.weights.h5) or folders "
        "(SavedModel) of one network; the last number in a name is its epoch",
    )
    parser.add_argument("--log-dir", required=True, help="where to write")
    parser.add_argument(
        "--layers",
        nargs="+",
        help="layers; default: every convolution; of a SavedModel its outputs",
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
        help="package.module:function that builds the model, of weights or "
        "of .keras files with layers of your own",
    )
    parser.add_argument("--steps", type=int, default=32, help="of a first look")
    parser.add_argument(
        "--warm-steps", type=int, default=8, help="of each later look"
    )
    parser.add_argument("--seed", type=int, default=0, help="of random starts")
    parser.add_argument(
        "--exemplars", type=int, default=9, help="real patches for each filter"
    )
    parser.add_argument(
        "--ray",
        nargs="?",
        const="local",
        metavar="ADDRESS",
        help="spread the filters over a Ray cluster; without an address over "
        "this machine's processors (after the models, or as --ray=ADDRESS)",
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
        ImportError: If Ray is wanted and not installed.
        ValueError: If models, layers, filters or probe do not fit.
        OSError: If a file cannot be read, or the log not be written.
    """
    models = _by_epoch(options.models)
    filters = _filters(options.filters)
    first = next(iter(models.values()))
    # TensorFlow takes seconds: not before the arguments are checked.
    cluster = None
    if options.ray is not None:
        cluster = _cluster(first, options)
    try:
        session = _session(first, filters, options, cluster)
        session.open(next(iter(models)), again=True)
        try:
            _render(session, models, options, cluster)
        except KeyboardInterrupt:
            print(
                "\nStopped; the same command goes on from here.",
                file=sys.stderr,
            )
            raise
        finally:
            session.close()
    finally:
        if cluster is not None:
            cluster.close()
    print(session.summary())
    return 0


def _by_epoch(paths: list[pathlib.Path]) -> dict[int, pathlib.Path]:
    found: dict[int, pathlib.Path] = {}
    for position, path in enumerate(paths):
        if not path.exists():
            raise FileNotFoundError(f"There is no model {path}.")
        epoch = epoch_of(path, position)
        if epoch in found:
            raise ValueError(
                f"{found[epoch]} and {path} are both epoch {epoch}: put "
                "different numbers last in their names."
            )
        found[epoch] = path
    return dict(sorted(found.items()))


def _cluster(first: pathlib.Path, options: argparse.Namespace) -> "Cluster":
    if pathlib.Path(options.ray).exists():
        raise ValueError(
            f"--ray takes an address, not the file {options.ray}: name the "
            "models before --ray."
        )
    from tb_actmax.distribution.ray.cluster import Cluster

    probed = options.probe is not None
    return Cluster(options.ray, first, options.builder, probed)


def _session(
    first: pathlib.Path,
    filters: Any,
    options: argparse.Namespace,
    cluster: "Cluster | None",
) -> "Session":
    from tb_actmax.data import files
    from tb_actmax.network import saved_models as saved
    from tb_actmax.training.session import Session
    from tb_actmax.training.settings import Settings, events_directory

    model = saved.load(first, options.builder)
    probe = None
    if options.probe is not None:
        probe = files.read_probe(options.probe, model, options.value_range)
    settings = Settings(
        directory=events_directory(options.log_dir),
        layers=options.layers or saved.outputs_of(first, model),
        filters=filters,
        probe=probe,
        steps=options.steps,
        warm_steps=options.warm_steps,
        budget=None,
        seed=options.seed,
        exemplars=options.exemplars,
    )
    make_maximizer = None if cluster is None else cluster.make_maximizer
    return Session(model, settings, make_maximizer)


def _render(
    session: "Session",
    models: dict[int, pathlib.Path],
    options: argparse.Namespace,
    cluster: "Cluster | None",
) -> None:
    from tb_actmax.network.saved_models import weights_of
    from tb_actmax.training.progress import Progress

    left = [epoch for epoch in models if not session.has(epoch)]
    for epoch in models:
        if epoch not in left:
            print(f"Epoch {epoch} is logged already.")
    if not left:
        return
    ahead = session.foresee(left)
    progress = Progress(_moment(left), session.steps(left), verbose=1)
    handed = 0
    for position, epoch in enumerate(left):
        if cluster is not None:
            cluster.begin(epoch)
            for later in left[handed : position + 1 + cluster.ahead]:
                weights = weights_of(
                    models[later], session.model, options.builder
                )
                cluster.hand_out(later, weights, ahead[later])
                handed += 1
        session.model.set_weights(
            weights_of(models[epoch], session.model, options.builder)
        )
        session.look(epoch, progress=progress)


def _moment(epochs: list[int]) -> str:
    if len(epochs) == 1:
        return f"Epoch {epochs[0]}"
    return f"{len(epochs)} epochs, {epochs[0]} to {epochs[-1]}"
