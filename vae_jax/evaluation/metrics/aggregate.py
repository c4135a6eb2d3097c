"""The gap between the aggregate posterior and the prior, measured on codes alone.

A collapsed model closes it perfectly: read it beside mutual information and coverage.
"""

import numpy as np

from vae_jax.evaluation.costs import Work, takes
from vae_jax.evaluation.reference import MAX_REAL
from vae_jax.evaluation.trained_member import Metric, TrainedMember
from vae_jax.scores import c2st, gaussians, kde, metric_key, mmd
from vae_jax.scores.distances import squared_distances
from vae_jax.scores.estimate import Estimate, Estimates, no_value
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import (
    C2ST_KNN,
    C2ST_QUADRATIC,
    CODE_SD,
    KL_KDE,
    KL_MOMENTS,
    MetricKey,
)

PERMUTATIONS = 300
KDE_LATENTS = 8  # from here on kernels blur codes that are N(0, I) by 0.2 nat and more


@takes(lambda sizes, permutations: Work(sizes.train, permutations * 4 * sizes.real**2))
def aggregate(permutations: int = PERMUTATIONS) -> Metric:
    """How far the codes of the test images are from as many prior draws.

    `mmd_rbf` (median heuristic), `mmd_fixed` (bandwidth 2 L) and `mmd_imq`, unbiased, each
    with a permutation p-value `..._p` (Gretton et al., 2012; Tolstikhin et al., 2018,
    arXiv:1711.01558); `c2st_knn` and `c2st_quadratic`, the AUC of a classifier that tells
    them apart, 0.5 where none can (Lopez-Paz & Oquab, 2017, arXiv:1610.06545);
    `kl_moments`, KL(N(m, C) || N(0, I)) of the codes' moments, in nats. On the training
    split `kl_kde`, KL(q || N(0, I)) of a kernel density of the codes: the only KL of an
    autoencoder's aggregate posterior, where a VAE has `aggregate_kl`.
    """

    def measure(member: TrainedMember) -> Estimates:
        codes = member.codes("test").sample[:MAX_REAL]
        prior, rng = member.prior("aggregate", len(codes)), member.rng("aggregate")
        estimates = {
            **discrepancies(codes, prior, permutations, rng),
            **told_apart(codes, prior, rng),
            KL_MOMENTS: Estimate(gaussians.moment_matched_kl(codes)),
            CODE_SD: Estimate(float(np.sqrt(codes.var(axis=0).mean()))),
        }
        of_test = {("test", key): estimate for key, estimate in estimates.items()}
        return {**of_test, ("train", KL_KDE): density_kl(member)}

    return measure


def density_kl(member: TrainedMember) -> Estimate:
    """KL(q || N(0, I)), nats, of a kernel density of the training codes, leave-one-out.

    No value where the codes have no density; noted as biased from 8 latents on.
    """
    nats = kde.kl_to_standard_normal(member.density, member.codes("train").sample)
    if not np.isfinite(nats):
        why = "codes that leave a direction unused have no density"
        return no_value(Flag.NOT_APPLICABLE, why)
    if member.member.latents < KDE_LATENTS:
        return Estimate(nats)
    return Estimate(nats).noted(f"biased low from {KDE_LATENTS} latents on", Flag.BIASED)


def discrepancies(
    codes: np.ndarray, prior: np.ndarray, permutations: int, rng: np.random.Generator
) -> dict[MetricKey, Estimate]:
    """MMD^2 of codes [N L] and prior draws [N L] by three kernels, with p-values."""
    pooled, latents = np.concatenate([codes, prior]), codes.shape[1]
    squared = squared_distances(pooled, pooled)
    kernels = {
        "rbf": mmd.rbf_kernel(squared, mmd.median_squared_distance(squared)),
        "fixed": mmd.rbf_kernel(squared, 2.0 * latents),
        "imq": mmd.imq_kernel(squared, latents),
    }
    estimates = {}
    for name, kernel in kernels.items():
        test = mmd.permutation_test(kernel, len(codes), rng, permutations)
        stderr = mmd.mmd2_stderr(kernel, len(codes))
        estimates[metric_key.mmd(name)] = Estimate(test.mmd2, stderr)
        estimates[metric_key.mmd_p(name)] = Estimate(test.p)
    return estimates


def told_apart(
    codes: np.ndarray, prior: np.ndarray, rng: np.random.Generator
) -> dict[MetricKey, Estimate]:
    """The AUC of two classifiers that tell codes [N L] from prior draws [N L].

    No values where there are fewer codes than the classifiers need.
    """
    try:
        auc = c2st.c2st(codes, prior, rng)
    except ValueError as error:
        return dict.fromkeys((C2ST_KNN, C2ST_QUADRATIC), no_value(Flag.TOO_FEW, str(error)))
    quadratic = Estimate(auc.quadratic)
    if auc.quadratic is None:
        why = f"{codes.shape[1]} latents have too many products of two: left out"
        quadratic = no_value(Flag.TOO_COSTLY, why)
    return {C2ST_KNN: Estimate(auc.neighbours), C2ST_QUADRATIC: quadratic}
