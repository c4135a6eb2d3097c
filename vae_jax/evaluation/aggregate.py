"""The gap between the aggregate posterior and the prior, measured on codes alone.

A collapsed model closes it perfectly: read it beside mutual information and coverage.
"""

import numpy as np

from vae_jax.evaluation.reference import MAX_REAL
from vae_jax.evaluation.subject import Metric, Subject
from vae_jax.evaluations import Estimate, Found
from vae_jax.scores import c2st, gaussians, mmd

PERMUTATIONS = 300


def aggregate(permutations: int = PERMUTATIONS) -> Metric:
    """Codes of the test images against as many prior draws.

    `mmd_rbf` (median heuristic), `mmd_fixed` (bandwidth 2 L) and `mmd_imq`, unbiased, each
    with a permutation p-value `..._p` (Gretton et al., 2012; Tolstikhin et al., 2018,
    arXiv:1711.01558); `c2st_knn` and `c2st_quadratic`, the AUC of a classifier that tells
    them apart, 0.5 where none can (Lopez-Paz & Oquab, 2017, arXiv:1610.06545);
    `kl_moments`, KL(N(m, C) || N(0, I)) of the codes' moments, in nats.
    """

    def measure(subject: Subject) -> Found:
        codes = subject.codes("test").sample[:MAX_REAL]
        prior, rng = subject.prior("aggregate", len(codes)), subject.rng("aggregate")
        found: dict[str, Estimate] = {}
        kernels = mmd.kernels(codes, prior)
        for name, kernel in kernels.items():
            value, p = mmd.permutation_test(kernel, len(codes), permutations, rng)
            found[f"mmd_{name}"] = Estimate(value)
            found[f"mmd_{name}_p"] = Estimate(p)
        for name, auc in c2st.aucs(codes, prior, rng).items():
            found[f"c2st_{name}"] = Estimate(auc)
        found["kl_moments"] = Estimate(gaussians.kl_to_standard_normal(codes))
        found["code_sd"] = Estimate(float(np.sqrt(codes.var(axis=0).mean())))
        return {("test", name): estimate for name, estimate in found.items()}

    return measure
