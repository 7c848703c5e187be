"""Private interfaces of Keras and TensorFlow, each with its reason.

No other module uses names of theirs that begin with an underscore. Tried with
Keras 3.5 to 3.15 and TensorFlow 2.18 to 2.21. Imports are inside the functions:
TensorBoard's side of the package loads neither.
"""

from __future__ import annotations

import contextlib
import functools
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ParamSpec, TypeAlias, TypeVar

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    Functions: TypeAlias = Mapping[str, tf.types.experimental.ConcreteFunction]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

# Checks the shape of a functional model's inputs. The fully convolutional part
# of a network takes other sizes than declared, so the check is left out.
INPUT_CHECK = "_assert_input_compatibility"

# Casts a functional model's inputs to the dtype declared. An image stays a
# float where whole numbers are declared: a cast has no gradient.
INPUT_CONVERSION = "_convert_inputs_to_tensors"
INPUT_CAST = "_convert_input_args"  # whether a sequential model casts too

# Clears the losses that a model's layers added at the last call. Another
# thread may be about to read them.
CLEAR_LOSSES = "_clear_losses"

# Attribute of an operation with another gradient than that of its kind.
GRADIENT_ATTRIBUTE = "_gradient_op_type"

# Attributes of a `tf.function` whose operations need no order but that of their
# inputs. Otherwise TensorFlow looks for their effects, operation by operation.
UNORDERED = {"_disable_acd": True}

# Attribute of `thread_state()`: the generator of random numbers for layers
# without a seed, created at its first use.
SEED_GENERATOR = "global_seed_generator"


def flatten_layers(
    layer: keras.layers.Layer,
    include_self: bool = False,
    recursive: bool = True,
) -> list[keras.layers.Layer]:
    """Returns the layers inside a layer or model, in creation order.

    `Model.layers` does not list the layers that a layer holds in attributes.
    """
    return list(
        layer._flatten_layers(include_self=include_self, recursive=recursive)
    )


def input_structure(model: keras.Model) -> object:
    """Returns a functional model's inputs in the structure that it takes.

    `Model.inputs` is flat: the keys of a dictionary are lost. `None` for other
    models.
    """
    return getattr(model, "_inputs_struct", None)


def graph_of(model: keras.Model) -> keras.Model | None:
    """Returns the functional model that converts a model's inputs, if any.

    A built sequential model has one in a private attribute.
    """
    found = getattr(model, "_functional", None) or model
    return found if hasattr(found, INPUT_CONVERSION) else None


def thread_state() -> threading.local:
    """Returns the object whose attributes are Keras's state of this thread."""
    from keras.src.backend.common import global_state

    state: threading.local = global_state.GLOBAL_STATE_TRACKER
    return state


def operation_seeds() -> random.Random | None:
    """Returns the generator of the seeds of random operations.

    Each eager operation without its own seed draws one. TensorFlow has no
    public way to read the position in this stream.
    """
    from tensorflow.python.eager import context

    return getattr(context.context(), "_rng", None)


def saved_signatures(layer: keras.layers.TFSMLayer) -> Functions:
    """Returns the signatures of the SavedModel in a `TFSMLayer`.

    Keras has the reloaded object in a private attribute.
    """
    signatures: Functions = layer._reloaded_obj.signatures
    return signatures


def function_body(graph: tf.Graph, name: str) -> tf.Graph | None:
    """Returns the graph of a function that a graph calls, `None` if unknown.

    TensorFlow has no public way from a call operation to the called graph.
    """
    return getattr(graph._get_function(name), "graph", None)


def called_functions(operation: tf.Operation) -> list[tf.Graph | None]:
    """Returns the graphs of all functions that an operation calls.

    See `function_body`.
    """
    names = []
    for attribute in operation.op_def.attr:
        if attribute.type == "func":
            names.append(operation.get_attr(attribute.name).name)
        elif attribute.type == "list(func)":
            names += [f.name for f in operation.get_attr(attribute.name)]
    return [function_body(operation.graph, name) for name in names]


def give_gradient(operation: tf.Operation, name: str | None) -> None:
    """Gives an operation that was built the gradient that is registered so.

    `None` gives it back that of its kind. `tf.Graph.gradient_override_map`
    reaches only operations of that very graph that are built later, and loops
    have graphs of their own.
    """
    from tensorflow.core.framework.attr_value_pb2 import AttrValue

    if name is None:
        operation._clear_attr(GRADIENT_ATTRIBUTE)
    else:
        operation._set_attr(GRADIENT_ATTRIBUTE, AttrValue(s=name.encode()))


