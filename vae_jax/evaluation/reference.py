"""What generated images are compared with: the real ones, and all that depends on them.

Made once per program, so that every member meets the same images, the same halves of
them and the same features. Real images are the test split, at most 1,000 of them.
"""

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
from jaxtyping import Float
from sklearn.decomposition import PCA

from vae_jax.data.dataset import Dataset
from vae_jax.evaluation.classifier import Classifier
from vae_jax.scores import classes, frechet, half_samples, neighbours

MAX_REAL = 1_000  # scores are only compared at equal numbers
MAX_TRAIN = 10_000
HALVES = 20
COMPONENTS = 16  # of the principal component space
SEED = 0
NEIGHBOURS = 5


class Reference:
    """Real images `[n, D]` of both splits in [0, 1], and feature spaces; float64."""

    def __init__(
        self,
        dataset: Dataset,
        images: Mapping[str, np.ndarray],
        classifier: Classifier | None,
    ) -> None:
        """`images`: both splits as they are evaluated, in [0, 1].

        `classifier` is None for images without labels: those scores do not exist.
        """
        self.train = np.float64(images["train"][:MAX_TRAIN])
        self.real = np.float64(images["test"][:MAX_REAL])
        self.labels = dataset.test_labels
        if self.labels is not None:
            self.labels = self.labels[: len(self.real)]
        self.classifier = classifier
        self.levels, self.pixels = dataset.levels, dataset.pixels

    @cached_property
    def spaces(self) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
        """Feature spaces by name: `clf`, where there are labels, `pca` and `raw`."""
        pca = PCA(min(COMPONENTS, *self.train.shape), random_state=SEED).fit(self.train)
        found = {"pca": pca.transform, "raw": lambda images: images}
        if self.classifier is not None:
            found = {"clf": self.classifier.features, **found}
        return found

    @property
    def main(self) -> str:
        """The space in which samples are judged: the classifier's, or else components."""
        return "clf" if self.classifier is not None else "pca"

    @cached_property
    def features(self) -> dict[str, Float[np.ndarray, "n F"]]:
        """The real images in every space."""
        return {name: read(self.real) for name, read in self.spaces.items()}

    @cached_property
    def halves(self) -> Float[np.ndarray, "H n"] | np.ndarray:
        """Rows of halves of the real images, the same for every member."""
        return half_samples.halves(len(self.real), HALVES, np.random.default_rng(SEED))

    @cached_property
    def moments(self) -> dict[str, frechet.Moments]:
        """Of the real images in every space."""
        return {name: frechet.moments(f) for name, f in self.features.items()}

    @cached_property
    def half_moments(self) -> dict[str, list[frechet.Moments]]:
        """Of every half of the real images in every space."""
        return {
            name: [frechet.moments(f[rows]) for rows in self.halves]
            for name, f in self.features.items()
        }

    @cached_property
    def roots(self) -> dict[str, Float[np.ndarray, "F F"]]:
        """A root R, C = R R^T, of the covariance of the real images in every space."""
        return {name: frechet.covariance_root(m.cov) for name, m in self.moments.items()}

    @cached_property
    def half_roots(self) -> dict[str, list[Float[np.ndarray, "F F"]]]:
        """Roots of the covariances of every half of the real images in every space."""
        return {
            name: [frechet.covariance_root(half.cov) for half in halves]
            for name, halves in self.half_moments.items()
        }

    @cached_property
    def radii(self) -> Float[np.ndarray, "n"]:
        """Squared distances to the 5th nearest other real image in the main space."""
        return neighbours.squared_radii(self.features[self.main], NEIGHBOURS)

    @cached_property
    def half_radii(self) -> list[Float[np.ndarray, "m"]]:
        """The same within every half."""
        real = self.features[self.main]
        return [neighbours.squared_radii(real[rows], NEIGHBOURS) for rows in self.halves]

    @cached_property
    def to_train(self) -> Float[np.ndarray, "n"]:
        """Each real image's distance from its nearest training image, in pixels."""
        return neighbours.nearest(self.real, self.train).distance

    @cached_property
    def train_gaps(self) -> Float[np.ndarray, "n"]:
        """Each training image's distance from the nearest other one."""
        return neighbours.own_distances(self.train)

    @cached_property
    def class_shares(self) -> Float[np.ndarray, "classes"]:
        """How often the classifier sees each class in the training images."""
        found = self.classifier.probabilities(self.classifier.features(self.train))
        return classes.predicted_frequencies(found)

    @property
    def stray(self) -> float:
        """The distance that 99 % of the real images do not exceed."""
        return neighbours.stray_distance(self.to_train)

    def sizes(self) -> dict[str, int]:
        """How many images the scores speak of."""
        return {"real": len(self.real), "training": len(self.train)}
