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
from jaxtyping import Array, Float

from vae_jax.models import densities
from vae_jax.scores.estimate import Estimate
from vae_jax.types import HParams, Model, Params, Posterior, PRNGKey

MAX_IMAGES = 10_000  # the cost is quadratic: beyond, the first images are the split
NODES = 4_097  # of the one-dimensional integrals
REACH = 8.0  # standard deviations beyond the outermost posteriors
CHUNK = 64  # images, or nodes, against the whole mixture at once


def decomposition(
    model: Model,
    params: Params,
    x: Float[Array, "N D"],
    key: PRNGKey,
    hparams: HParams,
    *,
    samples: int = 1,
    nodes: int = NODES,
    chunk: int = CHUNK,
) -> dict[str, Array]:
    """What `reduce` needs, in float32, from `samples` draws of every posterior.

    O(N^2 (samples + nodes / N) K) time. Of more than 10,000 images only the first 10,000
    count, in the mixture and as samples alike: a mixture met with samples of images that
    are not in it would be no decomposition of anything. For members with noise 1 and a
    prior that is a product over dimensions.
    """
    x, mask = x[:MAX_IMAGES], hparams.latent_mask
    q = model.encode(params, x, hparams)

    def one(args):
        row, i = args
        many = jax.tree.map(lambda a: jnp.broadcast_to(a[None], (samples, len(a))), row)
        z = model.sample(jax.random.fold_in(key, i), many, hparams)
        return {
            "log_aggregate": log_aggregate(q, z, mask),
            "log_posterior": (mask[None] * model.posterior.log_prob(many, z, hparams)).sum(
                -1
            ),
            "log_prior": model.prior.log_prob(z, hparams),
        }

    draws = jax.lax.map(one, (q, jnp.arange(len(x))), batch_size=chunk)
    return {
        **draws,
        "entropy": mask[None] * gaussian_entropy(q),
        "rate": model.prior.kl(q, hparams),
        "negentropy_dim": mask[None] * marginal_negentropy(q, nodes, chunk),
    }


def log_aggregate(
    q: Posterior, z: Float[Array, "S K"], mask: Float[Array, "K"]
) -> Float[Array, "S"]:
    """log q(z) = log (1/N) sum_n q(z|x_n).

    From the differences z - mu, not as a matrix product of squares, which cancels in
    float32 where posteriors are sharp. The latent axis is summed from outside, so that
    the inner loop runs along the images.
    """
    shape = (z.shape[1], z.shape[0], q.mean.shape[0])
    spread = lambda a, axis: jnp.broadcast_to(jnp.expand_dims(a.T, axis), shape)
    log_q = densities.normal_log_prob(spread(z, 2), spread(q.mean, 1), spread(q.log_var, 1))
    total = (mask[:, None, None] * log_q).sum(0)
    return logsumexp(total, axis=-1) - jnp.log(q.mean.shape[0])


def gaussian_entropy(q: Posterior) -> Float[Array, "N K"]:
    """H(q(z_k|x)) = (1 + log 2 pi + log sigma_k^2) / 2, nats."""
    return 0.5 * (1.0 + jnp.log(2.0 * jnp.pi) + q.log_var)


def marginal_negentropy(q: Posterior, nodes: int, chunk: int) -> Float[Array, "2 K"]:
    """E log q(z_k) by the trapezoid rule, with all nodes and with every second one.

    The rule is as good as exact while the spacing is below the least posterior sd; the
    difference of the two rows says so.
    """

    def one(dimension):
        mean, log_var = dimension
        sd = jnp.exp(0.5 * log_var)
        low, high = jnp.min(mean - REACH * sd), jnp.max(mean + REACH * sd)
        points = jnp.linspace(low, high, nodes)

        def log_density(point):
            log_q = densities.normal_log_prob(
                jnp.broadcast_to(point, mean.shape), mean, log_var
            )
            return logsumexp(log_q) - jnp.log(len(mean))

        log_q = jax.lax.map(log_density, points, batch_size=chunk)
        terms = jnp.exp(log_q) * jnp.maximum(log_q, jnp.finfo(log_q.dtype).min)
        spacing = (high - low) / (nodes - 1)
        # The ends carry no mass, 8 sd out: no halves needed.
        return jnp.stack([spacing * terms.sum(), 2.0 * spacing * terms[::2].sum()])

    return jax.lax.map(one, (q.mean.T, q.log_var.T)).T


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
    slope = np.linalg.lstsq(centred, response)[0]
    residual = response - centred @ slope
    freedom = max(y.size - (images if samples > 1 else 1) - len(slope), 1)
    variance = np.square(residual).sum() / freedom
    return float((y - controls @ slope).mean()), float(np.sqrt(variance / y.size))
