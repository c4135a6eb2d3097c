"""The verdict on a posterior's collapse, from the rates of its dimensions. No JAX."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

COLLAPSED_RATE = 0.01  # nats: with less, q(z_k|x) is the prior for all images
ACTIVE_VARIANCE = 0.01  # of E[z_k|x] over images: with more, a dimension is in use


class Verdict(NamedTuple):
    """Which dimensions carry nothing."""

    kind: str  # "none", "partial" or "full"
    dimensions: tuple[int, ...]

    def __str__(self) -> str:
        if self.kind != "partial":
            return self.kind
        names = ", ".join(map(str, self.dimensions))
        return f"partial: dimension{'s' * (len(self.dimensions) > 1)} {names}"


def verdict(rates: Float[np.ndarray, "L"]) -> Verdict:
    """The verdict on rates in nats, one per dimension in use."""
    dead = tuple(int(k) for k in np.flatnonzero(rates <= COLLAPSED_RATE))
    kind = "none" if not dead else "full" if len(dead) == len(rates) else "partial"
    return Verdict(kind, dead)
