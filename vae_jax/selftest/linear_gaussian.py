"""The linear-Gaussian VAE: everything known in closed form, to certify what is estimated.

x = W z + mu + sigma eps, z ~ N(0, I_q): probabilistic principal component analysis
(Tipping & Bishop, 1999, JRSS B 61:611). The best linear VAE is this model (Lucas et al.,
2019, arXiv:1911.02469). Host side, NumPy in float64, but for `model`.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.stats import multivariate_normal

from vae_jax.errors import UserError
from vae_jax.models.likelihoods.gaussian import gaussian as gaussian_pixels
from vae_jax.models.posteriors.gaussian import gaussian
from vae_jax.models.priors.standard_normal import standard_normal
from vae_jax.types import HParams, Model, Params, Posterior, PRNGKey


class LinearGaussian(NamedTuple):
    """The model p(x|z) = N(W z + mu, sigma2 I), p(z) = N(0, I_q), of D pixels."""

    W: Float[np.ndarray, "D q"]
    mu: Float[np.ndarray, "D"]
    sigma2: float


class Frontier(NamedTuple):
    """The optimum of a linear beta-VAE, per image."""

    rate: float  # nats
    squared_error: float  # sum over pixels
    distortion: float  # nats: -log p(x|z)


def fit(
    cov: Float[np.ndarray, "D D"],
    mean: Float[np.ndarray, "D"],
    q: int,
    *,
    sigma2: float | None = None,
) -> LinearGaussian:
    """The maximum-likelihood model of q latent dimensions for data of these moments.

        sigma2 = mean of the D - q smallest eigenvalues,  W = U_q (Lambda_q - sigma2 I)^1/2

    W is the optimum for a given `sigma2` too: with beta sigma^2 it is the linear
    beta-VAE's. Its columns are orthogonal, so the exact posterior is diagonal and the
    ELBO tight: -ELBO = -log p(x) at the optimum. Tipping & Bishop (1999), section 3.2.
    """
    if not 0 < q < len(mean):
        raise UserError(
            f"linear_gaussian.fit: q = {q} is not between 1 and {len(mean) - 1}"
        )
    values, vectors = np.linalg.eigh(np.asarray(cov, np.float64))
    values, vectors = values[::-1], vectors[:, ::-1]
    if sigma2 is None:
        sigma2 = float(values[q:].mean())
    gains = np.sqrt(np.maximum(values[:q] - sigma2, 0.0))
    return LinearGaussian(vectors[:, :q] * gains, np.asarray(mean, np.float64), sigma2)


def log_prob(truth: LinearGaussian, x: Float[np.ndarray, "N D"]) -> np.ndarray:
    """log p(x) = log N(x; mu, W W^T + sigma2 I), nats per image [N]."""
    cov = truth.W @ truth.W.T + truth.sigma2 * np.eye(len(truth.mu))
    return np.atleast_1d(multivariate_normal(truth.mu, cov).logpdf(np.float64(x)))


def posterior(
    truth: LinearGaussian, x: Float[np.ndarray, "N D"]
) -> tuple[Float[np.ndarray, "N q"], Float[np.ndarray, "q q"]]:
    """Mean M^-1 W^T (x - mu) and covariance sigma2 M^-1 of p(z|x), M = W^T W + sigma2 I."""
    inverse = np.linalg.inv(truth.W.T @ truth.W + truth.sigma2 * np.eye(truth.W.shape[1]))
    return (np.float64(x) - truth.mu) @ truth.W @ inverse, truth.sigma2 * inverse


def inference_gap(
    truth: LinearGaussian,
    x: Float[np.ndarray, "N D"],
    mean: Float[np.ndarray, "N q"],
    variance: Float[np.ndarray, "q"],
) -> np.ndarray:
    """log p(x) - ELBO = KL(q(z|x) || p(z|x)) of q = N(mean, diag variance), nats [N]."""
    exact, cov = posterior(truth, x)
    precision = np.linalg.inv(cov)
    error = mean - exact
    quadratic = np.einsum("ni,ij,nj->n", error, precision, error)
    spread = np.diag(precision) @ variance - len(variance) - np.log(variance).sum()
    return 0.5 * (quadratic + spread + np.linalg.slogdet(cov)[1])


def frontier(
    eigenvalues: Float[np.ndarray, "D"], q: int, *, beta: float, sigma2: float
) -> Frontier:
    """Rate and distortion of the best linear beta-VAE: reverse water-filling.

        s = beta sigma2,  R = sum_{i <= q} max(0, log(lambda_i / s)) / 2,
        SE = sum_{i <= q} min(lambda_i, s) + sum_{i > q} lambda_i

    A dimension is active iff lambda_i > s. Cover & Thomas (2006), theorem 10.3.3.
    """
    values = np.sort(np.asarray(eigenvalues, np.float64))[::-1]
    water = beta * sigma2
    head, tail = values[:q], values[q:]
    rate = 0.5 * np.log(np.maximum(head / water, 1.0)).sum()
    error = np.minimum(head, water).sum() + tail.sum()
    constant = 0.5 * len(values) * np.log(2.0 * np.pi * sigma2)
    return Frontier(float(rate), float(error), float(error / (2.0 * sigma2) + constant))


def untrained(latent_mask: Float[Array, "K"]) -> HParams:
    """The numbers of a VAE that is not trained: beta 1, posterior noise 1, seed 0."""
    one, zero = jnp.float32(1.0), jnp.float32(0.0)
    return HParams(
        beta=one,
        latent_mask=latent_mask,
        noise=one,
        learning_rate=zero,
        seed=jnp.uint32(0),
        warmup=zero,
        cycle=zero,
        ramp=one,
    )


def model(
    truth: LinearGaussian,
    *,
    max_latents: int | None = None,
    shift: float = 0.0,
    scale: float = 1.0,
) -> tuple[Model, Params, HParams]:
    """The model as a VAE whose encoder is the best diagonal Gaussian, or deliberately off.

        q(z_j|x) = N(E[z_j|x] + shift s_j, (scale s_j)^2),  s_j^2 = 1 / (Cov[z|x]^-1)_jj

    With `max_latents` above q the latent mask hides the rest. Nothing to train: `init`
    returns the parameters.
    """
    q = truth.W.shape[1]
    padding = (0, (max_latents or q) - q)
    _, cov = posterior(truth, truth.mu[None])
    spread = 1.0 / np.sqrt(np.diag(np.linalg.inv(cov)))
    kernel = truth.W @ cov / truth.sigma2
    arrays = {
        "encoder": {
            "kernel": np.pad(kernel, ((0, 0), padding)),
            "bias": np.pad(shift * spread - truth.mu @ kernel, padding),
            "log_var": np.pad(2.0 * np.log(scale * spread), padding),
        },
        "decoder": {"kernel": np.pad(truth.W.T, (padding, (0, 0))), "bias": truth.mu},
    }
    params = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), arrays)
    family = gaussian()

    def encode(params: Params, x: Float[Array, "B D"], hparams: HParams) -> Posterior:
        layer, mask = params["encoder"], hparams.latent_mask[None]
        mean = mask * (x @ layer["kernel"] + layer["bias"][None])
        return Posterior(mean, mask * jnp.broadcast_to(layer["log_var"][None], mean.shape))

    def decode(params: Params, z: Float[Array, "B K"]) -> Float[Array, "B D"]:
        return z @ params["decoder"]["kernel"] + params["decoder"]["bias"][None]

    def sample(key: PRNGKey, q: Posterior, hparams: HParams) -> Float[Array, "B K"]:
        return hparams.latent_mask[None] * family.sample(key, q, hparams)

    hparams = untrained(jnp.pad(jnp.ones(q), padding))
    record = Model(
        init=lambda key, hparams: params,
        unit=lambda stored: jnp.asarray(stored, jnp.float32),
        present=lambda key, stored: jnp.asarray(stored, jnp.float32),
        encode=encode,
        sample=sample,
        decode=decode,
        posterior=family,
        prior=standard_normal(),
        likelihood=gaussian_pixels(0, sigma=float(np.sqrt(truth.sigma2))),
    )
    return record, params, hparams
