"""Scores from class probabilities `[n, classes]` that a classifier gives to images."""

import numpy as np
from scipy.special import rel_entr


def predicted_frequencies(probabilities: np.ndarray) -> np.ndarray:
    """Share of images whose most probable class is each class `[classes]`; sums to 1."""
    classes = probabilities.shape[1]
    counts = np.bincount(probabilities.argmax(axis=1), minlength=classes)
    return counts / len(probabilities)


def class_total_variation(probabilities: np.ndarray, frequencies: np.ndarray) -> float:
    """sum_c |share predicted as c - frequency of c| / 2: 0 balanced as the data, 1 apart.

    A few classes missing is how an autoencoder fails in two dimensions.
    """
    return float(np.abs(predicted_frequencies(probabilities) - frequencies).sum() / 2.0)


def digit_score(probabilities: np.ndarray) -> float:
    """exp E KL(p(y|x) || p(y)): 1 if all images look alike, at most the number of classes.

    The inception score of Salimans et al. (2016), arXiv:1606.03498, with p(y) the mean
    over the images; it does not see variety within a class.
    """
    probabilities = np.asarray(probabilities, np.float64)
    marginal = probabilities.mean(axis=0, keepdims=True)
    return float(np.exp(rel_entr(probabilities, marginal).sum(axis=1).mean()))
