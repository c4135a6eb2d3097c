"""Annealed importance sampling with Hamiltonian moves: log p(x) where `iwae` is loose.

Neal (2001), arXiv:physics/9803008; on decoders, Wu et al. (2017), arXiv:1611.04273.
Between a start p_0(z), the prior or q(z|x), and the posterior lie

    p_t(z) ~ p_0(z) [p(z) p(x|z) / p_0(z)]^b_t,   b_t from 0 to 1,

and a chain collects log w = sum_t (b_t - b_{t-1}) log [p(z) p(x|z) / p_0(z)](z_{t-1}),
each term before the move that leaves p_t invariant. E w = p(x) for any number of
temperatures, so log mean w is a lower bound in expectation. From an exact sample of the
posterior, which simulated data has, the same chain backwards gives an upper one.

Exactness. The step sizes are found by a pilot run, per image and temperature, and frozen:
the moves of the measured chains depend on nothing that those chains did, so E w = p(x)
holds without qualification. One step per image rather than per chain, because the mean
acceptance of 16 chains is a far less noisy thing to steer by than that of one.

Which start. From q(z|x) the estimate is as valid, and sharper where the encoder is right;
where it is wrong and sharp it can be far too low without the ESS showing it. Digits,
2 latents, binomial, 64 test images, T = 1,000, against quadrature: 0.07 nats short from the
prior, 4.6 from q, one image by 117, with a median ESS of 15 of 16. Hence the prior.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float, Int

from vae_jax.errors import UserError
from vae_jax.evaluation.estimators import hmc, log_weights
from vae_jax.types import HParams, Model, Params, PRNGKey

STARTS = ("prior", "posterior")


class Settings(NamedTuple):
    """What is static about an annealing run."""

    temperatures: int = 1_000
    chains: int = 16  # per image
    leapfrog: int = 10  # steps, and gradients, per move
    pilot: int = 200  # temperatures of the run that finds the step sizes
    start: str = "prior"  # or "posterior": q(z|x), nearer to the end
    images: int = 64  # in memory at once; x 16 chains, 1,024 rows per matrix product


DEFAULT = Settings()


def schedule(temperatures: int) -> Float[np.ndarray, "T"]:
    """b_t: the logistic function on [-4, 4], rescaled to run from 0 to 1."""
    b = 1.0 / (1.0 + np.exp(-np.linspace(-4.0, 4.0, temperatures)))
    return ((b - b[0]) / (b[-1] - b[0])).astype(np.float32)


def ais(
    model: Model,
    params: Params,
    x: Float[Array, "N D"],
    key: PRNGKey,
    hparams: HParams,
    *,
    settings: Settings = DEFAULT,
) -> dict[str, Float[Array, "N"]]:
    """`log_prob`, a stochastic lower bound on log p(x) in nats, per image.

    With `ess` over the chains, the `stderr` of their log-mean, and `acceptance`, the mean
    over the moves, which the pilot run steers to 0.65.
    """
    check(settings)

    def one(image: Float[Array, "D"], row: Int[Array, ""]) -> dict[str, Float[Array, ""]]:
        problem = annealing(model, params, image, hparams, settings)
        pilot_key, key_0, run_key = jax.random.split(jax.random.fold_in(key, row), 3)
        steps = find_steps(problem, pilot_key, settings)
        log_w, acceptance = forward(
            problem.path, problem.draw(key_0), run_key, steps, settings
        )
        return {"log_prob": log_mean(log_w), **quality(log_w), "acceptance": acceptance}

    rows = jnp.arange(len(x))
    return jax.lax.map(lambda args: one(*args), (x, rows), batch_size=settings.images)


def bdmc(
    model: Model,
    params: Params,
    key: PRNGKey,
    hparams: HParams,
    *,
    count: int,
    settings: Settings = DEFAULT,
) -> dict[str, Array]:
    """Bidirectional Monte Carlo: `lower` and `upper` bounds on log p(x), and `x` [count D].

    The images are simulated, z ~ p(z), x ~ p(x|z), so that z is an exact sample of p(z|x)
    to start the reverse chains from. E lower <= log p(x) <= E upper; the mean gap bounds
    what `ais` at these settings is short of, on data that the model itself makes.
    Grosse, Ghahramani & Adams (2015), arXiv:1511.02543.
    """
    check(settings)
    z_key, x_key, chain_key = jax.random.split(key, 3)
    z = model.prior.sample(z_key, hparams, count)
    x = model.likelihood.sample(x_key, model.decode(params, z))

    def one(image, exact, row):
        problem = annealing(model, params, image, hparams, settings)
        keys = jax.random.split(jax.random.fold_in(chain_key, row), 4)
        steps = find_steps(problem, keys[0], settings)
        log_w, _ = forward(problem.path, problem.draw(keys[1]), keys[2], steps, settings)
        exact = jnp.broadcast_to(exact[None], (settings.chains, len(exact)))
        log_v = reverse(problem.path, exact, keys[3], steps, settings)
        return {"lower": log_mean(log_w), "upper": -log_mean(-log_v)}

    bounds = jax.lax.map(
        lambda args: one(*args), (x, z, jnp.arange(count)), batch_size=settings.images
    )
    return {**bounds, "x": x}


class Annealing(NamedTuple):
    """One image: where its chains start, and the path to its posterior."""

    draw: Callable[[PRNGKey], Array]  # key -> z ~ p_0 [C K]
    path: hmc.Path


def annealing(
    model: Model,
    params: Params,
    image: Float[Array, "D"],
    hparams: HParams,
    settings: Settings,
) -> Annealing:
    """From the prior, or from q(z|x), to p(z|x)."""
    chains, mask = settings.chains, hparams.latent_mask
    tile = lambda a: jnp.broadcast_to(a, (chains, a.shape[-1]))
    many = tile(image[None])

    def log_prior(z):
        return model.prior.log_prob(z, hparams)

    def log_target(z):
        return log_prior(z) + model.likelihood.log_prob(model.decode(params, z), many)

    if settings.start == "prior":
        draw = lambda key: model.prior.sample(key, hparams, chains)
        return Annealing(draw, hmc.Path(log_prior, log_target, mask))
    q = jax.tree.map(tile, model.encode(params, image[None], hparams))
    log_q = lambda z: (mask[None] * model.posterior.log_prob(q, z, hparams)).sum(-1)
    draw = lambda key: model.sample(key, q, hparams)
    return Annealing(draw, hmc.Path(log_q, log_target, mask))


def find_steps(problem: Annealing, key: PRNGKey, settings: Settings) -> Float[Array, "P"]:
    """The step size of each pilot temperature, steered to an acceptance of 0.65."""
    draw_key, move_key = jax.random.split(key)
    path, leapfrog = problem.path, settings.leapfrog

    def anneal(carry, now):
        state, log_step = carry
        i, b = now
        key = jax.random.fold_in(move_key, i)
        state, accepted = hmc.move(
            path, state, key, b, jnp.exp(log_step), leapfrog=leapfrog
        )
        return (state, hmc.adapted(log_step, accepted.mean())), log_step

    state = hmc.at(path, problem.draw(draw_key))
    now = (jnp.arange(settings.pilot), jnp.asarray(schedule(settings.pilot)))
    _, log_steps = jax.lax.scan(anneal, (state, jnp.float32(hmc.FIRST_LOG_STEP)), now)
    return jnp.exp(log_steps)


def forward(
    path: hmc.Path,
    z: Float[Array, "C K"],
    key: PRNGKey,
    steps: Float[Array, "P"],
    settings: Settings,
) -> tuple[Float[Array, "C"], Float[Array, ""]]:
    """log w of chains that start from p_0, and the mean acceptance."""

    def anneal(carry, now):
        state, log_w = carry
        i, b, rise, step = now
        log_w = log_w + rise * (state.log_target - state.log_start)
        key_i = jax.random.fold_in(key, i)
        state, accepted = hmc.move(path, state, key_i, b, step, leapfrog=settings.leapfrog)
        return (state, log_w), accepted.mean()

    carry = (hmc.at(path, z), jnp.zeros(len(z)))
    (_, log_w), accepted = jax.lax.scan(anneal, carry, moves(steps, settings))
    return log_w, accepted.mean()


def reverse(
    path: hmc.Path,
    z: Float[Array, "C K"],
    key: PRNGKey,
    steps: Float[Array, "P"],
    settings: Settings,
) -> Float[Array, "C"]:
    """log w of the same path walked backwards, from an exact sample of the posterior."""

    def anneal(carry, now):
        state, log_w = carry
        i, b, rise, step = now
        key_i = jax.random.fold_in(key, i)
        state, _ = hmc.move(path, state, key_i, b, step, leapfrog=settings.leapfrog)
        return (state, log_w + rise * (state.log_target - state.log_start)), None

    carry = (hmc.at(path, z), jnp.zeros(len(z)))
    (_, log_w), _ = jax.lax.scan(anneal, carry, moves(steps, settings), reverse=True)
    return log_w


def moves(steps: Float[Array, "P"], settings: Settings) -> tuple[Array, ...]:
    """Per move: its number, b_t, b_t - b_{t-1}, and the step of the nearest pilot."""
    b = schedule(settings.temperatures)
    count = settings.temperatures - 1
    nearest = np.arange(1, count + 1) * (settings.pilot - 1) // count
    return jnp.arange(count), jnp.asarray(b[1:]), jnp.asarray(np.diff(b)), steps[nearest]


def log_mean(log_w: Float[Array, "C"]) -> Float[Array, ""]:
    """log (1/C) sum_c w_c."""
    return logsumexp(log_w) - jnp.log(len(log_w))


def quality(log_w: Float[Array, "C"]) -> dict[str, Float[Array, ""]]:
    """`ess` and `stderr` of a log-mean over chains."""
    ess = log_weights.effective_samples(log_weights.add(log_weights.empty(()), log_w))
    return {"ess": ess, "stderr": log_weights.log_mean_stderr(ess, len(log_w))}


def check(settings: Settings) -> None:
    """A start that exists, and at least two temperatures."""
    if settings.start not in STARTS:
        raise UserError(f"ais.start: {settings.start!r} is not one of {', '.join(STARTS)}")
    if min(settings.temperatures, settings.pilot) < 2:
        raise UserError("ais: temperatures and pilot must be at least 2, from 0 to 1")
