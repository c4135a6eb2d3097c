"""Classifier two-sample tests: how well two samples can be told apart.

Lopez-Paz & Oquab (2017), arXiv:1610.06545.
"""

import warnings

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from vae_jax.scores import distances

FOLDS, NEIGHBOURS = 5, 15


def aucs(
    x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "n d"], rng: np.random.Generator
) -> dict[str, float]:
    """Cross-validated areas under the ROC curve, 0.5 where nobody can tell; equal sizes.

    quadratic: logistic regression on standardised values and all their products, which
    sees moments only; knn: the share of x among the 15 nearest neighbours.
    """
    if len(x) != len(y):
        raise ValueError(f"two samples of one size are needed, not {len(x)} and {len(y)}")
    rows, label = np.concatenate([x, y]), np.repeat([0, 1], len(x))
    order = rng.permutation(len(rows))
    rows, label = rows[order], label[order]
    scored = {"quadratic": np.empty(len(rows)), "knn": np.empty(len(rows))}
    for train, test in StratifiedKFold(FOLDS).split(rows, label):
        for name, fit in (("quadratic", quadratic), ("knn", knn)):
            scored[name][test] = fit(rows[train], label[train], rows[test])
    return {name: auc(values, label) for name, values in scored.items()}


def quadratic(rows: np.ndarray, label: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Logits of a logistic regression on values and products, fitted to `rows`."""
    scale = StandardScaler().fit(rows)
    products = PolynomialFeatures(2, include_bias=False)
    seen = products.fit_transform(scale.transform(rows))
    second = StandardScaler().fit(seen)
    with warnings.catch_warnings():  # almost converged tells samples apart as well
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(max_iter=100).fit(second.transform(seen), label)
    unseen = products.transform(scale.transform(new))
    return model.decision_function(second.transform(unseen))


def knn(rows: np.ndarray, label: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The share of label 1 among the nearest neighbours."""
    square = distances.squared(new, rows)
    k = min(NEIGHBOURS, len(rows))
    nearest = np.argpartition(square, k - 1, axis=1)[:, :k]
    return label[nearest].mean(axis=1)


def auc(scores: np.ndarray, label: np.ndarray) -> float:
    """P(score of a 1 > score of a 0), ties counting half (Mann & Whitney, 1947)."""
    ones = int(label.sum())
    ranks = rankdata(scores)[label == 1].sum()
    return float((ranks - ones * (ones + 1) / 2) / (ones * (len(label) - ones)))
