"""Which images a training step sees: every image once in an epoch, every batch full.

The orders of the epochs stand one behind another, and steps cut that line into batches. So
the images that an epoch's last whole batch leaves over open the batch that the next epoch's
order fills up: N images and batches of B make N / B steps an epoch, some floor(N / B) and
some one more. A short last batch would weigh its images more than others, and objectives
that compare the images of a batch would know two sizes.
"""

import jax
from jaxtyping import Array, Int

from vae_jax.types import PRNGKey

Whole = int | Int[Array, ""]


def steps_before(epoch: Whole, images: int, batch_size: int) -> Whole:
    """Steps that begin before an epoch (counted from 0) does: ceil(epoch * N / B).

    `epoch` may be traced. Of its product with N mod B alone, so that int32 holds it.
    """
    whole, rest = divmod(images, batch_size)
    return epoch * whole + -(-(epoch * rest) // batch_size)


def taken_before(epoch: Whole, images: int, batch_size: int) -> Whole:
    """Images of an epoch's order that the last batch of the epoch before it took."""
    return -(epoch * (images % batch_size)) % batch_size


def order_of(key: PRNGKey, epoch: Int[Array, ""], images: int) -> Int[Array, "N"]:
    """The rows of all images in the order of an epoch, a function of it and of the key."""
    return jax.random.permutation(jax.random.fold_in(key, epoch), images)
