"""Adam, written so that every compilation rounds it alike.

Optax divides each tensor by the bias correction, a traced scalar. XLA turns that division
into a product with the reciprocal in some compilations and not in others, so a member's
bits would depend on the number of devices and of members beside it. Here the reciprocal is
taken first, and all that is left for tensors is products.
"""

import jax
import jax.numpy as jnp
import optax


def adam(b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8):
    """Adam as an optax transformation, without the learning rate and its sign.

    `optax.scale_by_adam`, but that every compilation rounds it alike:

        m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2
        update = (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)

    Kingma & Ba (2015), algorithm 1, arXiv:1412.6980.
    """

    def init(params) -> optax.ScaleByAdamState:
        zeros = lambda: jax.tree.map(jnp.zeros_like, params)
        return optax.ScaleByAdamState(jnp.int32(0), zeros(), zeros())

    def update(grads, state: optax.ScaleByAdamState, params=None):
        del params
        count = state.count + 1
        t = count.astype(jnp.float32)
        unbias_m, unbias_v = 1.0 / (1.0 - b1**t), 1.0 / (1.0 - b2**t)
        mu = jax.tree.map(lambda m, g: b1 * m + (1.0 - b1) * g, state.mu, grads)
        nu = jax.tree.map(lambda v, g: b2 * v + (1.0 - b2) * (g * g), state.nu, grads)
        step = lambda m, v: (m * unbias_m) / (jnp.sqrt(v * unbias_v) + eps)
        return jax.tree.map(step, mu, nu), optax.ScaleByAdamState(count, mu, nu)

    return optax.GradientTransformation(init, update)
