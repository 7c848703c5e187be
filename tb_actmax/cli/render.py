"""Maximize the filters of saved models, one epoch for each file."""

import argparse
import contextlib
import functools
import os
import pathlib
import re
import zipfile
from typing import TYPE_CHECKING, Literal

from tb_actmax.cli.render_arguments import add_arguments
from tb_actmax.cli.streams import unescaped
from tb_actmax.data.memory import check_unpacked
from tb_actmax.records.reader import logged_steps

if TYPE_CHECKING:
    from tb_actmax.distribution.ray.cluster import Cluster
    from tb_actmax.training.session import Session


__all__ = ["add_arguments", "run"]

_LARGEST_EPOCH = (1 << 53) - 1  # the largest step that the tab can show


def epoch_of(path: pathlib.Path, position: int) -> int:
    """Returns the last whole number in a file's name, else its position.

    Numbers that are too large for an epoch are ignored.
    """
    stem = path.name.split(".weights")[0].removesuffix(path.suffix)
    words = re.findall(r"\d+", re.sub(r"\d+\.\d+", "", stem))
    numbers = [int(word) for word in words]
    epochs = [number for number in numbers if number <= _LARGEST_EPOCH]
    return epochs[-1] if epochs else position


def _parse_filters(words: list[str]) -> Literal["all"] | int | list[int]:
    if words == ["all"]:
        return "all"
    try:
        numbers = [int(word) for word in words]
    except ValueError:
        raise ValueError(
            f'--filters takes "all", how many, or numbers, not {words}.'
        ) from None
    return numbers[0] if len(numbers) == 1 else numbers


def _parse_class_names(words: list[str] | None) -> list[str] | None:
    if words is None or len(words) > 1 or not words[0].endswith(".txt"):
        return words
    path = pathlib.Path(words[0])
    if path.exists() and not path.is_file():  # a pipe has no end
        raise ValueError(f"--class-names: {path} is not a file.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not text in UTF-8: {error}") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def run(options: argparse.Namespace) -> int:
    """Maximizes filters and logs the images of epochs not logged yet."""
    # Saved models do not depend on a backend, so models trained with JAX work
    # too.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    models = _by_epoch(options.models)
    filters = _parse_filters(options.filters)
    first_epoch, first = next(iter(models.items()))
    with contextlib.ExitStack() as stack:
        # TensorFlow is imported below, which takes seconds.
        cluster = None
        if options.ray is not None:
            cluster = _connect(first, options)
            stack.callback(cluster.close)
        session = _make_session(first, filters, options, cluster)
        session.open(first_epoch, append=True)
        stack.callback(session.close)
        try:
            _render(session, models, options.builder, cluster)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                "Run the same command again to continue."
            ) from None
    print(session.summary())
    from tb_actmax.training.settings import events_directory

    # Only the log shows which layers were rendered and written.
    logged = logged_steps(events_directory(options.log_dir))
    found = {step for steps in logged.values() for step in steps}
    missing = [epoch for epoch in models if epoch not in found]
    if missing:
        names = ", ".join(str(models[epoch]) for epoch in missing)
        raise ValueError(f"No layer could be rendered in: {names}")
    return 0


def _by_epoch(paths: list[pathlib.Path]) -> dict[int, pathlib.Path]:
    models: dict[int, pathlib.Path] = {}
    for position, path in enumerate(paths):
        _check_model(path)
        epoch = epoch_of(path, position)
        if epoch in models:
            raise ValueError(
                f"{models[epoch]} and {path} are both epoch {epoch}: put "
                "different numbers last in their names."
            )
        models[epoch] = path
    return dict(sorted(models.items()))


def _check_model(path: pathlib.Path) -> None:
    """Rejects paths that are missing, endless or too large."""
    if not path.exists():
        raise FileNotFoundError(f"There is no model {path}.")
    if path.is_dir():
        return
    if not path.is_file():  # reading a pipe might never end
        raise ValueError(f"{path} is neither a file nor a folder.")
    if zipfile.is_zipfile(path):
        check_unpacked(path)


def _connect(first: pathlib.Path, options: argparse.Namespace) -> "Cluster":
    if pathlib.Path(options.ray).exists():
        raise ValueError(
            f"--ray takes an address, not the file {options.ray}: name the "
            "models before --ray."
        )
    from tb_actmax.distribution.ray.cluster import Cluster

    probed = options.probe is not None
    return Cluster(options.ray, first, options.builder, probed, options.views)


def _make_session(
    first: pathlib.Path,
    filters: Literal["all"] | int | list[int],
    options: argparse.Namespace,
    cluster: "Cluster | None",
) -> "Session":
    from tb_actmax.data.files import read_class_names, read_probe
    from tb_actmax.errors import check_integer
    from tb_actmax.maximizer.base import MakeMaximizer
    from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
    from tb_actmax.network import saved_models
    from tb_actmax.training.session import Session
    from tb_actmax.training.settings import Settings, events_directory

    model = saved_models.load(first, options.builder)
    probe, class_names = None, _parse_class_names(options.class_names)
    if options.probe is not None:
        class_names = class_names or read_class_names(options.probe)
        probe = read_probe(
            options.probe, model, options.value_range, options.channel_order
        )
    layers = options.layers
    if layers is None and first.is_dir():  # the layers are the export's outputs
        layers = list(model.output_names)
    pictures = {"yes": True, "no": False}
    settings = Settings(
        directory=events_directory(options.log_dir),
        layers=layers,
        filters=filters,
        probe=probe,
        steps=options.steps,
        warm_steps=options.warm_steps,
        budget=None,
        seed=options.seed,
        exemplars=options.exemplars,
        class_names=class_names,
        pictures=pictures.get(options.pictures),
        channel_order=options.channel_order,
    )
    check_integer("--views", options.views, 1)
    make_maximizer: MakeMaximizer = functools.partial(
        LayerMaximizer, views=options.views, pull=options.pull
    )
    if cluster is not None:
        make_maximizer = cluster.make_maximizer
    return Session(model, settings, make_maximizer)


def _render(
    session: "Session",
    models: dict[int, pathlib.Path],
    builder: str | None,
    cluster: "Cluster | None",
) -> None:
    """Logs each model; a cluster gets the work of the next models early."""
    from tb_actmax.network.saved_models import weights_of
    from tb_actmax.training.progress import Progress
    from tb_actmax.training.schedule import TrainingStep

    left = [epoch for epoch in models if not session.has(epoch)]
    for epoch in models:
        if epoch not in left:
            print(f"Epoch {epoch} is logged already.")
    if not left:
        return
    title = f"Epoch {left[0]}"
    if len(left) > 1:
        title = f"{len(left)} epochs, {left[0]} to {left[-1]}"
    calls = session.expected_calls(left)
    steps = sum(
        call.steps * len(call.objectives)
        for by_layer in calls.values()
        for layer_calls in by_layer.values()
        for call in layer_calls
        if call.keep
    )
    # The bar moves the cursor, and prints no names.
    progress = Progress(title, steps, verbose=1, drawing=unescaped)
    handed = 0
    for position, epoch in enumerate(left):
        if cluster is not None:
            cluster.begin(epoch)
            for later in left[handed : position + 1 + cluster.ahead]:
                weights = weights_of(models[later], session.model, builder)
                cluster.submit_checkpoint(later, weights, calls[later])
                handed += 1
        session.model.set_weights(
            weights_of(models[epoch], session.model, builder)
        )
        session.update(TrainingStep(epoch), progress=progress)
    progress.end()
