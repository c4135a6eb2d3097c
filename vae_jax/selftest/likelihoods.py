"""Likelihoods sum to 1 over all values of a pixel, and stay finite."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np

from vae_jax import registry
from vae_jax.registry import METHODS
from vae_jax.selftest.check import Check
from vae_jax.types import Likelihood

LEVELS = 17
NODES, CELLS = 64, 400  # of the quadrature
SUPPORTS = {"unit": (0.0, 1.0), "real": (-400.0, 400.0)}


def every_value(support: str) -> tuple[np.ndarray, np.ndarray]:
    """All values of a pixel, or quadrature nodes, and the weight of each in a sum."""
    if support == "binary":
        return np.array([0.0, 1.0]), np.ones(2)
    if support == "levels":
        return np.arange(LEVELS) / (LEVELS - 1), np.ones(LEVELS)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    edges = np.linspace(*SUPPORTS[support], CELLS + 1)
    half = np.diff(edges)[:, None] / 2
    grid = edges[:-1, None] + half + half * nodes[None]
    return grid.ravel(), (half * weights[None]).ravel()


def total(likelihood: Likelihood, out: jax.Array) -> float:
    """The sum or integral of p(x) over all values of one pixel, for one output [C]."""
    x, weight = every_value(likelihood.support)
    repeated = jnp.broadcast_to(out[None], (len(x), len(out)))
    log_p = likelihood.log_prob(repeated, jnp.asarray(x, jnp.float32)[:, None])
    return float((np.exp(np.float64(log_p)) * weight).sum())


def likelihoods() -> Iterator[Check]:
    """A check for each likelihood: the worst total over some decoder outputs."""
    for name in METHODS["likelihood"]:
        settings = {"name": name}
        likelihood = registry.build("likelihood", settings, levels=LEVELS)
        width = likelihood.channels + len(likelihood.shared)
        outs = 2.0 * jax.random.normal(jax.random.key(0), (8, width))
        totals = [total(likelihood, out) for out in outs]
        worst = max(totals, key=lambda t: abs(t - 1.0))
        yield Check(f"sum of p(x) over x, {name}", 1.0, worst, 1e-4)
    bernoulli = registry.build("likelihood", {"name": "bernoulli"}, levels=LEVELS)
    logit = jnp.full((1, 1), 90.0)
    loss = lambda l: -bernoulli.log_prob(l, jnp.zeros((1, 1))).sum()
    yield Check("cross-entropy at logit 90, x = 0", 90.0, float(loss(logit)), 1e-4)
    yield Check("its slope", 1.0, float(jax.grad(loss)(logit)[0, 0]), 1e-6)
