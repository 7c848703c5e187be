"""What a request asks for, checked."""

from tensorboard import errors, plugin_util
from werkzeug import wrappers

from tb_actmax.plugin.store.listing import LARGEST_STEP
from tb_actmax.plugin.store.sources import Name

_MOST_STEPS = 1000  # epochs of one request


def one(request: wrappers.Request, name: str) -> str:
    """The one value of a parameter.

    Raises:
        InvalidArgumentError: If there is none, or several.
    """
    values = request.args.getlist(name)
    if len(values) != 1 or not values[0]:
        raise errors.InvalidArgumentError(f"The request needs one {name!r}.")
    return values[0]


def layer(request: wrappers.Request) -> Name:
    """The experiment, run and layer that are asked for."""
    experiment = plugin_util.experiment_id(request.environ)
    return experiment, one(request, "run"), one(request, "tag")


def step(text: str) -> int:
    """An epoch.

    Raises:
        InvalidArgumentError: If it is none.
    """
    digits = text.isascii() and text.isdigit() and len(text) <= 16
    if not digits or int(text) > LARGEST_STEP:
        raise errors.InvalidArgumentError("A step is a number of epochs.")
    return int(text)


def steps(request: wrappers.Request) -> list[int]:
    """The epochs that are asked for; none where none is named."""
    found = [step(text) for text in request.args.getlist("step")]
    if len(found) > _MOST_STEPS:
        raise errors.InvalidArgumentError(
            f"One request asks for up to {_MOST_STEPS} steps."
        )
    return found
