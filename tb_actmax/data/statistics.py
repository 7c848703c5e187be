"""Statistics of the data: mean, contrast, range, colours and spectrum.

An image with the mean, contrast, spectrum and colours of the data needs no
normalization, and can be compared across epochs.
"""

import dataclasses
import math

import numpy as np
import numpy.typing as npt

from tb_actmax.data.energy import Energy, assumed_energy, energy_of
from tb_actmax.data.parts import deviations
from tb_actmax.data.peaks import heavy_tailed, moved_to_peaks
from tb_actmax.data.spectrum import (
    assumed_spectrum,
    spectrum_of,
    summed_power,
)

Array = npt.NDArray[np.float32]

_CROPS = 512  # crops of the sample that are measured
_CROP_VALUES = 20_000_000  # values of all these crops, at most
# Values that are measured even if the sample has fewer. Beyond, crops hold the
# sample about twice: more would measure the same pixels again.
_FEW_VALUES = 2_000_000
_PIXELS = 500_000  # pixels that the mean, percentiles and colours come from
_ENDS = 0.5, 99.5  # percentiles of what images may show


@dataclasses.dataclass(frozen=True)
class Statistics:
    """Statistics of the inputs of a network.

    Sizes are (rows, columns) or (slices, rows, columns), in pixels. If the data
    are `heavy`-tailed, as spectrograms are, most pixels are close to the mean,
    and a few are far from it.
    """

    mean: Array  # of each channel, (channels,)
    contrast: float  # standard deviation from `mean`, over all channels
    # Smallest value that an image may take, (channels,): the 0.5th percentile
    # of the data; near the minimum if the data are heavy-tailed.
    low: Array
    high: Array  # the largest: the 99.5th percentile, or near the maximum
    value_range: tuple[float, float]  # smallest and largest value of the data
    # Principal directions of colour as columns, scaled by the fourth root of
    # their variance, (channels, channels).
    colours: Array
    # The sample on which spectra are measured, (n, [depth,] height, width,
    # channels); `None` if they are assumed to fall as 1/f.
    images: Array | None = dataclasses.field(repr=False)
    # Whether rows and columns form a picture, whose spectrum is then the same
    # in all directions.
    pictures: bool = True
    heavy: bool = False
    # Measurements of crops by size, shared by layers of the same size.
    _measured: dict[tuple[str, tuple[int, ...]], npt.NDArray[np.floating]] = (
        dataclasses.field(
            default_factory=dict, init=False, repr=False, compare=False
        )
    )

    def spectrum(self, *size: int) -> Array:
        """Returns the root mean square amplitude of each frequency, 0.01 to 1.

        They are (height, width // 2 + 1), in the order of `numpy.fft.rfft2`;
        for volumes as `numpy.fft.rfftn` returns them.
        """
        if self.images is None:
            return assumed_spectrum(size)
        return spectrum_of(self._power(size), size, self.pictures)

    def energy(self, *size: int) -> Energy:
        """Returns the data's energy by ring of frequencies and by colour."""
        if self.images is None:
            lengths = np.linalg.norm(self.colours, axis=0)
            return assumed_energy(size, self._directions, lengths**4)
        return energy_of(self._power(size), size, self._directions)

    @property
    def _directions(self) -> Array:
        """Principal directions of colour as columns of length 1."""
        found: Array = self.colours / np.linalg.norm(self.colours, axis=0)
        return found

    def _power(self, size: tuple[int, ...]) -> npt.NDArray[np.floating]:
        """Returns the data's power along the directions of colour."""
        key = ("power", size)
        if key not in self._measured:
            crops = self.crops(size) - self.mean
            self._measured[key] = summed_power(crops, self._directions)
        return self._measured[key]

    def contrast_at(self, *size: int, percentile: float) -> float:
        """Returns the contrast to give an image of a size.

        If most of the data is empty, crops that show something have a larger
        standard deviation than the data as a whole. The smaller the crops, the
        larger the difference. The result is the deviation within the crop at a
        percentile of all crops, by contrast, but at least `contrast`; for crops
        of a single pixel, it is the deviation from `mean`.
        """
        if self.images is None:
            return self.contrast
        key = ("deviations", size)
        if key not in self._measured:
            mean = self.mean if math.prod(size) == 1 else None
            self._measured[key] = deviations(self.crops(size), mean)
        found = np.percentile(self._measured[key], percentile)
        return max(self.contrast, float(found))

    def brightness_at(self, *size: int) -> tuple[Array, Array]:
        """Returns how far the means of crops lie from the mean of the data.

        The differences, (channels,) each, are the 0.5th percentile, at most 0,
        and the 99.5th, at least 0.
        """
        if self.images is None:
            reach = np.full_like(self.mean, self.contrast)
            return -reach, reach
        crops = self.crops(size)
        means = crops.mean(axis=tuple(range(1, crops.ndim - 1))) - self.mean
        low, high = np.percentile(means, _ENDS, axis=0)
        return (
            np.minimum(low, 0).astype(np.float32),
            np.maximum(high, 0).astype(np.float32),
        )

    def extremes(self) -> tuple[Array, Array]:
        """Returns the extremes of a typical input, (channels,) each.

        If the data are heavy-tailed, they lie outside `low` and `high`.
        """
        if self.images is None:
            return self.low, self.high
        axes = tuple(range(1, self.images.ndim - 1))
        least, most = self.images.min(axis=axes), self.images.max(axis=axes)
        return (
            np.minimum(self.low, np.median(least, axis=0)),
            np.maximum(self.high, np.median(most, axis=0)),
        )

    def crops(self, size: tuple[int, ...], most: int = _CROPS) -> Array:
        """Cuts random crops (n, *size, channels); mirrors small images.

        In heavy-tailed data most random crops would show nothing. Units respond
        to peaks there, so crops are cut around the largest peak of each input.
        """
        assert self.images is not None
        images = self.images
        missing = [
            max(0, wanted - present)
            for wanted, present in zip(size, images.shape[1:-1], strict=True)
        ]
        if any(missing):
            padding = [(0, count) for count in (0, *missing, 0)]
            images = np.pad(images, padding, mode="symmetric")
        random = np.random.default_rng(0)
        values = min(_CROP_VALUES, max(2 * images.size, _FEW_VALUES))
        fitting = values // (math.prod(size) * images.shape[-1])
        count = min(most, max(1, fitting))
        which = random.integers(0, len(images), count)
        corners = [
            random.integers(0, present - wanted + 1, count)
            for present, wanted in zip(images.shape[1:-1], size, strict=True)
        ]
        axes = tuple(range(1, 1 + len(size)))
        if self.heavy:
            corners = moved_to_peaks(images[which], self.mean, corners, size)
        windows = np.lib.stride_tricks.sliding_window_view(images, size, axes)
        crops = windows[(which, *corners)]  # (count, channels, *size)
        return np.ascontiguousarray(np.moveaxis(crops, 1, -1))


