"""Planes through latent spaces of more than two dimensions, turned so that codes can be
followed from member to member. No JAX."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from vae_jax.explorer.directions import components


class Plane(NamedTuple):
    """A plane z = rest + x u + y v; `rest` is at right angles to both directions.

    So the origin of the latent space, where a prior N(0, I) is centred, lies over (0, 0).
    """

    u: np.ndarray  # [L], of length 1
    v: np.ndarray  # [L], of length 1, at right angles to u
    rest: np.ndarray  # [L]

    def places(self, codes: Float[np.ndarray, "N L"]) -> Float[np.ndarray, "N 2"]:
        """Where codes lie on the plane."""
        return codes @ np.stack([self.u, self.v], axis=1)

    def as_json(self) -> dict[str, Any]:
        """The plane as the page reads it."""
        return {name: rounded(array) for name, array in self._asdict().items()}


def main_plane(
    codes: Float[np.ndarray, "N L"], before: Float[np.ndarray, "N 2"] | None
) -> Plane:
    """The plane of the two largest principal components through the middle of the codes.

    `before` are the places of the same images for the member before it: within the plane,
    the directions are turned (orthogonal Procrustes: Schoenemann, 1966) so that the images
    lie as near to them as they can.
    """
    centre = codes.mean(axis=0)
    directions = components(codes)[1][:2]
    if before is not None:
        places = (codes - centre) @ directions.T
        left, _, right = np.linalg.svd(places.T @ (before - before.mean(axis=0)))
        directions = (left @ right).T @ directions
    rest = centre - directions.T @ (directions @ centre)
    return Plane(*directions, rest)


def rounded(array: np.ndarray) -> list[float]:
    """Numbers of six significant digits, which is more than a page can show of them."""
    return [float(f"{value:z.6g}") for value in np.float64(array).ravel()]
