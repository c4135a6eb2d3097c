"""The Gaussian with the codes' moments against N(0, I)."""

import numpy as np
from jaxtyping import Float

TINY = 1e-300  # a variance of 0 makes the divergence large, not undefined


def kl_to_standard_normal(codes: Float[np.ndarray, "N L"]) -> float:
    """KL(N(m, C) || N(0, I)) = (tr C + |m|^2 - L - log det C) / 2, nats."""
    mean = codes.mean(axis=0)
    values = np.linalg.eigvalsh(np.atleast_2d(np.cov(codes, rowvar=False)))
    log_det = np.log(np.maximum(values, TINY)).sum()
    return float(0.5 * (values.sum() + mean @ mean - len(mean) - log_det))
