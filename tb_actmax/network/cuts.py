"""Finds the tensors that separate what comes before from what comes after."""

import tensorflow as tf

from tb_actmax.network.operations_between import operations_between


def cuts_between(source: tf.Tensor, tensor: tf.Tensor) -> list[tf.Tensor]:
    """Returns the tensors that all gradients between two tensors pass.

    Args:
        source: The earlier tensor.
        tensor: The later tensor.

    Returns:
        The earlier tensor, and then these in order.
    """
    behind = operations_between(source, [tensor])
    depending = {id(source)}
    readers: dict[int, int] = {id(tensor): 1}
    order = []
    for operation in tensor.graph.get_operations():
        if operation in behind and operation is not source.op:
            maps = {id(one) for one in operation.inputs} & depending
            passed = [one for one in operation.outputs if _is_passed(one)]
            if maps and passed:
                order.append((operation, maps))
                depending |= {id(one) for one in passed}
                for one in maps:
                    readers[one] = readers.get(one, 0) + 1
    waiting = {id(source)}
    found = [source]
    for operation, maps in order:
        for one in maps:
            readers[one] -= 1
            if not readers[one]:
                waiting.remove(one)
        outputs = [one for one in operation.outputs if id(one) in readers]
        waiting |= {id(one) for one in outputs}
        if len(waiting) == 1 and len(outputs) == 1:
            found += outputs
    return found


def _is_passed(tensor: tf.Tensor) -> bool:
    """Returns whether gradients pass a tensor: none pass numbers of images."""
    return bool(tensor.dtype.is_floating or tensor.dtype.is_complex)
