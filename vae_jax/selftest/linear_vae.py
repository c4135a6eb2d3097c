"""A linear VAE trained on the digits, against the optimum that is known.

Its best ELBO is the likelihood of probabilistic PCA (Tipping & Bishop, 1999; Lucas et al.,
2019, arXiv:1911.02469), and with beta it runs along the frontier of reverse water-filling.
"""

from collections.abc import Iterator, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from vae_jax.data.sources.digits import digits
from vae_jax.evaluation.metrics.rate_distortion import terms
from vae_jax.models.model import spec_of
from vae_jax.selftest import linear_gaussian
from vae_jax.selftest.check import Check
from vae_jax.studies.member import Member
from vae_jax.training import sweep
from vae_jax.training.devices import choose_layout
from vae_jax.training.members import Training, stacked

PHASES = ((5e-3, 600), (1e-3, 200), (2e-4, 200))  # learning rate, epochs
OPTIMA = {2: 0.05, 8: 0.15, 16: 0.6}  # latents, and how near they come, nats
BETAS, SIGMA = (0.5, 1.0, 3.0), 0.2
SAMPLES = 256


def train(likelihood: dict, members: Sequence[Member]) -> list[dict[str, float]]:
    """Rate and distortion of linear VAEs on the training images, nats per image."""
    dataset = digits()
    network = {"name": "mlp", "hidden": ()}
    spec = spec_of(dataset, max(OPTIMA), network=network, likelihood=likelihood)
    program = sweep.build_program(spec, 128, choose_layout(len(members)))
    numbers = stacked(spec, members)
    training = Training(program, numbers, dataset.train)
    for rate, epochs in PHASES:
        training.set_learning_rate(rate)
        training.advance(epochs)
    params = training.states().params
    x = program.model.unit(dataset.train)
    measure = jax.jit(
        lambda p, h: terms(program.model, p, x, jax.random.key(0), h, samples=SAMPLES)
    )
    measured = []
    for i in range(len(members)):
        row = jax.tree.map(lambda leaf, i=i: jnp.asarray(leaf[i]), (params, numbers))
        arrays = jax.device_get(measure(*row))
        measured.append({n: float(np.float64(a).mean()) for n, a in arrays.items()})
    return measured


def linear_vae() -> Iterator[Check]:
    """Checks of -ELBO at 2, 8 and 16 latents, and of rate and distortion along beta."""
    x = digits().train / 16.0
    mean, cov = x.mean(0), np.cov(x, rowvar=False, bias=True)
    members = [Member(1.0, latents, 1.0, 1e-3, 0) for latents in OPTIMA]
    trained = train({"name": "gaussian", "sigma": "learned"}, members)
    for (latents, tolerance), ours in zip(OPTIMA.items(), trained):
        best = linear_gaussian.fit(cov, mean, latents)
        exact = -float(linear_gaussian.log_prob(best, x).mean())
        total = ours["distortion"] + ours["rate"]
        yield Check(f"-ELBO, linear VAE of {latents}", exact, total, tolerance)
    members = [Member(beta, 8, 1.0, 1e-3, 0) for beta in BETAS]
    trained = train({"name": "gaussian", "sigma": SIGMA}, members)
    for beta, ours in zip(BETAS, trained):
        optimum = linear_gaussian.frontier(
            np.linalg.eigvalsh(cov), 8, beta=beta, sigma2=SIGMA**2
        )
        yield Check(f"rate, linear VAE, beta {beta:zg}", optimum.rate, ours["rate"], 0.1)
        yield Check(
            f"distortion, beta {beta:zg}", optimum.distortion, ours["distortion"], 0.2
        )
