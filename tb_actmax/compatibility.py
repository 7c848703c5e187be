"""Private interfaces of Keras and TensorFlow, each with its reason.

Nothing else in the package uses a name of theirs that begins with an
underscore. Tried with Keras 3.5 to 3.15 and TensorFlow 2.18 to 2.21. Imports
are inside the functions: TensorBoard's side of the package loads neither.
"""

from collections.abc import Mapping
from typing import Any

# Checks the shape of a functional model's inputs. The fully convolutional part
# of a network takes other sizes than declared, so the check is left out.
INPUT_CHECK = "_assert_input_compatibility"

# Casts a functional model's inputs to the dtype declared. An image stays a
# float where whole numbers are declared: a cast has no gradient.
INPUT_CONVERSION = "_convert_inputs_to_tensors"
INPUT_CAST = "_convert_input_args"  # whether a sequential one casts, too

_SHARED_GENERATOR = "global_seed_generator"


def flatten_layers(
    layer: Any, include_self: bool = False, recursive: bool = True
) -> list[Any]:
    """Returns the layers inside a layer or model, in creation order.

    `Model.layers` does not list the layers that a layer holds in attributes.
    """
    return list(
        layer._flatten_layers(include_self=include_self, recursive=recursive)
    )


def input_structure(model: Any) -> Any:
    """Returns a functional model's inputs in the structure that it takes.

    `Model.inputs` is flat: the keys of a dictionary are lost. `None` for other
    models.
    """
    return getattr(model, "_inputs_struct", None)


def graph_of(model: Any) -> Any:
    """Returns the functional model that converts a model's inputs, if any.

    A sequential model that is built keeps one to itself.
    """
    found = getattr(model, "_functional", None) or model
    return found if hasattr(found, INPUT_CONVERSION) else None


def own_state(layer: Any) -> list[Any]:
    """Returns the variables that a layer itself updates as it runs.

    `non_trainable_variables` also holds the weights of frozen layers, which
    may be gigabytes.
    """
    return list(getattr(layer, "_non_trainable_variables", ()))


def seed_generators(layer: Any) -> list[Any]:
    """Returns a layer's generators of random numbers; Keras lists none."""
    return list(getattr(layer, "_seed_generators", ()))


def shared_seed_generator() -> Any:
    """Returns the generator for layers without a seed of their own.

    Keras creates it at its first use; `None` before, and where a version of
    Keras keeps it elsewhere.
    """
    try:
        from keras.src.backend.common import global_state
    except ImportError:
        return None
    return global_state.get_global_attribute(_SHARED_GENERATOR)


def forget_shared_seed_generator() -> None:
    """Makes Keras create that generator at its next use."""
    try:
        from keras.src.backend.common import global_state
    except ImportError:
        return
    global_state.set_global_attribute(_SHARED_GENERATOR, None)


def eager_seed_stream() -> Any:
    """Returns the `random.Random` that seeds TensorFlow's eager operations.

    `tf.random` can set its seed, but neither read nor restore its state.
    """
    from tensorflow.python.eager import context

    return getattr(context.context(), "_rng", None)


def saved_signatures(layer: Any) -> Mapping[str, Any]:
    """Returns the signatures of the SavedModel in a `TFSMLayer`.

    Keras keeps the reloaded object to itself.
    """
    signatures: Mapping[str, Any] = layer._reloaded_obj.signatures
    return signatures


def writer_resource(writer: Any) -> Any:
    """Returns the resource handle of a `tf.summary` writer.

    `tf.summary` writes summaries only; raw events take the handle.
    """
    return writer._resource


def function_body(graph: Any, name: str) -> Any:
    """Returns the graph of a function that a graph calls, `None` if unknown.

    TensorFlow has no public way from a call operation to what it calls.
    """
    return getattr(graph._get_function(name), "graph", None)
