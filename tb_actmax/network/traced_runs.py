"""Keeps traced runs of a model on whole inputs, to use them again.

Copying the operations of a trace takes a fraction of the time that Keras takes
to call the layers again.
"""

from collections.abc import Mapping, Sequence

import tensorflow as tf

from tb_actmax.network.any_size_runs import fits_any_size
from tb_actmax.network.copied_run import KeptGradients
from tb_actmax.network.effects import has_effect
from tb_actmax.network.found_run import FoundRun
from tb_actmax.network.gradients.swish import is_swish
from tb_actmax.network.graph_copy import copied, tensors_of
from tb_actmax.network.operations_between import operations_between
from tb_actmax.network.reached import Reached


class TracedRuns:
    """Traced runs of a model up to its layers.

    Functions traced later copy them instead of tracing the model again: those
    of whole inputs, and those of parts of inputs on the way to which all
    operations fit any size.

    Attributes:
        found: The run in which the model's layers were found, if it can be
            copied.
    """

    def __init__(self) -> None:
        self.found: FoundRun | None = None
        self._calls: dict[str, tuple[tf.Tensor, Reached, KeptGradients]] = {}
        self._with_own_gradients: set[str] = set()
        self._of_any_size: set[str] = set()

    def keep(
        self,
        images: tf.Tensor,
        calls: Mapping[str, Reached],
        same_at_any_size: bool = False,
    ) -> None:
        """Keeps a run.

        Args:
            images: The symbolic inputs of the run.
            calls: The calls of layers in that run, by path. Calls that
                depend on functions, or on state other than variables, are
                not kept.
            same_at_any_size: Whether the model builds the same operations for
                images of any size.
        """
        gradients: KeptGradients = {}
        for path, call in calls.items():
            tensors = tensors_of(call)
            if all(getattr(t, "graph", None) is images.graph for t in tensors):
                operations = operations_between(images, tensors)
                if not any(map(has_effect, operations)):
                    self._calls[path] = images, call, gradients
                if same_at_any_size and fits_any_size(images, operations):
                    self._of_any_size.add(path)
                # Of `tf.custom_gradient`: a function of the original tensors.
                if any(
                    one.type == "IdentityN" and not is_swish(one)
                    for one in operations
                ):
                    self._with_own_gradients.add(path)

    def kept(self, path: str) -> bool:
        """Returns whether a run up to a layer was traced.

        Args:
            path: Path of the layer.
        """
        return path in self._calls

    def reached(
        self, path: str, images: tf.Tensor, differentiable: bool = False
    ) -> Reached | None:
        """Runs the model up to a layer, if a run that fits was traced.

        Args:
            path: Path of the layer.
            images: Symbolic images (n, height, width, channels).
            differentiable: Whether gradients will be taken.

        Returns:
            The call of the layer, in the graph of the images; `None` if
            no trace fits.
        """
        found = self.reached_together([path], images, differentiable)
        return None if found is None else found[0]

    def reached_together(
        self,
        paths: Sequence[str],
        images: tf.Tensor,
        differentiable: bool = False,
    ) -> list[Reached] | None:
        """Runs the model once up to several layers, as `reached` does.

        Returns the call of each layer; `None` if no trace fits all of them.
        """
        if not all(self._fits(path, images, differentiable) for path in paths):
            return None
        runs = [self._calls[path] for path in paths]
        traced, _, gradients = runs[0]
        if any(run[0] is not traced for run in runs):
            return None
        calls = [call for _, call, _ in runs]
        try:
            return copied(traced, images, calls, gradients)
        except (ValueError, tf.errors.OpError):
            return None  # operations that refer to others by their names

    def _fits(self, path: str, images: tf.Tensor, differentiable: bool) -> bool:
        """Returns whether a run up to a layer was traced that fits images."""
        if path not in self._calls:
            return False
        if differentiable and path in self._with_own_gradients:
            return False
        traced = self._calls[path][0]
        return images.shape[1:] == traced.shape[1:] or (
            path in self._of_any_size and images.shape[-1] == traced.shape[-1]
        )
