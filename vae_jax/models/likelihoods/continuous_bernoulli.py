"""The density on [0, 1] that the binary cross-entropy lacks the constant of.

    log p(x) = x l - softplus(l) + log C(l),  C(l) = l / tanh(l / 2)

with l the logit. Its mean is 1 / (1 - e^-l) - 1 / l, not the logistic function of l.
Loaiza-Ganem & Cunningham (2019), arXiv:1907.06845.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vae_jax.models import densities
from vae_jax.models.newton import maximise
from vae_jax.types import Likelihood, PRNGKey

SMALL = 0.05  # of |l|, below which the series is exact in float32
TINY = 1e-4


def log_constant(logits: Float[Array, "*B"]) -> Float[Array, "*B"]:
    """log C(l) = log(l / tanh(l / 2)) of each logit, the constant of the density.

    Near 0 by its series log 2 + l^2 / 12 - 7 l^4 / 1440.
    """
    small = jnp.abs(logits) < SMALL
    far = jnp.where(small, 1.0, jnp.abs(logits))
    # tanh(l/2) = (1 - e^-l) / (1 + e^-l), whose logarithms keep their digits.
    exact = jnp.log(far) + jnp.log1p(jnp.exp(-far)) - jnp.log(-jnp.expm1(-far))
    near = jnp.where(small, logits, 0.0) ** 2
    return jnp.where(small, jnp.log(2.0) + near / 12.0 - 7.0 * near**2 / 1440.0, exact)


def pixel(logits: Float[Array, "*B"], x: Float[Array, "*B"]) -> Float[Array, "*B"]:
    """log p(x) of each pixel, nats, from its logit; x in [0, 1]."""
    return densities.bernoulli_log_prob(logits, x) + log_constant(logits)


def log_prob(logits: Float[Array, "B D"], x: Float[Array, "B D"]) -> Float[Array, "B"]:
    """log p(x|z), nats per image [B]; of a density, so it may be above 0."""
    return jnp.sum(pixel(logits, x), axis=-1)


def mean(logits: Float[Array, "*B"]) -> Float[Array, "*B"]:
    """E[x] = 1 / (1 - e^-l) - 1 / l of each pixel, from its logit l.

    Near 0 by its series 1/2 + l / 12 - l^3 / 720.
    """
    small = jnp.abs(logits) < SMALL
    far = jnp.where(small, 1.0, jnp.abs(logits))
    near = jnp.where(small, logits, 0.0)
    dark = 1.0 / far + jnp.exp(-far) / jnp.expm1(-far)  # at -|l|: cannot overflow
    exact = jnp.where(logits < 0, dark, 1.0 - dark)
    return jnp.where(small, 0.5 + near / 12.0 - near**3 / 720.0, exact)


def sample(key: PRNGKey, logits: Float[Array, "*B"]) -> Float[Array, "*B"]:
    """Draws pixels x = log(1 + u (e^l - 1)) / l, u ~ U(0, 1), in [0, 1].

    By the inverse of the distribution function, taken at |l|.
    """
    u = jax.random.uniform(key, logits.shape, logits.dtype)
    far = jnp.maximum(jnp.abs(logits), TINY)
    # For l > 0: 1 - x = -log(1 + (1 - u) (e^-l - 1)) / l, which cannot overflow.
    rest = -jnp.log1p((1.0 - u) * jnp.expm1(-far)) / far
    return jnp.clip(jnp.where(logits < 0, rest, 1.0 - rest), 0.0, 1.0)


def fit(x: Float[Array, "N D"]) -> Float[Array, "D"]:
    """The logits [D] whose means are those of the images: log p is linear in x."""
    average = jnp.mean(x, axis=0)
    p = jnp.clip(average, TINY, 1.0 - TINY)
    start = jnp.log(p) - jnp.log1p(-p)
    return maximise(lambda out, v: pixel(out[0], v[0]), average[None], start[None])[0]


def continuous_bernoulli(levels: int) -> Likelihood:
    """Continuous Bernoulli pixels, one logit each; x anywhere in [0, 1]."""
    del levels
    return Likelihood(
        channels=1, log_prob=log_prob, mean=mean, sample=sample, fit=fit, support="unit"
    )
