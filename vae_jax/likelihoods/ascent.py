"""Maximum likelihood without a closed form: Newton's method, pixel by pixel."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

STEPS = 100
LARGEST = 1.0  # a step, so that a flat likelihood cannot throw it far
RIDGE = 1e-6


def maximise(
    log_prob: Callable[[Array, Array], Array],
    x: Float[Array, "N D"],
    start: Float[Array, "C D"],
) -> Float[Array, "C D"]:
    """The outputs [C] of each pixel with the largest mean log_prob(out [C], x []).

    Newton's method with the absolute eigenvalues of the Hessian and bounded steps, which
    climbs from anywhere. Where the likelihood rises for ever it stops after 100 steps.
    """

    def pixel(values: Float[Array, "N"], out: Float[Array, "C"]) -> Float[Array, "C"]:
        mean = lambda o: jax.vmap(lambda v: log_prob(o, v))(values).mean()

        def step(_, o):
            gradient, hessian = jax.grad(mean)(o), jax.hessian(mean)(o)
            eigenvalues, vectors = jnp.linalg.eigh(hessian)
            move = vectors @ ((vectors.T @ gradient) / (jnp.abs(eigenvalues) + RIDGE))
            move = move / jnp.maximum(1.0, jnp.abs(move).max() / LARGEST)
            better = mean(o + move) >= mean(o)
            return jnp.where(better, o + move, o + 0.1 * move)

        return jax.lax.fori_loop(0, STEPS, step, out)

    return jax.vmap(pixel, in_axes=(1, 1), out_axes=1)(x, start)
