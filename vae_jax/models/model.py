"""Network, posterior, prior and likelihood put together: a `Model` of pure functions."""

import math
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vae_jax import registry
from vae_jax.data.dataset import REAL, Dataset
from vae_jax.data.pixels import DEQUANTIZED, DYNAMIC
from vae_jax.errors import UserError
from vae_jax.models.augment import augmented
from vae_jax.types import (
    HParams,
    Model,
    ModelSpec,
    Network,
    Params,
    Posterior,
    PosteriorFamily,
    PRNGKey,
)


def latent_mask(latents: int, max_latents: int) -> np.ndarray:
    """The mask [K] of a member: 1 for its first `latents` dimensions, 0 for the rest."""
    return (np.arange(max_latents) < latents).astype(np.float32)


def initialiser(network: Network, shared: tuple[float, ...]):
    """`init(key, hparams) -> params`, corrected for the latent dimensions not in use.

    What the likelihood shares between images is learned too, under "likelihood".
    """

    def init(key: PRNGKey, hparams: HParams) -> Params:
        params = network.init(key)
        # The initialiser saw K inputs but only sum(mask) of them are alive: without this
        # gain a masked model would start with smaller activations than a native one.
        mask = hparams.latent_mask
        gain = jnp.sqrt(mask.shape[0] / jnp.sum(mask))
        *parents, leaf = network.first_kernel
        layer = params["decoder"]
        for name in parents:
            layer = layer[name]
        layer[leaf] = gain * layer[leaf]
        if "bias" in layer:  # 0 of most initialisers, as large as the kernel of others
            layer["bias"] = gain * layer["bias"]
        return {**params, "likelihood": jnp.asarray(shared)} if shared else params

    return init


def encoder(network: Network, family: PosteriorFamily):
    """`encode(params, x, hparams) -> Posterior`; dimensions not in use are N(0, 1).

    An autoencoder (noise 0, beta 0) has no use for a variance and gets 1: the head that
    nothing trains must not be able to overflow.
    """

    def encode(params: Params, x: Float[Array, "B D"], hparams: HParams) -> Posterior:
        q = family.read(network.encode(params, x), hparams)
        used = hparams.latent_mask[None] > 0
        spread = used & ((hparams.noise > 0) | (hparams.beta > 0))
        return Posterior(jnp.where(used, q.mean, 0.0), jnp.where(spread, q.log_var, 0.0))

    return encode


def decoder(network: Network, shared: tuple[float, ...]):
    """`decode(params, z [B K]) -> [B, C D + S]`, what images share at the end of a row."""
    if not shared:
        return network.decode

    def decode(params: Params, z: Float[Array, "B K"]) -> Float[Array, "B C"]:
        out = network.decode(params, z)
        repeated = jnp.broadcast_to(params["likelihood"][None], (len(out), len(shared)))
        return jnp.concatenate([out, repeated], axis=-1)

    return decode


def unit(levels: int, stored: Array | np.ndarray) -> Float[Array, "*B D"]:
    """Stored pixels as float32 in [0, 1]: integers k become k / (levels - 1)."""
    stored = jnp.asarray(stored)
    scale = 1.0 if jnp.issubdtype(stored.dtype, jnp.floating) else 1.0 / (levels - 1)
    return stored.astype(jnp.float32) * jnp.float32(scale)


def present(
    pixels: str,
    levels: int,
    shape: tuple[int, ...],
    augment: tuple[int, bool],
    key: PRNGKey,
    stored: Array,
) -> Float[Array, "*B D"]:
    """Pixels [B D] as one step of training sees them, all that is drawn drawn anew.

    `data/pixels.py` has the names that `pixels` can be, and what they mean; `augment` is
    how images are cropped and flipped first.
    """
    if any(augment):
        own, key = jax.random.split(key)
        stored = augmented(own, stored, shape, augment)
    if pixels == DYNAMIC:
        return jax.random.bernoulli(key, unit(levels, stored)).astype(jnp.float32)
    if pixels == DEQUANTIZED:
        return (stored + jax.random.uniform(key, stored.shape)) / levels
    return unit(levels, stored)


METHODS = {  # of a model, unless it is said otherwise
    "network": {"name": "mlp"},
    "posterior": {"name": "gaussian"},
    "prior": {"name": "standard_normal"},
    "likelihood": {"name": "bernoulli"},
    "objective": {"name": "elbo"},
}


def spec_of(dataset: Dataset, max_latents: int, **methods: dict[str, Any]) -> ModelSpec:
    """The spec of a model of a data set's images, of K = `max_latents` dimensions at most.

    `methods` are the settings of network, posterior, prior, likelihood and objective:
    `network={"name": "mlp", "hidden": (64,)}`. Those left out are an MLP, a diagonal
    Gaussian, N(0, I), Bernoulli pixels and the ELBO.
    """
    return ModelSpec(
        **{**METHODS, **methods},
        max_latents=max_latents,
        data_shape=dataset.shape,
        levels=dataset.levels,
        pixels=dataset.pixels,
        augment=dataset.augment,
    )


def build_model(spec: ModelSpec) -> Model:
    """The model that a spec selects, as pure functions closed over all that is static.

    Names that are not registered and settings that a method does not take are a
    `UserError`.
    """
    data_dim = math.prod(spec.data_shape)
    context = {
        "data_shape": spec.data_shape,
        "levels": spec.levels,
        "latents": spec.max_latents,
    }
    family = registry.build("posterior", spec.posterior, **context)
    likelihood = registry.build("likelihood", spec.likelihood, **context)
    if spec.pixels == REAL and likelihood.support != "real":
        raise UserError(
            f"config.likelihood: {spec.likelihood['name']!r} is of pixels in [0, 1]; for "
            "real values take gaussian, or set config.dataset.scale to their range"
        )
    network = registry.build(
        "network",
        spec.network,
        **context,
        encoder_outputs=family.parameters * spec.max_latents,
        decoder_outputs=likelihood.channels * data_dim,
    )

    def sample(key: PRNGKey, q: Posterior, hparams: HParams) -> Float[Array, "B K"]:
        return hparams.latent_mask[None] * family.sample(key, q, hparams)

    return Model(
        init=initialiser(network, likelihood.shared),
        unit=partial(unit, spec.levels),
        present=partial(present, spec.pixels, spec.levels, spec.data_shape, spec.augment),
        encode=encoder(network, family),
        sample=sample,
        decode=decoder(network, likelihood.shared),
        posterior=family,
        prior=registry.build("prior", spec.prior, **context),
        likelihood=likelihood,
    )
