"""From images back to the coefficients that they may have been made of.

A training that was interrupted goes on from the images in its log. They are
clipped and rounded to 256 steps, so what comes back is not exact; eight steps
of an ascent make good for that.
"""

import numpy as np
import numpy.typing as npt

from tb_actmax.maximizer.image.canvas import Canvas

Array = npt.NDArray[np.float32]

# Share of the largest amplitude under which a frequency is left out by
# degrees: there the rounding says more than the image.
_NOISE = 0.05


def coefficients_of(canvas: Canvas, images: Array) -> Array:
    """Coefficients whose images are like those given.

    Args:
        canvas: What the images were made on.
        images: (n, *size, channels), in the network's input range.

    Returns:
        (n, *canvas.shape), of any length: an ascent sets it.
    """
    signal = images - canvas.statistics.mean
    if canvas.channels > 1:
        signal = signal @ np.linalg.pinv(canvas.statistics.colours).T
    signal = np.moveaxis(signal, -1, 1)
    axes = tuple(range(2, signal.ndim))
    spectrum = np.fft.rfftn(signal, axes=axes)
    amplitude = canvas.amplitude()
    least = (_NOISE * amplitude.max()) ** 2
    spectrum = spectrum * (amplitude / (amplitude**2 + least))
    parts = np.stack([spectrum.real, spectrum.imag], axis=-1)
    return parts.astype(np.float32)
