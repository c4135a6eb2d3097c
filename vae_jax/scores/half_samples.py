"""Half-samples: the uncertainty of any score that comes from the sample of real images.

Var(theta_m - theta_n) is about (1/m - 1/n) s^2 for a subsample of m of n images; at
m = n/2 that equals s^2 / n, the variance of theta_n itself. So the spread over halves *is*
the standard error (the delete-half jackknife; Shao & Wu, 1989). Without replacement: the
duplicates of a bootstrap are nearest neighbours at distance 0 and move recall by 5 sd.
"""

import numpy as np


def halves(n: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Rows of `count` random halves of n images, `[count, n // 2]`, sorted.

    To be drawn once and used for every model: what the real images have in common then
    cancels in differences.
    """
    order = rng.permuted(np.tile(np.arange(n), (count, 1)), axis=1)
    return np.sort(order[:, : n // 2], axis=1)


def stderr(values: np.ndarray) -> np.ndarray | float:
    """Standard error of the full-sample score from its values on halves, `[..., H]`.

    The spread about their own mean: scores such as the Frechet distance are biased at
    n/2, so an interval is centred on the full-sample score and never on this mean. At odd
    n it is too large by a factor of sqrt((n + 1) / (n - 1)).
    """
    return np.std(np.asarray(values, np.float64), axis=-1, ddof=1)
