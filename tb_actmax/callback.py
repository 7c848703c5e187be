"""The Keras callback that shows what filters look for while they train."""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from typing import Literal

from tb_actmax.data.colours import ChannelOrder
from tb_actmax.data.dataset import read_ahead, read_once
from tb_actmax.data.sample import FixedInputs, Probe
from tb_actmax.distribution.strategies import maximizer_for
from tb_actmax.maximizer.ascent.problem import Transform, check_transforms
from tb_actmax.network.filter_selection import FiltersByLayer
from tb_actmax.network.layer_selection import Layers
from tb_actmax.training.follower import Follower
from tb_actmax.training.schedule import Schedule
from tb_actmax.training.session import Session
from tb_actmax.training.settings import Settings, events_directory


class ActivationMaximization(Follower):
    """Callback that shows in TensorBoard what each filter looks for.

    For each chosen filter it finds the image that excites the filter most:
    before the first epoch, after every `every` epochs, and at the end of the
    training. The images are written to `<log_dir>/actmax`, or to `actmax-2`
    beside it if the images of another training are there, and TensorBoard
    shows them in the tab "Activation Max".

    Calls of `fit` on the same model count as one training: `fit(epochs=1)` in
    a loop with `every=5` updates the images every five epochs. In a loop of
    your own, call `set_model` and then `on_epoch_end` after each epoch;
    `on_epoch_begin` before the first also shows the untrained network.

    The callback does not change the training: the weights are the same with
    and without it, bit for bit. An error while images are updated is logged
    once and does not end the training. Mistakes in the arguments raise at the
    start of `fit`.

    Args:
        log_dir: Path of the directory for the logs, as in
            `keras.callbacks.TensorBoard`. Both callbacks can share it.
        layers: Layers to show: names or paths such as `"conv1"` or
            `"mobilenet/conv1"` (in a nested model), or a dict that maps each to
            its `filters`; `"all"` for every convolution. Defaults to `None`: at
            most eight convolutions, spread over the depth, and the classes if
            there are three or more; in a model without convolutions the patch
            embedding, hidden units of the blocks' MLPs and the classes.
        filters: Filters of each layer: an int (that many, evenly spaced);
            `"all"`; a list of indices, objectives (see `tb_actmax.objectives`)
            and functions of the layer's activations; a boolean for each filter;
            or a dict that maps layers to one of these. Defaults to `16`.
        every: Integer. Epochs between two updates. Defaults to `1`.
        update_freq: `"epoch"`, or the number of batches between two updates,
            as in `keras.callbacks.TensorBoard`. For trainings of a few long
            epochs. Defaults to `"epoch"`.
        probe: A sample of the model's inputs: an array (n, height, width,
            channels), a pair (inputs, labels) or a dataset. Up to 1000 inputs
            are used. The images get the mean, contrast, spectrum and colours of
            the probe, and filters are measured on it. Defaults to `None`: the
            value range is that of the model's leading rescaling layers, else
            [0, 1], and natural images are assumed.
        steps: Integer. Gradient steps of a filter's first image, from a random
            start. Defaults to `None`: 32, and more where an image has room
            for whole objects (40 or 56).
        warm_steps: Integer. Gradient steps of later images, from the last
            one. Defaults to `8`.
        budget: Float in (0, 1]. Largest share of the training time to use, in
            addition to fifteen seconds. Updates show as many filters as the
            budget allows. `None` for no limit. Defaults to `0.05`.
        initial: Boolean. Whether to show the network before the first batch.
            Defaults to `True`.
        seed: Integer from 0. Seed of the random starts. Defaults to `0`.
        exemplars: Integer. Number of patches of the probe that excite each
            filter most, to show beside its image. Defaults to `9`.
        fixed_inputs: Dict. Values of the inputs that are not maximized, by
            name, without the batch axis, for models with several inputs.
            Defaults to `None`: the probe's mean (floats) or first value
            (integers), or zeros without a probe.
        class_names: List of strings. Name of each class, in the order of the
            class numbers: the dashboard then says "pelican", not 144. Defaults
            to `None`: the names that the probe carries, as datasets of
            `keras.utils.image_dataset_from_directory` do.
        transforms: List of functions that take images (n, height, width,
            channels) and return such images, of any size. They are applied at
            each step, after small shifts, rotations and scalings. Scores and
            robustness are measured without them. Defaults to `None`, none.
        pictures: Whether rows and columns of the inputs form a picture: images
            are then rotated and scaled a little at each step. `False` for
            electrodes by time or the bands of a spectrogram. Defaults to
            `None`: no, if no kernel covers more than one row and one column, if
            a kernel covers one axis fully, or if an input is more than four
            times as long as wide; else yes.
        channel_order: `"rgb"` or `"bgr"`, the order in which the model takes
            the colours of images. Defaults to `None`: the output of
            `keras.applications.vgg16.preprocess_input` is recognized by its
            values, and everything else is RGB.
        pull: Boolean. Whether images of hidden units that have room for whole
            objects are pulled a little towards the features of those inputs of
            the probe that excite the unit most. From such images people predict
            the unit's responses better; they take a little longer. Defaults to
            `True`.

    Raises:
        ValueError: If a number is out of range, or, at the start of `fit`, if
            an argument does not fit the model.

    Example:

    ```python
    model.fit(
        x_train,
        y_train,
        epochs=10,
        callbacks=[
            keras.callbacks.TensorBoard("logs/first"),
            tb_actmax.ActivationMaximization("logs/first", probe=x_train[:512]),
        ],
    )
    ```
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        *,
        layers: Layers = None,
        filters: FiltersByLayer = 16,
        every: int = 1,
        update_freq: Literal["epoch"] | int = "epoch",
        probe: Probe | None = None,
        steps: int | None = None,
        warm_steps: int = 8,
        budget: float | None = 0.05,
        initial: bool = True,
        seed: int = 0,
        exemplars: int = 9,
        fixed_inputs: FixedInputs | None = None,
        class_names: Sequence[str] | None = None,
        transforms: Sequence[Transform] | None = None,
        pictures: bool | None = None,
        channel_order: ChannelOrder | None = None,
        pull: bool = True,
    ):
        super().__init__(initial)
        self.log_dir = log_dir
        self._directory = events_directory(log_dir)
        self.layers = layers
        self.filters = filters
        self.every = every
        self.update_freq = update_freq
        self.probe = read_once(probe)
        self.steps = steps
        self.warm_steps = warm_steps
        self.budget = budget
        self.initial = initial
        self.seed = seed
        self.exemplars = exemplars
        self.fixed_inputs = fixed_inputs
        self.class_names = class_names
        self.transforms = transforms
        self.pictures = pictures
        self.channel_order = channel_order
        self.pull = pull
        check_transforms(transforms)
        self._settings()  # checks the numbers
        self._reset()

    def __deepcopy__(self, memo: dict[int, object]) -> ActivationMaximization:
        """Returns a callback for another training; it shares the probe.

        KerasTuner copies the callbacks for each trial.
        """
        copied = copy.copy(self)
        copied._reset()
        return copied

    def _read_ahead(self) -> None:
        read_ahead(self.probe)

    def _make_session(self) -> Session:
        make_maximizer = maximizer_for(self.model, self.transforms, self.pull)
        return Session(self.model, self._settings(), make_maximizer)

    def _make_schedule(self) -> Schedule:
        return Schedule(self.every, self.update_freq)

    def _settings(self) -> Settings:
        return Settings(
            directory=self._directory,
            layers=self.layers,
            filters=self.filters,
            probe=self.probe,
            steps=self.steps,
            warm_steps=self.warm_steps,
            budget=self.budget,
            seed=self.seed,
            exemplars=self.exemplars,
            fixed_inputs=self.fixed_inputs,
            class_names=self.class_names,
            pictures=self.pictures,
            channel_order=self.channel_order,
        )
