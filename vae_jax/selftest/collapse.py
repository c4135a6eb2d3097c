"""Where beta collapses a VAE on the digits: at the eigenvalues of their covariance.

With a Bernoulli decoder a dimension can live iff its eigenvalue of D^-1/2 S D^-1/2 is
above beta, S the covariance of the pixels and D = diag(p (1 - p)): 3.295, 2.999, 2.737,
1.898, ... on the training split.
"""

from collections.abc import Iterator

import numpy as np

from vae_jax.data.sources.digits import digits
from vae_jax.models.model import spec_of
from vae_jax.scores.collapse import COLLAPSED_RATE
from vae_jax.selftest.check import Check
from vae_jax.studies.member import Member
from vae_jax.training import sweep
from vae_jax.training.devices import choose_layout
from vae_jax.training.members import Training, stacked

EXPECTED = (3.295, 2.999, 2.737, 1.898)
LATENTS, EPOCHS = 8, 500
BETAS = (2.4, 4.0)


def eigenvalues(x: np.ndarray) -> np.ndarray:
    """The betas at which dimensions of a VAE of images [N D] collapse, largest first.

    Eigenvalues of the scaled covariance of pixels that change.
    """
    p = x.mean(axis=0)
    spread = np.sqrt(p * (1.0 - p))
    kept = spread > 0
    scaled = (x - p)[:, kept] / spread[kept]
    return np.linalg.eigvalsh(scaled.T @ scaled / len(x))[::-1]


def live_dimensions() -> list[int]:
    """How many dimensions carry more than 0.01 nat after training, for each of `BETAS`."""
    dataset = digits()
    spec = spec_of(dataset, LATENTS, network={"name": "mlp", "hidden": (64,)})
    program = sweep.build_program(spec, 128, choose_layout(len(BETAS)))
    members = [Member(beta, LATENTS) for beta in BETAS]
    log = Training(program, stacked(spec, members), dataset.train).advance(EPOCHS)
    return [int((rates > COLLAPSED_RATE).sum()) for rates in log.rates]


def collapse() -> Iterator[Check]:
    """Checks of the first thresholds, and of the dimensions alive at two betas."""
    thresholds = eigenvalues(digits().train / 16.0)
    for i, (exact, ours) in enumerate(zip(EXPECTED, thresholds)):
        yield Check(f"collapse threshold {i + 1}, digits", exact, float(ours), 5e-4)
    for beta, live in zip(BETAS, live_dimensions()):
        exact = int((thresholds > beta).sum())
        yield Check(f"live dimensions at beta {beta:zg}", float(exact), float(live), 0.0)
