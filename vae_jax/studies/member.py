"""A member of a sweep: the values in which it may differ from the others. No JAX."""

from collections import namedtuple

from vae_jax.hyperparameters import COMMON, NAMES

AUTOENCODER = {"beta": 0.0, "noise": 0.0}  # what makes a member a plain autoencoder


class Member(
    namedtuple(
        "MemberValues",
        (*NAMES, "own", "static"),
        defaults=(*(hyper.default for hyper in COMMON), (), ()),
    )
):
    """A member: its traced numbers, and the fields that select its program.

    One field for each number of `hyperparameters.COMMON` (beta, latents, noise, ...), then

    - `own`: the numbers that its objective, posterior and prior declare, as pairs
      `("objective.capacity", 2.0)`;
    - `static`: the swept fields that make it another program, as pairs
      `("network.hidden", (64,))`.
    """

    __slots__ = ()

    @property
    def has_posterior(self) -> bool:
        """Whether q(z|x) is what the decoder was trained on: posterior noise of scale 1.

        A plain autoencoder (noise 0) has no rate and no ELBO: those cells stay empty. Nor
        has a model trained at another scale: it does not sample the q of its rate.
        """
        return self.noise == 1.0

    @property
    def numbers(self) -> dict[str, float | int]:
        """Every traced number by the name of its axis, the declared ones included."""
        return {**{name: getattr(self, name) for name in NAMES}, **dict(self.own)}
