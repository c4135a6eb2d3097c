"""How much of the data a score takes: what bounds the time and memory of an evaluation.

Each limit depends on the data alone, never on a member, so all members are measured alike;
`--plan`, `baselines.json` and the report say what the limits come to. Up to MNIST's 784
pixels they leave everything whole.
"""

import math

DRAWN = 5_000 * 1_000 * 784  # samples x images x pixels of an importance-weighted bound
LEAST_BOUNDED = 50  # images of it
COMPARED = 10_000**2 * 784  # images x images x pixels in one comparison of two sets
MOST, LEAST = 10_000, 500  # images of a set
RAW_PIXELS = 1_024  # whose covariance is still cheap; beyond, no score of raw pixels
EVALUATED_VALUES = 2**27  # pixels of a split, as float32: half a gigabyte
BLOCK_VALUES = 2**23  # pixels of the images that go through a network at once


def compared_images(pixels: int) -> int:
    """Images of a set that is compared with another: 10,000, of large images fewer.

    So that set x set x pixels stay those of 10,000 images of 28x28.
    """
    return max(LEAST, min(MOST, math.isqrt(COMPARED // pixels)))


def evaluated_images(pixels: int, max_images: int) -> int:
    """Images of a split that are evaluated: `max_images`, of very large ones fewer."""
    return max(LEAST, min(max_images, EVALUATED_VALUES // pixels))


def bounded_images(samples: int, pixels: int) -> int:
    """Images whose likelihood is bounded with so many samples each."""
    return max(LEAST_BOUNDED, DRAWN // (samples * pixels))


def left_out(pixels: int) -> dict[str, str]:
    """The feature spaces that cost too much for so many pixels, and why."""
    if pixels <= RAW_PIXELS:
        return {}
    return {"raw": f"left out: {pixels:,} pixels are more than {RAW_PIXELS:,}"}


def rows_at_once(pixels: int) -> int:
    """Images that go through a network at once."""
    return max(1, BLOCK_VALUES // pixels)
