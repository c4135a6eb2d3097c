"""Sums of weights known by their logarithms, taken in pieces: a running log-sum-exp."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


class LogSums(NamedTuple):
    """Sum and sum of squares of the weights so far, relative to the largest of them."""

    peak: Float[Array, "*B"]  # log of the largest weight; -inf before the first
    total: Float[Array, "*B"]  # sum of exp(log w - peak)
    squares: Float[Array, "*B"]  # sum of exp(2 (log w - peak))


def empty(shape: tuple[int, ...]) -> LogSums:
    """The sums of no weights."""
    return LogSums(jnp.full(shape, -jnp.inf), jnp.zeros(shape), jnp.zeros(shape))


def finite_or_zero(peak: Float[Array, "*B"]) -> Float[Array, "*B"]:
    """What may be subtracted: -inf - (-inf) would be NaN where every weight is 0."""
    return jnp.where(jnp.isneginf(peak), 0.0, peak)


def add(sums: LogSums, log_w: Float[Array, "*B C"]) -> LogSums:
    """The sums with C more weights; a weight of 0, log w = -inf, adds nothing."""
    peak = jnp.maximum(sums.peak, log_w.max(-1))
    origin = finite_or_zero(peak)
    shrink = jnp.exp(sums.peak - origin)
    w = jnp.exp(log_w - origin[..., None])
    return LogSums(
        peak,
        shrink * sums.total + w.sum(-1),
        jnp.square(shrink) * sums.squares + jnp.square(w).sum(-1),
    )


def log_sum(sums: LogSums) -> Float[Array, "*B"]:
    """log sum_k w_k; -inf, not NaN, if every weight is 0."""
    return finite_or_zero(sums.peak) + jnp.log(sums.total)


def effective_samples(sums: LogSums) -> Float[Array, "*B"]:
    """ESS = (sum w)^2 / sum w^2, between 1 and the number of weights; 0 if all are 0.

    Kong (1992), University of Chicago, technical report 348.
    """
    some: Bool[Array, "*B"] = sums.squares > 0.0
    return jnp.where(some, jnp.square(sums.total) / jnp.where(some, sums.squares, 1.0), 0.0)


def log_mean_stderr(ess: Float[Array, "*B"], count: int) -> Float[Array, "*B"]:
    """Standard error of log (1/K) sum_k w_k, nats, by the delta method.

        sqrt((1/ESS - 1/K) K / (K - 1))

    Only to be believed where the ESS is large: the weights that were never drawn do not
    count in it. Infinite where the ESS is 0, and for one weight, which knows nothing.
    """
    if count == 1:
        return jnp.full_like(ess, jnp.inf)
    excess = jnp.maximum(1.0 / ess - 1.0 / count, 0.0)
    return jnp.sqrt(excess * (count / (count - 1.0)))
