"""Parses the arguments of a request, or raises an `InvalidArgumentError`."""

import json

from tensorboard import errors, plugin_util
from werkzeug import wrappers

from tb_actmax.plugin.store.layers import LARGEST_STEP
from tb_actmax.plugin.store.sources import LayerName

_MAX_STEPS = 1000
_MAX_CELLS = 64


def one(request: wrappers.Request, name: str) -> str:
    """Returns the value of a parameter, given once and not empty."""
    values = request.args.getlist(name)
    if len(values) != 1 or not values[0]:
        raise errors.InvalidArgumentError(f"The request needs one {name!r}.")
    return values[0]


def layer(request: wrappers.Request, prefix: str = "") -> LayerName:
    """Returns the layer that the request names."""
    experiment = plugin_util.experiment_id(request.environ)
    run, tag = one(request, f"{prefix}run"), one(request, f"{prefix}tag")
    return LayerName(experiment, run, tag)


def layer_at_step(
    request: wrappers.Request, prefix: str = ""
) -> tuple[LayerName, int]:
    """Returns the layer that the request names, and the step."""
    return layer(request, prefix), step(one(request, f"{prefix}step"))


def step(text: str) -> int:
    """Parses a step, an integer from 0 to 2**53 - 1."""
    digits = text.isascii() and text.isdigit() and len(text) <= 16
    if not digits or int(text) > LARGEST_STEP:
        raise errors.InvalidArgumentError(
            f"A step is a number from 0 to {LARGEST_STEP}."
        )
    return int(text)


def steps(request: wrappers.Request) -> list[int]:
    """Returns the steps that the request names; empty if there are none."""
    found = [step(text) for text in request.args.getlist("step")]
    if len(found) > _MAX_STEPS:
        raise errors.InvalidArgumentError(
            f"One request asks for up to {_MAX_STEPS} steps."
        )
    return found


def cells(request: wrappers.Request) -> list[tuple[LayerName, int]]:
    """Returns the layers that the request names, each with a step."""
    experiment = plugin_util.experiment_id(request.environ)
    texts = request.args.getlist("cell")
    if not 0 < len(texts) <= _MAX_CELLS:
        raise errors.InvalidArgumentError(
            f"One request asks for 1 to {_MAX_CELLS} cells."
        )
    found = []
    for text in texts:
        try:
            run, tag, at = json.loads(text)
        except (ValueError, TypeError, RecursionError):
            run = tag = at = None
        if not (isinstance(run, str) and isinstance(tag, str)):
            raise errors.InvalidArgumentError(
                'A cell is JSON such as ["run", "tag", 3].'
            )
        found.append((LayerName(experiment, run, tag), step(str(at))))
    return found


def number(request: wrappers.Request, name: str, largest: int) -> int:
    """Returns the number of a parameter, 0 if it is missing."""
    found = step(request.args.get(name, "0"))
    if found > largest:
        raise errors.InvalidArgumentError(f"{name!r} is at most {largest}.")
    return found
