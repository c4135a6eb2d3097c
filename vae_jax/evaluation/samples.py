"""What comes out when z ~ N(0, I) is decoded: is it near the data, does it cover it?

Both numbers are needed. An autoencoder of many latents sends N(0, I) off the data; one of
two latents stays on it, but shows two or three classes; a collapsed VAE shows one image.
Only a model with few strays *and* high coverage is sampleable.
"""

import numpy as np
from jaxtyping import Array, Float
from sklearn.neighbors import NearestNeighbors

from vae_jax.dataset import Dataset
from vae_jax.types import Estimate, HParams, Metric, Model, Params, PRNGKey

MAX_IMAGES = 1_000  # real and generated; the scores are only compared at equal numbers
MAX_REFERENCE = 10_000  # training images
NEIGHBOURS = 5
PERCENTILE = 99.0


def samples_from_prior(dataset: Dataset, samples: int) -> Metric:
    """`off_manifold99` and `coverage_raw` of decoded means, distances between pixels.

    off_manifold99: share of samples farther from their nearest training image than 99 %
    of the test images are from theirs; the data itself scores 0.01.
    coverage_raw: share of test images with a sample nearer than their own 5th nearest
    test image (Naeem et al., 2020, arXiv:2002.09797); the data itself scores 0.97.
    As many samples as test images, at most 1,000.
    """
    del samples
    train, test = (unit(split, dataset.levels) for split in (dataset.train, dataset.test))
    test = test[:MAX_IMAGES]
    count = len(test)
    to_train = NearestNeighbors(n_neighbors=1).fit(train[:MAX_REFERENCE])
    stray = np.percentile(to_train.kneighbors(test)[0], PERCENTILE)
    # kneighbors() without an argument leaves each image out of its own neighbours.
    within = NearestNeighbors(n_neighbors=min(NEIGHBOURS, count - 1)).fit(test)
    radius = within.kneighbors()[0][:, -1]

    def measure(
        model: Model,
        params: Params,
        x: Float[Array, "N D"],
        key: PRNGKey,
        hparams: HParams,
    ) -> dict[str, Float[Array, "n D"]]:
        del x
        z = model.prior.sample(key, hparams.latent_mask, count)
        return {"samples": model.likelihood.mean(model.decode(params, z))}

    def reduce(arrays, member) -> dict[str, Estimate]:
        del member
        generated = arrays["samples"]
        strays = (to_train.kneighbors(generated)[0] > stray).mean()
        to_samples = NearestNeighbors(n_neighbors=1).fit(generated)
        covered = (to_samples.kneighbors(test)[0][:, 0] < radius).mean()
        stderr = np.sqrt(strays * (1 - strays) / count)
        return {
            "off_manifold99": Estimate(float(strays), float(stderr)),
            "coverage_raw": Estimate(float(covered)),
        }

    return Metric(("test",), measure, reduce)


def unit(stored: np.ndarray, levels: int) -> np.ndarray:
    """Stored pixels as floats in [0, 1]."""
    return stored / np.float32(levels - 1) if levels else stored
