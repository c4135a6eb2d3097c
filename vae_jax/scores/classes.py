"""Scores from a classifier's probabilities: are all classes there, and how sure is it?"""

import numpy as np
from jaxtyping import Float


def shares(p: Float[np.ndarray, "n classes"]) -> Float[np.ndarray, "classes"]:
    """How often each class is the most probable one."""
    return np.bincount(p.argmax(axis=1), minlength=p.shape[1]) / len(p)


def total_variation(
    p: Float[np.ndarray, "n classes"], data: Float[np.ndarray, "classes"]
) -> float:
    """Half the sum of |share of samples - share of the data| over predicted classes."""
    return float(np.abs(shares(p) - data).sum() / 2.0)


def score(p: Float[np.ndarray, "n classes"]) -> float:
    """exp E KL(p(y|x) || p(y)), from 1 to the number of classes.

    The inception score with this classifier. Salimans et al. (2016), arXiv:1606.03498.
    """
    tiny = np.finfo(np.float64).tiny
    log_ratio = np.log(np.maximum(p, tiny)) - np.log(np.maximum(p.mean(axis=0), tiny))
    return float(np.exp((p * log_ratio).sum(axis=1).mean()))


def confidence(p: Float[np.ndarray, "n classes"]) -> float:
    """Mean of the largest probability. Not fidelity: noise can score 0.78."""
    return float(p.max(axis=1).mean())
