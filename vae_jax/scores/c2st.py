"""Classifier two-sample tests: can a classifier tell the two samples apart?

Lopez-Paz & Oquab (2017), arXiv:1610.06545, with the area under the ROC curve in place of
the accuracy: 0.5 if the samples are alike, 1 if they do not overlap.
"""

from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from vae_jax.scores.distances import squared_distances

FOLDS, NEIGHBOURS = 5, 15
QUADRATIC_LATENTS = 64  # whose 2,144 products of two a regression can still read


class C2st(NamedTuple):
    """Areas under the ROC curve, over the pooled predictions for held-out points."""

    quadratic: float | None  # sees means and covariances only; None of too many latents
    neighbours: float  # sees any difference, at the scale of 15 neighbours


def c2st(a: np.ndarray, b: np.ndarray, rng: np.random.Generator) -> C2st:
    """Two 5-fold cross-validated classifiers of `a` `[n, K]` against `b` `[n, K]`.

    A logistic regression on the standardised points and all their products of two
    (L2-penalised, C = 1), and the share of `b` among the 15 nearest training points by
    the distance between the points as they are. Each is blind where the other sees: the
    first to anything but moments, the second to codes wider than the prior in 32
    dimensions or more, whose nearest neighbours are draws of the prior. Beyond 64
    dimensions, where the products are too many, without the first. ValueError unless both
    have the same number of points, 15 or more.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} points against {len(b)}: equal numbers are needed")
    if len(a) < NEIGHBOURS:
        raise ValueError(f"{len(a)} points a side are too few: {NEIGHBOURS} are needed")
    points = np.concatenate([a, b]).astype(np.float64)
    label = np.repeat([0, 1], len(a))
    # The same number of either in every fold: a fold poor in one is rich in it for
    # training, which would lower a pooled area below 0.5.
    fold = np.concatenate([rng.permutation(np.arange(len(a)) % FOLDS) for _ in range(2)])
    area = lambda scores: float(roc_auc_score(label, scores(points, label, fold)))
    few = points.shape[1] <= QUADRATIC_LATENTS
    return C2st(area(quadratic_scores) if few else None, area(neighbour_scores))


def quadratic_scores(points: np.ndarray, label: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Log odds of each point by the regression fitted to the other folds."""
    # Standardising reads no label: doing it once for all folds gives nothing away.
    terms = PolynomialFeatures(2, include_bias=False).fit_transform(
        StandardScaler().fit_transform(points)
    )
    scores = np.empty(len(points))
    for held_out in (fold == i for i in range(FOLDS)):
        model = LogisticRegression(max_iter=1_000)
        model.fit(terms[~held_out], label[~held_out])
        scores[held_out] = model.decision_function(terms[held_out])
    return scores


def neighbour_scores(points: np.ndarray, label: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Share of label 1 among the nearest points of the other folds."""
    squared = squared_distances(points, points)
    squared[fold[:, None] == fold[None]] = np.inf
    nearest = np.argpartition(squared, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
    return label[nearest].mean(axis=1)
