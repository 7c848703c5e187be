"""Finds the layers of a model that have filters."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence

import keras
import tensorflow as tf

from tb_actmax.network.diversion import own_generator
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.receptive_field.field import Field
from tb_actmax.network.receptive_field.reader import FieldReader
from tb_actmax.network.recorded_calls import Call, record_calls, sublayers
from tb_actmax.network.sources import Source, find_source
from tb_actmax.network.unreached import Unreached, find_unreached
from tb_actmax.network.work import work_until

_CONVOLUTIONS = tuple(
    getattr(keras.layers, name)
    for name in (
        "Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose"
        " DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D"
        " ConvLSTM1D ConvLSTM2D ConvLSTM3D"
    ).split()
)
_ACTIVATIONS = (
    keras.layers.Activation,
    keras.layers.ReLU,
    keras.layers.LeakyReLU,
    keras.layers.PReLU,
    keras.layers.ELU,
)
_CONVOLVING = frozenset(
    "Conv2D Conv3D DepthwiseConv2dNative Conv2DBackpropInput"
    " Conv3DBackpropInputV2".split()
)
_PASSING = ("Identity", "Cast", "IdentityN")  # operations that keep values
_RECTIFYING = ("Relu", "Relu6")


@dataclasses.dataclass(frozen=True)
class Target:
    """A layer whose filters can be maximized.

    Attributes:
        path: Names from the model to the layer, joined by "/".
        layer: The layer.
        call: Index of the layer's call, 0 for the first.
        order: Position in the order in which the model runs its layers.
        filters: Number of filters (channels of the output, or units).
        channels_first: Whether the layer's output has its channels first.
        positions: Number of rows and columns of the map of an input of the
            declared size (of a volume slices before them), or `None` for an
            output without positions.
        normalization: The batch normalization that follows directly, which
            gives a filter its sign and offset, or `None`.
        field: The receptive field on the image of the declared size.
        input_field: The receptive field of the layer's input, if it is a single
            tensor.
        convolution: Whether the layer is a convolution, Keras's or one of the
            user's own.
        hidden: Whether the layer is a dense one whose units have an
            activation.
        rectified: Whether a ReLU follows and sets responses below zero to zero.
        last: Whether no layer with weights follows, so that its units may be
            the classes.
        source: The convolution whose filters the layer reads, if there is
            one.
        work: Multiplications, about, on the way from an image to the layer.
    """

    path: str
    layer: keras.layers.Layer
    call: int
    order: int
    filters: int
    channels_first: bool
    positions: tuple[int, ...] | None
    normalization: keras.layers.BatchNormalization | None
    field: Field
    input_field: Field | None = None
    convolution: bool = False
    hidden: bool = False
    rectified: bool = False
    last: bool = False
    source: Source | None = None
    work: float = 0.0

    def is_class_layer(self, class_names: Sequence[str] | None) -> bool:
        """Returns whether the filters are the classes of these names."""
        return self.last and len(class_names or ()) == self.filters

    @property
    def spatial(self) -> bool:
        """Whether the output has positions."""
        return self.positions is not None

    @property
    def kind(self) -> str:
        """The layer's class, "Conv2D" for instance."""
        return type(self.layer).__name__


class Targets(dict[str, Target]):
    """The layers that can be maximized, by path.

    Attributes:
        unreached: Why others cannot, by path.
    """

    def __init__(
        self, targets: Mapping[str, Target], unreached: Mapping[str, Unreached]
    ):
        super().__init__(targets)
        self.unreached = dict(unreached)


