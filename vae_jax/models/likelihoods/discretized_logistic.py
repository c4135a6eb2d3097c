"""A logistic density put into bins, one for each grey level; the edge bins take the tails.

    P(k) = s((x + w/2 - m) / e^t) - s((x - w/2 - m) / e^t),  x = k / (levels - 1), w one bin

Kingma et al. (2016), arXiv:1606.04934; Salimans et al. (2017), arXiv:1701.05517.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vae_jax.models import densities
from vae_jax.models.densities import bounded
from vae_jax.models.likelihoods.binomial import trials_of
from vae_jax.models.newton import maximise, observed
from vae_jax.types import Likelihood, PRNGKey

REACH, LOG_SCALE = 3.0, 6.0  # bounds of the mean about 1/2, and of the log of the scale
FIRST_LOG_SCALE = -2.0
MOST_STEPS = 4_096  # of a mean that is summed: one is then no wider than the least scale


def parameters(out: Float[Array, "2 *B"]) -> tuple[Array, Array]:
    """Mean and log scale of each pixel, from its two outputs; zeros are grey and wide."""
    return 0.5 + bounded(out[0], REACH), FIRST_LOG_SCALE + bounded(out[1], LOG_SCALE)


def discretized_logistic(levels: int) -> Likelihood:
    """Discretized logistic pixels x = k / (levels - 1): mean and log scale each.

    A `UserError` where pixels are floats.
    """
    n = trials_of("discretized_logistic", levels)

    def pixel(out: Float[Array, "2 *B"], x: Float[Array, "*B"]) -> Float[Array, "*B"]:
        mean, log_scale = parameters(out)
        upper = (x - mean + 0.5 / n) * jnp.exp(-log_scale)
        lower = (x - mean - 0.5 / n) * jnp.exp(-log_scale)
        # s(u) - s(l) = s(u) s(-l) (1 - e^(l - u)), of which every factor keeps its digits.
        width = jnp.exp(-log_scale) / n
        inside = jax.nn.log_sigmoid(upper) + jax.nn.log_sigmoid(-lower)
        inside = inside + jnp.log(-jnp.expm1(-width))
        lowest, highest = x < 0.5 / n, x > 1.0 - 0.5 / n
        edge = jnp.where(lowest, jax.nn.log_sigmoid(upper), jax.nn.log_sigmoid(-lower))
        return jnp.where(lowest | highest, edge, inside)

    def split(out: Float[Array, "B C"]) -> Float[Array, "2 B D"]:
        return jnp.stack(jnp.split(out, 2, axis=-1))

    def log_prob(out: Float[Array, "B C"], x: Float[Array, "B D"]) -> Float[Array, "B"]:
        return jnp.sum(pixel(split(out), x), axis=-1)

    def mean(out: Float[Array, "B C"]) -> Float[Array, "B D"]:
        centre, log_scale = parameters(split(out))
        if n > MOST_STEPS:  # the sum below is an integral, to a hundredth of a level
            scale = jnp.exp(log_scale)
            above = densities.softplus(centre / scale)
            return scale * (above - densities.softplus((centre - 1.0) / scale))
        steps = (jnp.arange(n) + 0.5) / n  # E[x] = sum_k P(x > step_k) / n
        above = jax.nn.sigmoid(
            (centre[..., None] - steps[None, None]) * jnp.exp(-log_scale)[..., None]
        )
        return above.mean(-1)

    def sample(key: PRNGKey, out: Float[Array, "B C"]) -> Float[Array, "B D"]:
        centre, log_scale = parameters(split(out))
        x = centre + jnp.exp(log_scale) * jax.random.logistic(key, centre.shape)
        return jnp.clip(jnp.round(n * x), 0, n) / n

    def fit(x: Float[Array, "N D"]) -> Float[Array, "C"]:
        m = jnp.mean(x, axis=0)
        start = jnp.stack([REACH * jnp.arctanh((m - 0.5) / REACH), jnp.zeros_like(m)])
        grid, statistic = observed(x, levels)
        of_values = jax.vmap(pixel, (None, 0))

        def mean_log_prob(out: Array, seen: Array) -> Array:
            if grid is None:
                return jnp.mean(of_values(out, seen))
            return jnp.sum(seen * of_values(out, grid))

        return maximise(mean_log_prob, statistic, start).reshape(-1)

    return Likelihood(
        channels=2, log_prob=log_prob, mean=mean, sample=sample, fit=fit, support="levels"
    )
