"""Hamiltonian Monte Carlo moves of many chains along an annealing path.

Neal (2011), "MCMC using Hamiltonian dynamics", arXiv:1206.1901.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vae_jax.types import PRNGKey, Scalar

ACCEPTANCE = 0.65  # the optimum in high dimension, Neal (2011)
GAIN = 0.2  # change of the log step per unit of acceptance off target
JITTER = 0.2  # a fixed step can fall on a period of the orbit, and never mix
FIRST_LOG_STEP = -1.5


class Path(NamedTuple):
    """log p_t = (1 - b) log_start + b log_target, for C chains, up to a constant."""

    log_start: Callable[[Array], Array]  # z [C K] -> [C]
    log_target: Callable[[Array], Array]  # z [C K] -> [C]
    mask: Float[Array, "K"]  # dimensions not in use get no momentum


class State(NamedTuple):
    """Where the chains are, with the values and slopes of both log-densities there."""

    z: Float[Array, "C K"]
    log_start: Float[Array, "C"]
    log_target: Float[Array, "C"]
    start_slope: Float[Array, "C K"]
    target_slope: Float[Array, "C K"]


def at(path: Path, z: Float[Array, "C K"]) -> State:
    """The chains at z. Each density is differentiated once, at any b."""

    def value_and_slope(log_density):
        def total(z):
            values = log_density(z)
            return (
                values.sum(),
                values,
            )  # rows are independent: the slope of the sum is theirs

        slope, values = jax.grad(total, has_aux=True)(z)
        return values, path.mask[None] * slope

    log_start, start_slope = value_and_slope(path.log_start)
    log_target, target_slope = value_and_slope(path.log_target)
    return State(z, log_start, log_target, start_slope, target_slope)


def move(
    path: Path, state: State, key: PRNGKey, b: Scalar, step: Scalar, *, leapfrog: int
) -> tuple[State, Float[Array, "C"]]:
    """One move that leaves p_t invariant, and the acceptance probability of each chain.

    `leapfrog` steps, one gradient each: the last of a move serves the next one. A
    trajectory that leaves the finite numbers is rejected.
    """
    normal_key, jitter_key, accept_key = jax.random.split(key, 3)
    momentum = path.mask[None] * jax.random.normal(normal_key, state.z.shape)
    low, high = 1.0 - JITTER, 1.0 + JITTER
    step = step * jax.random.uniform(jitter_key, (len(state.z), 1), minval=low, maxval=high)

    def slope(s: State) -> Float[Array, "C K"]:
        return (1.0 - b) * s.start_slope + b * s.target_slope

    def log_joint(s: State, p: Float[Array, "C K"]) -> Float[Array, "C"]:
        kinetic = 0.5 * jnp.square(p).sum(-1)
        return (1.0 - b) * s.log_start + b * s.log_target - kinetic

    def leap(carry, _):
        s, p = carry
        p = p + 0.5 * step * slope(s)
        s = at(path, s.z + step * p)
        return (s, p + 0.5 * step * slope(s)), None

    (end, last), _ = jax.lax.scan(leap, (state, momentum), length=leapfrog)
    gain = log_joint(end, last) - log_joint(state, momentum)
    gain = jnp.where(jnp.isnan(gain), -jnp.inf, gain)
    accept = jnp.log(jax.random.uniform(accept_key, gain.shape)) < gain

    def choose(new, old):
        return jnp.where(accept.reshape(-1, *[1] * (new.ndim - 1)), new, old)

    return jax.tree.map(choose, end, state), jnp.exp(jnp.minimum(gain, 0.0))


def adapted(log_step: Scalar, accepted: Scalar) -> Scalar:
    """The next log step: longer while more than 65 % are accepted, else shorter."""
    return log_step + GAIN * (accepted - ACCEPTANCE)