def measure_statistics(
    images: npt.ArrayLike, pictures: bool = True
) -> Statistics:
    """Measures the statistics of a sample of inputs.

    They are (n, height, width, channels) or (n, depth, height, width,
    channels), in the network's value range.

    Raises:
        ValueError: If the sample is empty or constant, or if a value is not
            finite.
    """
    sample = np.asarray(images, np.float32)
    if sample.ndim not in (4, 5) or not sample.size:
        raise ValueError(
            "The probe must hold images (n, height, width, channels) or "
            "volumes (n, depth, height, width, channels); it has the shape "
            f"{sample.shape}."
        )
    if not np.isfinite(sample).all():
        raise ValueError("The probe holds values that are not finite.")
    channels = sample.shape[-1]
    pixels = sample.reshape(-1, channels)
    pixels = pixels[:: max(1, len(pixels) // _PIXELS)]
    mean: npt.NDArray[np.float64] = pixels.mean(axis=0, dtype=np.float64)
    centred = pixels - mean
    contrast = float(np.sqrt((centred**2).mean(dtype=np.float64)))
    if contrast <= 1e-12:
        raise ValueError(
            "All images of the probe are one flat colour. Give a sample of "
            "real inputs."
        )
    covariance = centred.T.astype(np.float64) @ centred / len(centred)
    low, high = np.percentile(pixels, _ENDS, axis=0)
    heavy = heavy_tailed(centred)
    if heavy:
        each = sample.reshape(len(sample), -1, channels)
        low = np.percentile(each.min(axis=1), _ENDS[0], axis=0)
        high = np.percentile(each.max(axis=1), _ENDS[1], axis=0)
    return Statistics(
        mean=mean.astype(np.float32),
        contrast=contrast,
        low=low.astype(np.float32),
        high=high.astype(np.float32),
        value_range=(float(sample.min()), float(sample.max())),
        colours=_colours(covariance),
        images=sample,
        pictures=pictures,
        heavy=heavy,
    )


def assume_statistics(
    channels: int, value_range: tuple[float, float] = (0.0, 1.0)
) -> Statistics:
    """Returns statistics to use without a sample of the data.

    The mean is the middle of the range, the contrast a quarter of the range,
    and the spectrum falls as 1/f. All channels have the same variance; three
    channels have a correlation of .9, as in photographs; other numbers of
    channels are uncorrelated.
    """
    low, high = value_range
    correlation = 0.9 if channels == 3 else 0.0
    covariance = np.full((channels, channels), correlation)
    np.fill_diagonal(covariance, 1.0)
    flat = np.ones(channels, np.float32)
    return Statistics(
        mean=flat * np.float32((low + high) / 2),
        contrast=(high - low) / 4,
        low=flat * low,
        high=flat * high,
        value_range=(float(low), float(high)),
        colours=_colours(covariance),
        images=None,
    )


def _colours(covariance: npt.NDArray[np.float64]) -> Array:
    """Returns `Statistics.colours`."""
    directions, variances, _ = np.linalg.svd(covariance)
    variances = variances / max(float(variances.max()), 1e-12)
    return (directions * np.maximum(variances, 1e-6) ** 0.25).astype(np.float32)
