"""The Gaussian with the moments of a set of codes, against the prior."""

import numpy as np


def moment_matched_kl(codes: np.ndarray) -> float:
    """KL(N(m, C) || N(0, I)) = (tr C + |m|^2 - K - log det C) / 2, in nats.

    m and C (divided by n - 1) are those of `[n, K]` codes. Infinite where the codes leave
    a direction unused. A lower bound on KL(q || N(0, I)) of any q with these moments.
    """
    codes = np.asarray(codes, np.float64)
    mean, latents = codes.mean(axis=0), codes.shape[1]
    variances = np.linalg.eigvalsh(np.atleast_2d(np.cov(codes, rowvar=False)))
    if variances[0] <= latents * np.finfo(np.float64).eps * variances[-1]:
        return float("inf")
    # Per direction, so that nothing cancels for codes close to the prior.
    per_direction = variances - 1.0 - np.log(variances)
    return float(0.5 * (per_direction.sum() + mean @ mean))
