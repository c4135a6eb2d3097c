"""Overdispersed counts: k ~ Binomial(n, p), p ~ Beta(a, b).

    log p(k) = log C(n, k) + log B(k + a, n - k + b) - log B(a, b),  a = s m, b = s (1 - m)

The best of the one- and two-output densities of the digits: it has spikes at 0 and n.
"""

import jax
import jax.numpy as jnp
from jax.scipy.special import betaln
from jaxtyping import Array, Float

from vae_jax.models.densities import bounded
from vae_jax.models.likelihoods.binomial import log_choose, mean_of_trials, trials_of
from vae_jax.models.newton import level_counts, maximise
from vae_jax.types import Likelihood, PRNGKey

MEAN_LOGIT, LOG_CONCENTRATION = 12.0, 7.0  # bounds: float32 keeps its digits within them


def shape_parameters(
    logit: Float[Array, "*B"], log_concentration: Float[Array, "*B"]
) -> tuple[Float[Array, "*B"], Float[Array, "*B"]]:
    """a and b of the Beta distribution, from the logit of its mean and log(a + b)."""
    logit = bounded(logit, MEAN_LOGIT)
    concentration = jnp.exp(bounded(log_concentration, LOG_CONCENTRATION))
    return concentration * jax.nn.sigmoid(logit), concentration * jax.nn.sigmoid(-logit)


def beta_binomial(levels: int) -> Likelihood:
    """Beta-binomial pixels x = k / (levels - 1): logit of the mean and log(a + b) each.

    A `UserError` where pixels are floats.
    """
    n = trials_of("beta_binomial", levels)

    def pixel(out: Float[Array, "2 *B"], x: Float[Array, "*B"]) -> Float[Array, "*B"]:
        (a, b), k = shape_parameters(*out), jnp.round(n * x)
        return log_choose(n, k) + betaln(k + a, n - k + b) - betaln(a, b)

    def log_prob(out: Float[Array, "B C"], x: Float[Array, "B D"]) -> Float[Array, "B"]:
        return jnp.sum(pixel(jnp.stack(jnp.split(out, 2, axis=-1)), x), axis=-1)

    def mean(out: Float[Array, "B C"]) -> Float[Array, "B D"]:
        return jax.nn.sigmoid(bounded(jnp.split(out, 2, axis=-1)[0], MEAN_LOGIT))

    def sample(key: PRNGKey, out: Float[Array, "B C"]) -> Float[Array, "B D"]:
        p_key, k_key = jax.random.split(key)
        a, b = shape_parameters(*jnp.split(out, 2, axis=-1))
        p = jax.random.beta(p_key, a, b)
        return mean_of_trials(k_key, n, p)

    def fit(x: Float[Array, "N D"]) -> Float[Array, "C"]:
        m = jnp.clip(jnp.mean(x, axis=0), 1e-4, 1.0 - 1e-4)
        start = jnp.stack([jnp.log(m) - jnp.log1p(-m), jnp.ones_like(m)])
        if levels > len(x):  # rather the images one by one than 65,536 levels
            some = lambda out, seen: jnp.mean(jax.vmap(pixel, (None, 0))(out, seen))
            return maximise(some, x, start).reshape(-1)
        # log p(k) - log C(n, k) is a sum over i < n of log(a + i) where k > i, log(b + i)
        # where n - k > i, and -log(a + b + i): sums of logs keep the digits that
        # differences of log gammas lose, and are quicker to differentiate twice.
        at_most = jnp.cumsum(level_counts(x, levels), axis=0)[:-1]
        exceeding = jnp.concatenate([len(x) - at_most, at_most[::-1]]) / len(x)

        def mean_log_prob(out: Array, exceeding: Array) -> Array:
            (a, b), i = shape_parameters(*out), jnp.arange(n)
            more, fewer = jnp.split(exceeding, 2)
            terms = more * jnp.log(a + i) + fewer * jnp.log(b + i) - jnp.log(a + b + i)
            return jnp.sum(terms)

        return maximise(mean_log_prob, exceeding, start).reshape(-1)

    return Likelihood(
        channels=2, log_prob=log_prob, mean=mean, sample=sample, fit=fit, support="levels"
    )
