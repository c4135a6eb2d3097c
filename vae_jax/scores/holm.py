"""Many tests at once: Holm's rule, which holds for any dependence between them."""

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float], level: float) -> list[bool]:
    """Which hypotheses Holm's rule (1979, Scand. J. Statist. 6, 65-70) rejects.

    In ascending order the i-th of m (i from 0) is rejected while p <= level / (m - i).
    The probability of rejecting any true one is at most `level`, however dependent.
    """
    p = np.asarray(p_values, float)
    order = np.argsort(p, kind="stable")
    passed = p[order] <= level / (len(p) - np.arange(len(p)))
    rejected = np.zeros(len(p), bool)
    rejected[order] = np.logical_and.accumulate(passed)
    return rejected.tolist()
