"""How pictures show pixel values: as ink on white paper, or as light. No JAX.

A scan of handwriting stores how much ink there is, a photograph how much light: drawn by
the other's rule, each is a negative. Models see the same numbers either way.
"""

from vae_jax.errors import UserError

INK, LIGHT = "ink", "light"  # 1.0 is black; 1.0 is white
EVERY = (INK, LIGHT)


def check(shown: object) -> None:
    """A `UserError` unless `shown` is "ink", "light", or "": as the source has it."""
    if shown not in ("", *EVERY):
        raise UserError(
            f"config.dataset.shown: {shown!r} is not known; there are: {', '.join(EVERY)}"
        )
