"""Maximum likelihood without a closed form: Newton's method, pixel by pixel.

What the images have to say of a pixel comes as a statistic of fixed size, so the work
does not grow with their number.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

STEPS = 100
LARGEST = 1.0  # a step, so that a flat likelihood cannot throw it far
RIDGE = 1e-6


def maximise(
    log_prob: Callable[[Array, Array], Array],
    statistic: Float[Array, "S D"],
    start: Float[Array, "C D"],
) -> Float[Array, "C D"]:
    """Decoder outputs [C D] that maximise log_prob(out [C], statistic [S]) pixel by pixel.

    Newton's method with the absolute eigenvalues of the Hessian and bounded steps, which
    climbs from anywhere. Where the likelihood rises for ever it stops after 100 steps.
    """

    def pixel(observed: Float[Array, "S"], out: Float[Array, "C"]) -> Float[Array, "C"]:
        mean = lambda o: log_prob(o, observed)

        def step(_, o):
            gradient, hessian = jax.grad(mean)(o), jax.hessian(mean)(o)
            eigenvalues, vectors = jnp.linalg.eigh(hessian)
            move = vectors @ ((vectors.T @ gradient) / (jnp.abs(eigenvalues) + RIDGE))
            move = move / jnp.maximum(1.0, jnp.abs(move).max() / LARGEST)
            better = mean(o + move) >= mean(o)
            return jnp.where(better, o + move, o + 0.1 * move)

        return jax.lax.fori_loop(0, STEPS, step, out)

    return jax.vmap(pixel, in_axes=(1, 1), out_axes=1)(statistic, start)


def observed(
    x: Float[Array, "N D"], levels: int
) -> tuple[Float[Array, "V"] | None, Float[Array, "S D"]]:
    """What the images say of each pixel: shares of the levels [levels D], and the levels.

    Where there are fewer images than levels, the pixels themselves [N D], and no levels:
    neither memory nor time grows with 65,536 of them.
    """
    if levels > len(x):
        return None, x
    return jnp.arange(levels) / (levels - 1), level_counts(x, levels) / len(x)


def level_counts(x: Float[Array, "N D"], levels: int) -> Float[Array, "V D"]:
    """How many images have each of the grey levels at each pixel: counts [levels D]."""
    level = jnp.round((levels - 1) * x).astype(jnp.int32)
    column = jnp.arange(x.shape[1])[None]
    return jnp.zeros((levels, x.shape[1])).at[level, column].add(1.0)
