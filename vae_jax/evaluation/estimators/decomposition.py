"""The rate taken apart: what the codes know of x, and how far their sum is from the prior.

    R = I_q(x; z) + KL(q(z) || p(z)),   KL(q(z) || p(z)) = TC + sum_j KL(q(z_j) || p(z_j))

q(z) = (1/N) sum_n q(z|x_n) is the mixture over the whole split: nothing is estimated from
minibatches, whose weighted estimators are off by multiples of log N.
Hoffman & Johnson (2016), "ELBO surgery"; Chen et al. (2018), arXiv:1802.04942.

Everything but h = E log q(z) is analytic or a one-dimensional integral, and h has control
variates, so the parts sum to the rate to rounding and one standard error serves them all.
**I cannot exceed log N**: near it, KL(q(z) || p(z)) = R - log N measures that the images
have been told apart, not that the codes miss the prior.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from jaxtyping import Array, Float, Int

from vae_jax.evaluation.estimators.blocks import by_blocks, encoded
from vae_jax.scores.estimate import Estimate
from vae_jax.types import HParams, Model, Params, Posterior, PRNGKey

MAX_IMAGES = 10_000  # the cost is quadratic: beyond, the first images are the split
NODES = 4_097  # of the one-dimensional integrals
REACH = 8.0  # standard deviations beyond the outermost posteriors
IMAGES = 64  # whose codes are drawn at once
# Points against the whole mixture at once. On CPU what lies between them, 16 x 1,437
# numbers, is to stay in the core's cache; an accelerator is to have something to do.
POINTS = {"cpu": 16}
ACCELERATOR_POINTS = 512


def decomposition(
    model: Model,
    params: Params,
    x: Float[Array, "N D"],
    key: PRNGKey,
    hparams: HParams,
    *,
    samples: int = 1,
    nodes: int = NODES,
    chunk: int | None = None,
) -> dict[str, Array]:
    """What `reduce` needs, in float32, from `samples` draws of every posterior.

    O(N^2 (samples + nodes / N) K) time, for `chunk` points at once; K is the number of
    dimensions in use. Of more than 10,000 images only the first 10,000 count, in the
    mixture and as samples alike: a mixture met with samples of images that are not in it
    would be no decomposition of anything. For members with noise 1 and a prior that is a
    product over dimensions.
    """
    x, mask = x[:MAX_IMAGES], hparams.latent_mask
    chunk = chunk or POINTS.get(jax.default_backend(), ACCELERATOR_POINTS)
    q = encoded(model, params, x, hparams)

    def draw(row: Posterior, i: Int[Array, ""]) -> dict[str, Array]:
        many = jax.tree.map(lambda a: jnp.broadcast_to(a[None], (samples, len(a))), row)
        z = model.sample(jax.random.fold_in(key, i), many, hparams)
        log_posterior = model.posterior.log_prob(many, z, hparams)
        return {
            "z": z,
            "log_posterior": (mask[None] * log_posterior).sum(-1),
            "log_prior": model.prior.log_prob(z, hparams),
        }

    rows = (q, jnp.arange(len(x)))
    draws = by_blocks(lambda some: jax.vmap(draw)(*some), rows, IMAGES)
    z = draws.pop("z").reshape(-1, len(mask))  # [N S, K]
    log_aggregate = by_blocks(lambda some: log_mixture(q, some, mask), z, chunk)
    return {
        **draws,
        "log_aggregate": log_aggregate.reshape(-1, samples),
        "entropy": mask[None] * gaussian_entropy(q),
        "rate": model.prior.kl(q, hparams),
        "negentropy_dim": marginal_negentropy(q, mask, nodes, chunk),
    }


def log_mixture(
    q: Posterior, z: Float[Array, "P K"], mask: Float[Array, "K"]
) -> Float[Array, "P"]:
    """log q(z) = log (1/N) sum_n q(z|x_n), over the dimensions in use.

    From the differences z - mu, not as a matrix product of squares, which cancels in
    float32 where posteriors are sharp. Dimension after dimension is added to [P, N]
    exponents, whose inner loop runs along the images.
    """
    in_use = jnp.argsort(mask == 0.0, stable=True)  # those first
    mean, half_precision = q.mean.T, 0.5 * jnp.exp(-q.log_var.T)
    log_peaks = -jnp.log(len(q.mean)) - 0.5 * jnp.sum(
        mask[None] * (q.log_var + jnp.log(2.0 * jnp.pi)), axis=-1
    )

    def add(i, exponents):
        k = in_use[i]
        difference = z[:, k, None] - mean[k][None]
        return exponents - jnp.square(difference) * half_precision[k][None]

    start = jnp.broadcast_to(log_peaks[None], (len(z), len(log_peaks)))
    count = jnp.count_nonzero(mask)
    return logsumexp(jax.lax.fori_loop(0, count, add, start), axis=-1)


def gaussian_entropy(q: Posterior) -> Float[Array, "N K"]:
    """H(q(z_k|x)) = (1 + log 2 pi + log sigma_k^2) / 2, nats."""
    return 0.5 * (1.0 + jnp.log(2.0 * jnp.pi) + q.log_var)


def marginal_negentropy(
    q: Posterior, mask: Float[Array, "K"], nodes: int, chunk: int
) -> Float[Array, "2 K"]:
    """E log q(z_k) by the trapezoid rule, with all nodes and with every second one.

    The rule is as good as exact while the spacing is below the least posterior sd; the
    difference of the two rows says so. 0 for dimensions not in use, which cost nothing.
    """

    def integrate(mean: Float[Array, "N"], log_var: Float[Array, "N"]):
        sd = jnp.exp(0.5 * log_var)
        low, high = jnp.min(mean - REACH * sd), jnp.max(mean + REACH * sd)
        points = jnp.linspace(low, high, nodes)
        marginal, one = Posterior(mean[:, None], log_var[:, None]), jnp.ones(1)
        log_q = by_blocks(
            lambda some: log_mixture(marginal, some, one), points[:, None], chunk
        )
        terms = jnp.exp(log_q) * jnp.maximum(log_q, jnp.finfo(log_q.dtype).min)
        spacing = (high - low) / (nodes - 1)
        # The ends carry no mass, 8 sd out: no halves needed.
        return jnp.stack([spacing * terms.sum(), 2.0 * spacing * terms[::2].sum()])

    def one(dimension):
        mean, log_var, used = dimension
        return jax.lax.cond(
            used > 0.0, lambda: integrate(mean, log_var), lambda: jnp.zeros(2)
        )

    return jax.lax.map(one, (q.mean.T, q.log_var.T, mask)).T


def reduce(arrays: dict[str, np.ndarray]) -> dict[str, Estimate]:
    """The parts of the rate, nats per image, summed in float64.

    `mutual_information`, `aggregate_kl`, `total_correlation`, `dimensionwise_kl`, `rate`
    and `log_n`, the ceiling of the first. Standard errors are those of the estimation
    alone, the split being given: of the draws, and, in the last two parts, what halving
    the grid changes. Far above the rest, that says that `nodes` are too few.
    """
    arrays = {name: np.asarray(a, np.float64) for name, a in arrays.items()}
    entropy, rate = (arrays[name].mean(0).sum() for name in ("entropy", "rate"))
    h, stderr = mean_log_aggregate(arrays)
    marginal, coarse = arrays["negentropy_dim"].sum(-1)
    log_prior, grid_error = -entropy - rate, abs(marginal - coarse)
    return {
        "mutual_information": Estimate(float(-entropy - h), stderr),
        "aggregate_kl": Estimate(float(h - log_prior), stderr),
        "total_correlation": Estimate(
            float(h - marginal), float(np.hypot(stderr, grid_error))
        ),
        "dimensionwise_kl": Estimate(float(marginal - log_prior), float(grid_error)),
        "rate": Estimate(float(rate)),
        "log_n": Estimate(float(np.log(len(arrays["rate"])))),
    }


def mean_log_aggregate(arrays: dict[str, np.ndarray]) -> tuple[float, float]:
    """h = (1/N) sum_n E_{q(z|x_n)} log q(z), and its standard error, nats.

    NaN where any of the densities is not finite.

    log q(z|x) and log p(z) follow log q(z) closely, and their means are known for each
    image: what a regression on them explains is taken out. With several draws per image
    only the spread within images counts; with one, the spread between them, which is
    not an error, cannot be told from it, and the standard error is too large.
    """
    entropy, rate = (arrays[name].sum(-1)[:, None] for name in ("entropy", "rate"))
    controls = np.stack(
        [arrays["log_posterior"] + entropy, arrays["log_prior"] + entropy + rate], -1
    )
    y = arrays["log_aggregate"]
    images, samples = y.shape
    axis = 1 if samples > 1 else 0
    centred = (controls - controls.mean(axis, keepdims=True)).reshape(-1, 2)
    response = (y - y.mean(axis, keepdims=True)).reshape(-1)
    if not (np.isfinite(centred).all() and np.isfinite(response).all()):
        return np.nan, np.nan  # a wild model: densities that float32 does not hold
    slope = np.linalg.lstsq(centred, response)[0]
    residual = response - centred @ slope
    freedom = max(y.size - (images if samples > 1 else 1) - len(slope), 1)
    variance = np.square(residual).sum() / freedom
    return float((y - controls @ slope).mean()), float(np.sqrt(variance / y.size))
