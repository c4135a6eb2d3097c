"""Counts: the pixels k of the digits are on-pixels among 16, k ~ Binomial(16, p).

    log p(k) = log C(n, k) + k log p + (n - k) log(1 - p) = log C(n, k) - n BCE(k / n)

So this is the binary cross-entropy made proper: BCE with beta is exactly the binomial
with n beta. UCI machine learning repository, optdigits.names (Alpaydin & Kaynak, 1998).
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.special import gammaln

from vae_jax.errors import UserError
from vae_jax.models import densities
from vae_jax.models.likelihoods import bernoulli
from vae_jax.types import Likelihood, PRNGKey

MOST_DRAWN = 1_024  # trials that are drawn one by one; more are drawn by their sum


def log_choose(trials: int, k: Float[Array, "*B"]) -> Float[Array, "*B"]:
    """log C(trials, k), read from a table: float32 loses 1e-4 a pixel at 255 trials."""
    all_k = np.arange(trials + 1)
    table = gammaln(trials + 1) - gammaln(all_k + 1) - gammaln(trials - all_k + 1)
    return jnp.asarray(table, jnp.float32)[jnp.round(k).astype(jnp.int32)]


def trials_of(name: str, levels: int) -> int:
    """The trials n = levels - 1 of a pixel of whole levels.

    A `UserError` names the likelihood where pixels are floats.
    """
    if levels < 2:
        raise UserError(
            f"config.likelihood: {name} needs pixels of whole levels; these are floats: "
            "bernoulli, continuous_bernoulli or gaussian takes them"
        )
    return levels - 1


def mean_of_trials(key: PRNGKey, trials: int, p: Float[Array, "*B"]) -> Float[Array, "*B"]:
    """The share of successes in so many trials of probability p, drawn for each element."""
    if trials > MOST_DRAWN:
        return jax.random.binomial(key, float(trials), p) / trials
    on = jax.random.bernoulli(key, p[None], (trials, *p.shape))
    return on.astype(p.dtype).mean(0)


def binomial(levels: int) -> Likelihood:
    """Binomial pixels x = k / (levels - 1), k ~ Binomial(levels - 1, p), one logit each.

    A `UserError` where pixels are floats.
    """
    n = trials_of("binomial", levels)

    def log_prob(logits: Float[Array, "B D"], x: Float[Array, "B D"]) -> Float[Array, "B"]:
        terms = log_choose(n, n * x) + n * densities.bernoulli_log_prob(logits, x)
        return jnp.sum(terms, axis=-1)

    def sample(key: PRNGKey, logits: Float[Array, "B D"]) -> Float[Array, "B D"]:
        return mean_of_trials(key, n, jax.nn.sigmoid(logits))

    return Likelihood(
        channels=1,
        log_prob=log_prob,
        mean=jax.nn.sigmoid,
        sample=sample,
        fit=bernoulli.fit,
        support="levels",
    )
