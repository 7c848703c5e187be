"""Chooses the layers to show if none is named.

A deep network has more than fifty layers, and neighbouring layers look alike,
so a few layers spread over the depth are shown.
"""

import math
from collections.abc import Iterable, Sequence

import keras

from tb_actmax.errors import NotShownError
from tb_actmax.network.input_spec import has_call
from tb_actmax.network.target import Target

MOST = 8  # layers, the classes not counted

_CLASSIFYING = ("softmax", "log_softmax", "sigmoid")  # activations
_LOSSES = ("crossentropy", "hinge")  # parts of their names


def choose_default(
    targets: Iterable[Target],
    model: keras.Model,
    most: int | None = MOST,
) -> list[Target]:
    """Chooses at most `most` layers to show if none is named; `None` for all.

    These are convolutions, spread over the depth, without those that weigh the
    channels of a map by its mean ("squeeze and excitation", Hu et al., 2018).
    In a model without convolutions, they are the dense layers that act at
    positions (the first, which embeds patches, and those with an activation),
    or all dense layers if none does. The classes come last and do not count:
    the last dense layer, if the output is a classification into three or more
    classes or the model has no convolution. A layer that is called several
    times is shown once.

    Raises:
        NotShownError: If there is nothing to choose.
    """
    targets = list(targets)
    named = targets if most is None else _once(targets)
    convolutions = [t for t in named if t.convolution]
    dense = [t for t in named if isinstance(t.layer, keras.layers.Dense)]
    if convolutions:
        chosen = _spread(_of_maps(convolutions, most), most)
        if dense and _are_classes(dense[-1], targets, model):
            chosen.append(dense[-1])
        return chosen
    if not dense:
        raise NotShownError(_nothing(targets, model))
    acting = [t for t in dense if t.spatial] or dense
    units = {*acting[:1], *(t for t in acting if t.hidden)} - {dense[-1]}
    ordered = sorted(units, key=lambda target: target.order)
    return _spread(ordered, most) + dense[-1:]


def _nothing(targets: Sequence[Target], model: keras.Model) -> str:
    """Returns the message that there is nothing to show, and what to do."""
    message = (
        "the model has no convolution and no dense layer that reads an image."
    )
    trained = [t.path for t in targets if t.layer.weights]
    if trained:
        message += f" Name the layers to show: {', '.join(trained[:60])}."
    if not has_call(model):
        message += (
            " Layers that only its `train_step` joins are not found: join them "
            "in a model, keras.Sequential([first, second]), and pass it to "
            "`maximize`."
        )
    return message


def _once(targets: list[Target]) -> list[Target]:
    """Returns one call of each layer: the first with known fields, if any.

    All calls of a layer look for the same. For a mirrored image, for instance,
    the location of receptive fields is unknown.
    """
    chosen: dict[int, Target] = {}
    for target in targets:
        before = chosen.setdefault(id(target.layer), target)
        if before.field.whole and not target.field.whole:
            chosen[id(target.layer)] = target
    return [t for t in targets if chosen[id(t.layer)] is t]


def _of_maps(layers: list[Target], most: int | None) -> list[Target]:
    """Leaves out convolutions that weigh the channels of larger maps."""
    if most is None:
        return layers
    sizes = [math.prod(t.positions or ()) for t in layers]
    return [
        target
        for place, target in enumerate(layers)
        if sizes[place] > 1
        or max(sizes[place:]) == 1
        or math.prod(getattr(target.layer, "kernel_size", ())) > 1
    ]


def _spread(layers: list[Target], most: int | None) -> list[Target]:
    """Chooses layers spread over the depth.

    First come the first and the last layer, and the last layer before each
    change of the size of maps. Then come the layers farthest from all chosen
    ones.
    """
    count = len(layers)
    if most is None or count <= most:
        return layers
    # The shortcut around a block may run after the block, but is less deep.
    layers = sorted(layers, key=lambda target: target.field.depth)
    ends = [
        index
        for index in range(count - 1)
        if layers[index].positions != layers[index + 1].positions
    ]
    if len(ends) > most - 2:  # evenly
        ends = [ends[i * len(ends) // (most - 2)] for i in range(most - 2)]
    chosen = {0, count - 1, *ends}
    while len(chosen) < most:
        chosen.add(
            max(range(count), key=lambda i: min(abs(i - one) for one in chosen))
        )
    return sorted((layers[i] for i in chosen), key=lambda t: t.order)


def _are_classes(
    units: Target, targets: Sequence[Target], model: keras.Model
) -> bool:
    """Returns whether the units of the last dense layer are classes.

    They are if there are three or more, only activations follow, and an
    activation or the loss belongs to a classification. One or two units decide
    between two classes, and their images show little beyond the difference.
    """
    after = [t for t in targets if t.order > units.order]
    if units.filters < 3 or units.spatial:
        return False
    if any(t.layer.weights or t.spatial for t in after):
        return False
    ends = [units.layer, *(t.layer for t in after)]
    if any(isinstance(layer, keras.layers.Softmax) for layer in ends):
        return True
    activations = [getattr(layer, "activation", None) for layer in ends]
    if any(_name(a) in _CLASSIFYING for a in activations):
        return True
    losses = getattr(model, "loss", None)
    if isinstance(losses, dict):  # wrapped by TensorFlow, a leaf to Keras 3.5
        losses = list(losses.values())
    losses = keras.tree.flatten(losses)
    words = " ".join(map(_name, losses)).lower().replace("_", "")
    return any(part in words for part in _LOSSES)


def _name(function: object) -> str:
    """Returns the name of an activation or a loss, however it is given."""
    if isinstance(function, str):
        return function
    return getattr(function, "__name__", type(function).__name__)
