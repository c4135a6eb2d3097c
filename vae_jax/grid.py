"""The grid of a sweep: axes in, members out. No JAX."""

import difflib
import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from vae_jax.errors import UserError


class Member(NamedTuple):
    """The values in which the members of a sweep may differ."""

    beta: float
    latents: int
    noise: float
    learning_rate: float
    seed: int

    @property
    def has_posterior(self) -> bool:
        """Whether q(z|x) is what the decoder was trained on: posterior noise of scale 1.

        A plain autoencoder (noise 0) has no rate and no ELBO: those cells stay empty. Nor
        has a model trained at another scale: it does not sample the q of its rate.
        """
        return self.noise == 1.0


AXES = Member._fields


def check_axis(name: str) -> None:
    """A `UserError` for a name that is no axis, with its neighbour."""
    if name not in AXES:
        near = difflib.get_close_matches(name, AXES, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UserError(
            f"config.sweep.{name}: not a value that can be swept; {hint}"
            f"axes: {', '.join(AXES)}"
        )


def expand(
    base: Member, axes: Mapping[str, Sequence], *, autoencoder: bool
) -> list[Member]:
    """The Cartesian product of the axes around `base`, autoencoders first.

    `autoencoder` adds, for every point of the other axes, the plain autoencoder: noise 0
    and beta 0. It is a point like any other, so it shares their compiled program. Values
    already in the list are not repeated.
    """
    rest = {name: values for name, values in axes.items() if name not in ("beta", "noise")}
    points = product(base._replace(beta=0.0, noise=0.0), rest) if autoencoder else []
    return list(dict.fromkeys([*points, *product(base, axes)]))


def product(base: Member, axes: Mapping[str, Sequence]) -> list[Member]:
    """Every combination of the axes' values, the last axis fastest."""
    return [
        base._replace(**dict(zip(axes, values, strict=True)))
        for values in itertools.product(*axes.values())
    ]
