"""Arrays for figures: what a member reconstructs, samples, encodes and interpolates."""

from itertools import islice

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vae_jax.data.dataset import Dataset
from vae_jax.data.labels import known
from vae_jax.types import HParams, Model, Params, PRNGKey

RECONSTRUCTIONS, SAMPLES, STEPS, CODES = 10, 20, 11, 2_000


def chosen_images(dataset: Dataset) -> np.ndarray:
    """Rows of the test split to reconstruct: the first of each label, in order.

    Without labels, or with too few, the first images follow. A label of -1 is none.
    """
    firsts: list[int] = []
    if dataset.test_labels is not None:
        names, places = np.unique(dataset.test_labels, return_index=True)
        firsts = places[known(names)][:RECONSTRUCTIONS].tolist()
    others = (i for i in range(len(dataset.test)) if i not in firsts)
    return np.asarray([*firsts, *islice(others, RECONSTRUCTIONS - len(firsts))])


def pictures(
    model: Model,
    params: Params,
    chosen: Float[Array, "R D"],
    x: Float[Array, "N D"],
    key: PRNGKey,
    hparams: HParams,
) -> dict[str, Array]:
    """E[x|z] in [0, 1] of the chosen images, of z ~ p(z), and along a line; and codes.

    The same z for every member of a seed, so autoencoder and VAE are seen side by side.
    The line is straight, between the codes of the first and the last chosen image.
    """
    decode = lambda z: model.likelihood.mean(model.decode(params, z))
    z = model.prior.sample(key, hparams, SAMPLES)
    chosen_codes = model.encode(params, chosen, hparams).mean
    t = jnp.linspace(0.0, 1.0, STEPS)[:, None]
    line = (1.0 - t) * chosen_codes[:1] + t * chosen_codes[-1:]
    q = model.encode(params, x[:CODES], hparams)
    return {
        "reconstructions": decode(chosen_codes),
        "samples": decode(z),
        "interpolation": decode(line),
        "code_mean": q.mean,
        "code_log_var": q.log_var,
    }
