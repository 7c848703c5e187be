"""Finds maps between an image and a layer, as features of the image.

They are read from the graph of operations, so this works for any model.
"""

from collections.abc import Iterable, Sequence

import tensorflow as tf

from tb_actmax.network.operations_between import operations_between

# Positions of the features on the way: fine and coarse ones, but none of the
# last layers, whose features are those of the unit itself.
_PLACES = (0.2, 0.5, 0.85)
_CONVOLVING = frozenset(
    "Conv2D Conv3D DepthwiseConv2dNative MaxPool MaxPool3D AvgPool"
    " AvgPool3D".split()
)
_ADDING = ("Add", "AddV2", "AddN")


def features_on_the_way(images: tf.Tensor, reached: object) -> list[tf.Tensor]:
    """Returns up to three maps (n, ..., channels) from images to a layer.

    In a residual network they are sums of branches, in others inputs of
    convolutions and poolings. `reached` are the arguments of the layer.
    """
    ends = [end for end in tf.nest.flatten(reached) if tf.is_tensor(end)]
    behind = operations_between(images, ends)
    sums: list[tf.Tensor] = []
    read: dict[int, tf.Tensor] = {}
    depending = {id(images)}
    for operation in images.graph.get_operations():
        maps = [
            tensor for tensor in operation.inputs if id(tensor) in depending
        ]
        if not maps or operation not in behind:
            continue
        depending |= {id(tensor) for tensor in operation.outputs}
        if operation.type in _CONVOLVING and maps[0] is not images:
            read.setdefault(id(maps[0]), maps[0])
        elif operation.type in _ADDING and len(maps) > 1:
            sums.append(operation.outputs[0])
    found = sums if len(sums) >= len(_PLACES) else list(read.values())
    found = [maps for maps in found if _is_known(maps, images)]
    chosen = {int(len(found) * place) for place in _PLACES} if found else set()
    return [found[place] for place in sorted(chosen)]


def in_running_order(
    features: Iterable[Sequence[tf.Tensor]],
) -> list[tf.Tensor]:
    """Returns the features of several layers, each once, as they are computed.

    Args:
        features: Maps on the way to each layer, in one graph.
    """
    once = {id(maps): maps for some in features for maps in some}
    ends = [maps.op for maps in once.values()]
    if len(ends) < 2:
        return list(once.values())
    operations = ends[0].graph.get_operations()
    places = {operation: place for place, operation in enumerate(operations)}
    return sorted(once.values(), key=lambda maps: places[maps.op])


def _is_known(maps: tf.Tensor, images: tf.Tensor) -> bool:
    """Returns whether a tensor is a map of known size for each image."""
    return (
        maps.dtype.is_floating
        and maps.op.type != "SpaceToBatchND"  # of a dilated convolution
        and maps.shape.rank == images.shape.rank
        and maps.shape[0] is None
        and maps.shape[1:].is_fully_defined()
    )
