"""Determines the role of a layer: a convolution, linear, normalized."""

import keras
import tensorflow as tf

from tb_actmax.network.call_graph import PASSING, CallGraph
from tb_actmax.network.operations_between import operations_between
from tb_actmax.network.receptive_field.frame_axis import only_moves_frame
from tb_actmax.network.recorded_calls import Call, sublayers


def keras_layers(names: str) -> tuple[type[keras.layers.Layer], ...]:
    """Returns classes of `keras.layers`."""
    return tuple(getattr(keras.layers, name) for name in names.split())


_CONVOLUTIONS = keras_layers(
    "Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose"
    " DepthwiseConv1D DepthwiseConv2D SeparableConv1D SeparableConv2D"
    " ConvLSTM1D ConvLSTM2D ConvLSTM3D"
)
_ACTIVATIONS = keras_layers("Activation ReLU LeakyReLU PReLU ELU")
_CONVOLVING = frozenset(
    "Conv2D Conv3D DepthwiseConv2dNative Conv2DBackpropInput"
    " Conv3DBackpropInputV2".split()
)
RECTIFYING = ("Relu", "Relu6")


def readers_of(tensor: tf.Tensor) -> list[tf.Operation]:
    """Returns the operations that read a tensor's values."""
    found: list[tf.Operation] = []
    for operation in tensor.consumers():
        outputs = operation.outputs
        if operation.type in PASSING or (
            len(outputs) == 1 and only_moves_frame(outputs[0], tensor)
        ):
            for output in operation.outputs:
                found += readers_of(output)
        else:
            found.append(operation)
    return found


def origin_of(tensor: tf.Tensor) -> tf.Tensor:
    """Returns the tensor before it was clipped from above."""
    passing = (*PASSING, "Minimum", "Maximum")
    while tensor.op.type in passing:
        tensor = tensor.op.inputs[0]
    return tensor


def is_activated(call: Call, graph: CallGraph) -> bool:
    """Returns whether an activation layer reads a layer's output."""
    readers = graph.reading(call.output)
    return any(isinstance(other.layer, _ACTIVATIONS) for other in readers)


def convolves(call: Call, graph: CallGraph) -> bool:
    """Returns whether a user's own layer is itself a convolution."""
    layer = call.layer
    if type(layer).__module__.startswith("keras."):
        return False
    inner = {id(one) for one in sublayers(layer)}
    if any(id(other.layer) in inner for other in graph.calls):
        return False
    kernels = [v for v in layer.weights if len(v.shape) >= 3]
    if not kernels or not tf.is_tensor(call.inputs):
        return False
    between = operations_between(call.inputs, [call.output])
    return any(operation.type in _CONVOLVING for operation in between)


def activation_of(layer: keras.layers.Layer) -> object:
    """Returns the activation of a layer's output, `None` if there is none.

    Recurrent convolutions apply theirs inside their steps, where it cannot be
    left out.
    """
    return vars(layer).get("activation")


def normalization_of(call: Call, graph: CallGraph) -> Call | None:
    """Returns the batch normalization that alone reads a linear layer."""
    activation = activation_of(call.layer)
    if not is_convolution(call.layer) or (
        activation is not None and activation is not keras.activations.linear
    ):
        return None
    readers = graph.reading(call.output)
    if len(readers) != 1:
        return None
    normalized = isinstance(readers[0].layer, keras.layers.BatchNormalization)
    return readers[0] if normalized else None


def is_convolution(layer: keras.layers.Layer) -> bool:
    """Returns whether a layer is one of Keras's convolutions."""
    return isinstance(layer, _CONVOLUTIONS)