def find_targets(
    model: keras.Model | ImageModel, shape: Sequence[int]
) -> Targets:
    """Finds the layers of a model that have filters, in the order they run in.

    Args:
        model: The model.
        shape: Shape of one input, (height, width, channels); of a volume with
            the slices in front.

    Returns:
        Targets by path. The second call of a shared layer ends in ":1", and
        so on.
    """
    if not isinstance(model, ImageModel):
        model = ImageModel(model)
    found: dict[str, Target] = {}
    unreached: dict[str, Unreached] = {}

    @tf.function(autograph=False)
    def trace(image: tf.Tensor) -> tf.Tensor:
        found.clear()  # a trace that creates variables is made twice
        calls = record_calls(model, image)
        paths = _paths(model)  # `build` of a layer may have made others
        field_of = FieldReader(image)
        work = work_until(image.graph)
        for order, call in enumerate(calls):
            target = _target(call, order, calls, paths, field_of, model)
            if target is not None:
                total = work.get(call.output.op.name, 0.0)  # else in a body
                found[target.path] = dataclasses.replace(
                    target, work=total / image.shape[0]
                )
        unreached.update(
            find_unreached(model, image, calls, paths, is_convolution)
        )
        return tf.zeros(())

    own_generator()  # a trace that creates variables is made twice
    # Of two images: `squeeze` would take away the axis of a single one.
    trace.get_concrete_function(tf.TensorSpec((2, *shape), tf.float32))
    return Targets(found | _last(found), unreached)


def _last(targets: dict[str, Target]) -> dict[str, Target]:
    """Marks the last layer with weights, and those that pass on its units."""
    marked: dict[str, Target] = {}
    for path, target in reversed(targets.items()):
        if marked and target.filters != next(iter(marked.values())).filters:
            break
        marked[path] = dataclasses.replace(target, last=True)
        if target.layer.weights and not isinstance(
            target.layer, keras.layers.BatchNormalization
        ):
            break
    return marked


def _paths(model: ImageModel) -> dict[int, str]:
    paths: dict[int, str] = {}

    def walk(layer: keras.layers.Layer | ImageModel, prefix: str) -> None:
        names: set[str] = set()
        for inner in sublayers(layer):
            if id(inner) not in paths:
                name, number = inner.name, 2
                while name in names:
                    name, number = f"{inner.name}_{number}", number + 1
                names.add(name)
                paths[id(inner)] = prefix + name
                walk(inner, f"{prefix}{name}/")

    walk(model, "")
    return paths


def _target(
    call: Call,
    order: int,
    calls: list[Call],
    paths: dict[int, str],
    field_of: FieldReader,
    model: ImageModel,
) -> Target | None:
    output = call.output
    if isinstance(call.layer, keras.Model) or not _is_symbolic(output):
        return None
    rank = output.shape.rank
    if not output.dtype.is_floating or rank not in (2, 3, 4, 5):
        return None
    # Tokens have their units last, whatever the order of maps.
    first = _is_first(call.layer, rank, model)
    sizes = output.shape[1:]
    filters = sizes[0] if first else sizes[-1]
    positions = sizes[1:] if first else sizes[:-1]
    field = field_of(output)
    if filters is None or field is None or output.shape[0] not in (None, 2):
        return None
    path = paths[id(call.layer)]
    normalization = _normalization(call, calls)
    after = output if normalization is None else normalization.output
    readers = _readers(after)
    activation = getattr(call.layer, "activation", None)
    linear = activation in (None, keras.activations.linear)
    return Target(
        path=f"{path}:{call.index}" if call.index else path,
        layer=call.layer,
        call=call.index,
        order=order,
        filters=int(filters),
        positions=positions_of(positions, len(field.size)),
        channels_first=first,
        normalization=None if normalization is None else normalization.layer,
        field=field,
        input_field=field_of(call.inputs)
        if _is_symbolic(call.inputs)
        else None,
        convolution=is_convolution(call.layer) or _convolves(call, calls),
        hidden=isinstance(call.layer, keras.layers.Dense)
        and (not linear or _activated(call, calls)),
        rectified=_origin(output).op.type in _RECTIFYING
        or (linear and any(r.type in _RECTIFYING for r in readers)),
        source=find_source(
            call,
            calls,
            paths,
            lambda one: is_convolution(one.layer) and _is_symbolic(one.output),
            lambda one: _normalization(one, calls),
        ),
    )


