"""Random crops and flips of training images, drawn anew at every step."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Num

from vae_jax.types import PRNGKey


def augmented(
    key: PRNGKey, stored: Num[Array, "B D"], shape: tuple[int, ...], how: tuple[int, bool]
) -> Num[Array, "B D"]:
    """Stored images, each cropped at random and perhaps mirrored, by a key.

    `how` is a crop and a flip, as `data.dataset.Augment` has them. A crop of so many pixels
    moves an image by up to so many, either way along both axes, all moves alike; pixels
    that come in repeat those at the border (He et al., 2016, arXiv:1512.03385, with zeros
    there). A flip exchanges left and right, of every second.
    """
    (crop, flip), (height, width, channels) = how, shape
    images = stored.reshape(-1, height, width, channels)
    crop_key, flip_key = jax.random.split(key)
    if crop:
        by = (crop, crop)
        padded = jnp.pad(images, ((0, 0), by, by, (0, 0)), mode="edge")
        starts = jax.random.randint(crop_key, (images.shape[0], 2), 0, 2 * crop + 1)
        cut = lambda image, at: jax.lax.dynamic_slice(image, (at[0], at[1], 0), shape)
        images = jax.vmap(cut)(padded, starts)
    if flip:
        is_flipped = jax.random.bernoulli(flip_key, shape=(images.shape[0], 1, 1, 1))
        images = jnp.where(is_flipped, images[:, :, ::-1], images)
    return images.reshape(stored.shape)
