"""Half-samples: the noise of the real images, without drawing any of them twice.

A bootstrap with replacement repeats images, which breaks every nearest-neighbour score.
The variance of a score between a half and the whole is (1/m - 1/n) s^2, which for m = n/2
is s^2 / n, the variance of the whole: the spread over halves is the standard error
(the delete-half jackknife; Shao & Wu, 1989).
"""

import numpy as np
from jaxtyping import Int


def halves(n: int, count: int, rng: np.random.Generator) -> Int[np.ndarray, "H m"]:
    """Rows of `count` random halves; made once, so that all models meet the same."""
    return np.stack([np.sort(rng.permutation(n)[: n // 2]) for _ in range(count)])


def stderr(values) -> float:
    """The whole sample's standard error from the score on halves."""
    return float(np.std(values, ddof=1))