def _readers(tensor: tf.Tensor) -> list[tf.Operation]:
    """Returns the operations that take a tensor's values."""
    found: list[tf.Operation] = []
    for operation in tensor.consumers():
        if operation.type in _PASSING:
            for output in operation.outputs:
                found += _readers(output)
        else:
            found.append(operation)
    return found


def _origin(tensor: tf.Tensor) -> tf.Tensor:
    """Returns what a tensor was before it was clipped from above."""
    passing = (*_PASSING, "Minimum", "Maximum")
    while tensor.op.type in passing:
        tensor = tensor.op.inputs[0]
    return tensor


def _activated(call: Call, calls: list[Call]) -> bool:
    """Returns whether a layer that is an activation reads a layer."""
    return any(
        isinstance(other.layer, _ACTIVATIONS)
        and tf.is_tensor(other.inputs)
        and _source(other.inputs) is call.output
        for other in calls
    )


def _convolves(call: Call, calls: list[Call]) -> bool:
    """Returns whether a layer of the user's own is a convolution itself."""
    layer = call.layer
    if type(layer).__module__.startswith("keras."):
        return False
    inner = {id(one) for one in sublayers(layer)}
    if any(id(other.layer) in inner for other in calls):
        return False
    kernels = [v for v in layer.weights if len(v.shape) >= 3]
    if not kernels or not tf.is_tensor(call.inputs):
        return False
    waiting, seen = [call.output], {id(call.inputs)}
    while waiting:
        tensor = waiting.pop()
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        if tensor.op.type in _CONVOLVING:
            return True
        waiting += tensor.op.inputs
    return False


def _is_symbolic(value: object) -> bool:
    """Returns whether a value is a tensor of a graph, and no constant."""
    return tf.is_tensor(value) and hasattr(value, "graph")


def _is_first(layer: keras.layers.Layer, rank: int, model: ImageModel) -> bool:
    """Returns whether a layer's output has its channels first."""
    order = getattr(layer, "data_format", None)
    if order is None:
        return model.maps_first and rank > 3
    return bool(order == "channels_first") and rank > 2


def positions_of(sizes: Iterable[int], axes: int) -> tuple[int, ...] | None:
    """Returns a layer's positions, with as many axes as the image has.

    Tokens and signals are one row. If there are more axes than the image has,
    the last are joined.

    Args:
        sizes: Sizes of the layer's output, without batch and filters.
        axes: Axes of the image.
    """
    sizes = list(sizes)
    if not sizes:
        return None
    sizes = [1] * (axes - len(sizes)) + sizes
    return (*sizes[: axes - 1], math.prod(sizes[axes - 1 :]))


def _normalization(call: Call, calls: list[Call]) -> Call | None:
    """Returns the batch normalization that alone reads a linear layer."""
    activation = getattr(call.layer, "activation", None)
    if not is_convolution(call.layer) or (
        activation is not None and activation is not keras.activations.linear
    ):
        return None
    readers = [
        other
        for other in calls
        if tf.is_tensor(other.inputs) and _source(other.inputs) is call.output
    ]
    if len(readers) != 1:
        return None
    normalized = isinstance(readers[0].layer, keras.layers.BatchNormalization)
    return readers[0] if normalized else None


def _source(tensor: tf.Tensor) -> tf.Tensor:
    if not _is_symbolic(tensor):
        return tensor  # a constant
    while tensor.op.type in _PASSING and len(tensor.op.inputs) == 1:
        tensor = tensor.op.inputs[0]
    return tensor


def is_convolution(layer: keras.layers.Layer) -> bool:
    """Returns whether a layer is one of Keras's convolutions."""
    return isinstance(layer, _CONVOLUTIONS)
