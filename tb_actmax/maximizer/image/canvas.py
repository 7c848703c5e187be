"""Parametrizes images by Fourier coefficients, with the data's statistics.

With coefficients instead of pixels, large shapes are as easy to find as small
ones (Olah et al., "Feature Visualization", Distill, 2017). Amplitudes and
colours are those of the data and the contrast is fixed, so that an ascent
changes the shape, not the brightness.
"""

import dataclasses
import math

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.energy import Energy
from tb_actmax.data.spectrum import frequencies
from tb_actmax.data.statistics import Statistics
from tb_actmax.maximizer.image import fourier
from tb_actmax.maximizer.image.balance import balanced, muted
from tb_actmax.maximizer.image.clipping import clipped
from tb_actmax.maximizer.image.pixels import pixels

Array = npt.NDArray[np.float32]

_FILL = 1.1  # how far an image's extremes may go beyond the data's range
# Share of the largest amplitude below which a frequency fades from the
# coefficients of a stored image: rounding outweighs the image there.
_NOISE = 0.05


@dataclasses.dataclass(frozen=True)
class Canvas:
    """Turns Fourier coefficients into images."""

    size: tuple[int, ...]  # of the image that is shown
    statistics: Statistics
    # Smallest standard deviation from the data's mean, before clipping.
    contrast: float
    # The largest. Each image gets the deviation in between at which its shape
    # fits into the data's range; a single pixel gets `most`.
    most: float
    # Smallest and largest brightness of an image relative to the data's mean,
    # (channels,) each; `None` if brightness is part of the deviation.
    brightness: tuple[Array, Array] | None
    # Amplitudes are those of the data to this power. A larger power gives
    # smoother images that excite less, a smaller one more grain.
    power: float
    # Pixels per axis drawn on each side, for movements to bring into it.
    margin: tuple[int, ...]
    energy: Energy | None = None  # to which images are kept, not only the start
    # First and last cutoff of an ascent, in cycles per image; higher
    # frequencies fade.
    cutoff: tuple[float, float] | None = None
    # Largest mean magnitude along each direction of colour but the first,
    # relative to an image's deviation, (channels - 1,); `None` for any.
    tints: Array | None = None

    @property
    def drawn(self) -> tuple[int, ...]:
        """Size of the drawn image, margins included."""
        return tuple(
            length + 2 * more
            for length, more in zip(self.size, self.margin, strict=True)
        )

    @property
    def single(self) -> bool:
        """Whether images are single pixels."""
        return math.prod(self.size) == 1

    @property
    def channels(self) -> int:
        return len(self.statistics.mean)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image's coefficients (the last axis: re, im)."""
        return (self.channels, *self.drawn[:-1], self.drawn[-1] // 2 + 1, 2)

    def amplitude(self) -> Array:
        """Returns the amplitude of each frequency, (height, width // 2 + 1)."""
        spectrum = self.statistics.spectrum(*self.drawn) ** self.power
        return spectrum * np.float32(np.sqrt(math.prod(self.drawn)))

    def images(
        self,
        coefficients: tf.Tensor,
        contrast: tf.Tensor,
        leak: tf.Tensor | float = 0.0,
        cutoff: tf.Tensor | float | None = None,
    ) -> tf.Tensor:
        """Makes images (n, *drawn, channels) in the network's input range.

        Takes coefficients (n, *shape), the share of the contrast and of the
        gradient that clipped pixels leak, and the cutoff in cycles per image,
        above which they fade; `None` for the canvas's last cutoff.
        """
        statistics = self.statistics
        signal = self._signal(coefficients, cutoff)
        if self.single:
            images = pixels(signal, contrast, self.most, statistics, leak)
            return tf.reshape(images, (-1, *self.drawn, self.channels))
        if self.brightness is not None:
            even = tf.reduce_mean(signal, axis=2, keepdims=True)
            signal -= even
        power = tf.reduce_mean(tf.square(signal), axis=(1, 2), keepdims=True)
        scale = tf.math.rsqrt(power + 1e-20)
        signal *= scale
        deviation = self._deviation(signal)
        images = (contrast * deviation) * signal + statistics.mean[:, None]
        if self.brightness is not None:
            least, most = (end[:, None] for end in self.brightness)
            images += _within(even * scale * deviation, least, most)
        images = clipped(
            images, statistics.low[:, None], statistics.high[:, None], leak
        )
        if self.channels > 1:
            images = tf.transpose(images, (0, 2, 1))
        return tf.reshape(images, (-1, *self.drawn, self.channels))

    def coefficients(self, images: Array) -> Array:
        """Returns coefficients (n, *shape) that approximate images.

        A resumed training continues from the images (n, *size, channels) in its
        log. These are clipped, rounded to 256 steps and without margins, so the
        coefficients are not exact; eight steps of an ascent correct them, and
        set their length.
        """
        margins = [(0, 0), *((more, more) for more in self.margin), (0, 0)]
        signal = np.pad(images - self.statistics.mean, margins, "symmetric")
        if self.channels > 1:
            signal = signal @ np.linalg.pinv(self._colours()).T
        signal = np.moveaxis(signal, -1, 1)
        axes = tuple(range(2, signal.ndim))
        spectrum = np.fft.rfftn(signal, axes=axes)
        amplitude = self.amplitude()
        if self.cutoff is not None:
            amplitude = amplitude * np.exp(
                -((self._cycles() / self.cutoff[1]) ** 2)
            )
        least = (_NOISE * amplitude.max()) ** 2
        spectrum = spectrum * (amplitude / (amplitude**2 + least))
        parts = np.stack([spectrum.real, spectrum.imag], axis=-1)
        return parts.astype(np.float32)

    def _signal(
        self, coefficients: tf.Tensor, cutoff: tf.Tensor | float | None
    ) -> tf.Tensor:
        """Returns the signals of coefficients, (n, channels, pixels)."""
        amplitude, colours = self.amplitude(), self._colours()
        if self.energy is not None:
            strengths = np.linalg.norm(colours, axis=0)
            colours = self.energy.directions
            coefficients = coefficients * (
                strengths.reshape(-1, *(1 for _ in self.shape[1:]))
                * amplitude[..., None]
            )
            kept = None
            if self.cutoff is not None:
                last = self.cutoff[1] if cutoff is None else cutoff
                kept = tf.exp(-tf.square(self._cycles() / last))
                coefficients = coefficients * kept[..., None]
            coefficients = balanced(coefficients, self.energy, kept)
            amplitude = np.ones_like(amplitude)
        signal = fourier.inverse(coefficients, amplitude, self.drawn)
        signal = tf.reshape(signal, (-1, self.channels, math.prod(self.drawn)))
        if self.channels == 1:  # a single factor, which is divided out
            return signal
        if self.tints is not None:
            signal = muted(signal, self.tints)
        return tf.matmul(colours, signal)

    def _colours(self) -> Array:
        """Returns directions of colour as columns, scaled by their strengths.

        Without `energy`, the strengths differ less than in the data: an image
        may need colours that are rare in the data as a whole.
        """
        colours = self.statistics.colours
        if self.energy is None:
            return colours
        strengths = np.sqrt(self.energy.shares.sum(axis=1))
        colours = self.energy.directions * np.maximum(strengths, 1e-3)
        return np.asarray(colours, np.float32)

    def _cycles(self) -> Array:
        """Returns the frequencies in cycles per image."""
        cycles = frequencies(self.drawn) * max(self.drawn)
        return cycles.astype(np.float32)

    def _deviation(self, signal: tf.Tensor) -> tf.Tensor:
        """Returns the deviations of images whose signal has deviation 1."""
        statistics = self.statistics
        highest = tf.reduce_max(signal, axis=2, keepdims=True)
        span = highest - tf.reduce_min(signal, axis=2, keepdims=True)
        room = (statistics.high - statistics.low)[:, None] / (span + 1e-9)
        fits = tf.reduce_min(room, axis=1, keepdims=True)
        # Without a gradient, because no step should change it.
        return tf.stop_gradient(
            tf.clip_by_value(_FILL * fits, self.contrast, self.most)
        )


def _within(offset: tf.Tensor, low: Array, high: Array) -> tf.Tensor:
    """Limits offsets smoothly to a range."""
    low, high = np.minimum(low, -1e-6), np.maximum(high, 1e-6)
    end = tf.where(offset > 0, high, -low)
    return end * tf.tanh(offset / end)