def given_gradient(operation: tf.Operation) -> str | None:
    """Returns the gradient that an operation was given, `None` for none."""
    given = operation.node_def.attr
    return (
        given[GRADIENT_ATTRIBUTE].s.decode()
        if GRADIENT_ATTRIBUTE in given
        else None
    )


def registered_gradient(kind: str) -> Callable[..., list[tf.Tensor | None]]:
    """Returns the gradient that is registered for a kind of operation.

    Its registry is private.

    Raises:
        LookupError: If there is none.
    """
    from tensorflow.python.framework.ops import gradient_registry

    found: Callable[..., list[tf.Tensor | None]]
    found = gradient_registry.lookup(kind)
    return found


def variable_dtype(handle: tf.Tensor) -> tf.DType | None:
    """Returns the data type of the variable that a resource handle names.

    `None` if it names something else. There is no public way from a handle to
    its variable.
    """
    import tensorflow as tf

    data = getattr(handle, "_handle_data", None)
    if data is None or not data.is_set or not data.shape_and_type:
        return None
    return tf.as_dtype(data.shape_and_type[0].dtype)


def captured(graph: tf.Graph, tensors: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """Returns the tensors of a function's graph that stand for others.

    Those for variables are made at once. `capture` makes them one by one, in
    the time in which five times as many operations are copied, and has no
    public counterpart for several.
    """
    import tensorflow as tf
    from tensorflow.python.ops.handle_data_util import copy_handle_data

    before = set(map(id, graph.external_captures))
    new = {
        id(one): one
        for one in tensors
        if id(one) not in before
        and one.dtype == tf.resource
        and not hasattr(one, "graph")
        and not one.is_packed  # on several devices
    }
    definition = tf.compat.v1.GraphDef(versions=graph.graph_def_versions)
    names = [str(place) for place in range(len(new))]
    for name in names:
        node = definition.node.add(name=name, op="Placeholder")
        node.attr["dtype"].type = tf.resource.as_datatype_enum
        node.attr["shape"].shape.SetInParent()
    with graph.control_dependencies(None):
        made = tf.graph_util.import_graph_def(
            definition, {}, [f"{name}:0" for name in names], name="captured"
        )
    for one, inner in zip(new.values(), made, strict=True):
        copy_handle_data(one, inner)
        graph.add_capture(one, inner)
    return [graph.capture(one) for one in tensors]


def new_variable(value: tf.Tensor) -> tf.Variable:
    """Returns a plain variable, even within a `tf.distribute` strategy.

    `tf.Variable` makes a distributed one there.
    """
    from tensorflow.python.ops.resource_variable_ops import ResourceVariable

    return ResourceVariable(value, trainable=False)


def autocast_scope(
    layer: keras.layers.Layer,
) -> contextlib.AbstractContextManager[object]:
    """Returns the scope in which Keras runs a layer's `call`.

    Within it, the variables of a layer of mixed precision are read in the
    precision in which it computes.
    """
    from keras.src.backend import AutocastScope

    dtype = layer.compute_dtype
    casts = layer.autocast and dtype != layer.variable_dtype
    scope: contextlib.AbstractContextManager[object] = AutocastScope(
        dtype if casts else None
    )
    return scope


def with_own_options(
    function: Callable[Parameters, Result],
) -> Callable[Parameters, Result]:
    """Wraps a function to trace and run graphs with its own options.

    It runs without the callbacks of `tf.debugging`: `enable_check_numerics` and
    `enable_dump_debug_info` add an operation after each operation that this
    thread runs or traces. The user does not debug the graphs of this package,
    and graphs with branches fail with such operations.

    Without a GPU it also runs without TensorFlow's graph optimizer, which takes
    up to half of the tracing time and makes the graphs of this package no
    faster on a CPU. Both options belong to this thread; other threads and the
    training keep theirs.
    """

    @functools.wraps(function)
    def wrapped(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        import tensorflow as tf
        from tensorflow.python.eager import context

        current = context.context()
        state = current._thread_local_data
        before = state.op_callbacks, state.function_call_options
        try:
            state.op_callbacks = []
            if not tf.config.list_physical_devices("GPU"):
                config = current.config
                config.allow_soft_placement = True  # as functions have
                rewriting = config.graph_options.rewrite_options
                rewriting.disable_meta_optimizer = True
                current.function_call_options = context.FunctionCallOptions(
                    config_proto=config
                )
            return function(*args, **kwargs)
        finally:
            state.op_callbacks, state.function_call_options = before

    return wrapped
