"""What a sample of the data says about images: range, mean, contrast, colours.

An image that stands on the data's mean with the data's contrast, spectrum and
colours needs no normalization afterwards and can be compared across epochs.
"""

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tb_actmax.data.spectrum import assumed_spectrum, measured_spectrum

Array = npt.NDArray[np.float32]

_CROPS = 512  # crops of the probe that are measured
_PIXELS = 500_000  # pixels that percentiles and colours are taken from


@dataclasses.dataclass(frozen=True)
class Statistics:
    """Statistics of the inputs of a network.

    Attributes:
        mean: Mean of each channel, (channels,).
        contrast: Deviation of the values from `mean`, over all channels.
        low: Smallest value an image may take, per channel, (channels,).
        high: Largest value an image may take, per channel, (channels,).
        value_range: Smallest and largest value of the whole data.
        colours: Directions of colour as columns, scaled by the quarter power
            of their variance, (channels, channels).
        images: The sample (n, height, width, channels), or of volumes (n,
            depth, height, width, channels), that spectra are measured on;
            `None` where they are assumed to fall as 1/f.
    """

    mean: Array
    contrast: float
    low: Array
    high: Array
    value_range: tuple[float, float]
    colours: Array
    images: Array | None = dataclasses.field(repr=False)

    def spectrum(self, *size: int) -> Array:
        """Root mean square amplitude of each frequency, the largest being 1.

        Args:
            size: Rows and columns of the image, in pixels; of a volume slices
                before them.

        Returns:
            Array (height, width // 2 + 1), as `numpy.fft.rfft2` orders it,
            of a volume as `numpy.fft.rfftn`; at least 0.01.
        """
        if self.images is None:
            return assumed_spectrum(size)
        return measured_spectrum(self._crops(size) - self.mean)

    def contrast_at(self, *size: int, percentile: float) -> float:
        """Contrast of an image of some size.

        Where the data is mostly empty, the deviation of the whole of it is
        less than that of any place where there is something to see, and the
        more so the smaller the place.

        Args:
            size: Rows and columns of the image, in pixels; of a volume slices
                before them.
            percentile: Which of the data's crops of this size to follow, 0
                for the emptiest and 100 for the one with the most contrast.

        Returns:
            The deviation within such a crop, but at least `contrast`.
        """
        if self.images is None:
            return self.contrast
        crops = self._crops(size)
        places = tuple(range(1, crops.ndim - 1))
        within = crops - crops.mean(axis=places, keepdims=True)
        deviations = np.sqrt((within**2).mean(axis=(*places, -1)))
        return max(self.contrast, float(np.percentile(deviations, percentile)))

    def brightness_at(self, *size: int) -> tuple[Array, Array]:
        """How much darker and lighter than the mean crops of the data are.

        Args:
            size: Rows and columns of the crops, in pixels; of volumes slices
                before them.

        Returns:
            Differences from `mean`, (channels,) each: the darkest (at most 0)
            and the lightest (at least 0), but for half a percent.
        """
        if self.images is None:
            reach = np.full_like(self.mean, self.contrast)
            return -reach, reach
        crops = self._crops(size)
        means = crops.mean(axis=tuple(range(1, crops.ndim - 1))) - self.mean
        low, high = np.percentile(means, (0.5, 99.5), axis=0)
        return (
            np.minimum(low, 0).astype(np.float32),
            np.maximum(high, 0).astype(np.float32),
        )

    def _crops(self, size: tuple[int, ...]) -> Array:
        """Random crops of the sample; images too small are reflected."""
        assert self.images is not None
        images = self.images
        for axis, wanted in enumerate(size, start=1):
            have = images.shape[axis]
            if have < wanted:
                index = np.arange(wanted) % (2 * have)
                index = np.where(index < have, index, 2 * have - 1 - index)
                images = np.take(images, index, axis=axis)
        random = np.random.default_rng(0)
        most = max(1, int(2e7) // (math.prod(size) * images.shape[-1]))
        count = min(_CROPS, most)
        which = random.integers(0, len(images), count)
        firsts = [
            random.integers(0, have - wanted + 1, count)
            for have, wanted in zip(images.shape[1:-1], size, strict=True)
        ]
        return np.stack(
            [
                images[
                    (
                        index,
                        *(
                            slice(first, first + wanted)
                            for first, wanted in zip(corner, size, strict=True)
                        ),
                    )
                ]
                for index, *corner in zip(which, *firsts, strict=True)
            ]
        )


def measure_statistics(images: npt.ArrayLike) -> Statistics:
    """Measures the statistics of a sample of inputs.

    Args:
        images: Inputs as the network takes them, (n, height, width,
            channels), or volumes (n, depth, height, width, channels), n >= 1;
            any range of values.

    Returns:
        The statistics.

    Raises:
        ValueError: If the sample is empty, constant or holds values that are
            not finite.
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
    mean: npt.NDArray[Any] = pixels.mean(axis=0, dtype=np.float64)
    centred = pixels - mean
    contrast = float(np.sqrt((centred**2).mean(dtype=np.float64)))
    if contrast <= 1e-12:
        raise ValueError(
            "All images of the probe are one flat colour; nothing can be "
            "learned from it. Give a sample of real inputs."
        )
    covariance = centred.T.astype(np.float64) @ centred / len(centred)
    low, high = np.percentile(pixels, (0.5, 99.5), axis=0)
    return Statistics(
        mean=mean.astype(np.float32),
        contrast=contrast,
        low=low.astype(np.float32),
        high=high.astype(np.float32),
        value_range=(float(sample.min()), float(sample.max())),
        colours=_colours(covariance),
        images=sample,
    )


def assume_statistics(
    channels: int, value_range: tuple[float, float] = (0.0, 1.0)
) -> Statistics:
    """Statistics for a network of which no data is known.

    The mean is the middle of the range, the contrast a quarter of it, the
    spectrum falls as 1/f, and channels are taken as alike and correlated (.9,
    as in photographs) where there are three of them.

    Args:
        channels: Channels of the image.
        value_range: Smallest and largest value of an input.
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
    directions, variances, _ = np.linalg.svd(covariance)
    variances = variances / max(float(variances.max()), 1e-12)
    return (directions * np.maximum(variances, 1e-6) ** 0.25).astype(np.float32)
