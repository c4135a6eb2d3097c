"""What generated images are compared with: the real ones, and all that depends on them.

Made once per program, so that every member meets the same images, the same halves of
them and the same features. Real images are the test split, at most 1,000 of them; of
large images there are fewer of every kind (`evaluation/limits.py`).
"""

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
from jaxtyping import Float
from sklearn.decomposition import PCA

from vae_jax.data.dataset import Dataset
from vae_jax.evaluation.classifier import Classifier, Judgement
from vae_jax.evaluation.limits import compared_images, left_out
from vae_jax.scores import classes, frechet, half_samples, neighbours

MAX_REAL = 1_000  # scores are only compared at equal numbers
HALVES = 20
MOST_DIMENSIONS = 128  # beyond which halves cost too much: no interval for that space
WORKS = 0.5  # of the coverage expected of equal sets, that the training images are to have
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
        judgement: Judgement | None = None,
    ) -> None:
        """`images`: both splits as they are evaluated, in [0, 1].

        `classifier` is None where there is none, or none whose features can be trusted:
        its scores do not exist then. `judgement` is how well it does, if there is one.
        """
        self.generated = compared_images(images["train"].shape[1])
        self.train = np.float64(images["train"][: self.generated])
        self.real = np.float64(images["test"][: min(MAX_REAL, self.generated)])
        self.judgement = judgement
        self.labels = dataset.test_labels
        if self.labels is not None:
            self.labels = self.labels[: len(self.real)]
        self.classifier = classifier
        self.levels, self.pixels = dataset.levels, dataset.pixels

    @cached_property
    def spaces(self) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
        """Feature spaces by name: `clf`, where a classifier is any good, `pca` and `raw`.

        Without `raw` where images have more than 1,024 pixels.
        """
        pca = PCA(min(COMPONENTS, *self.train.shape), random_state=SEED)
        with np.errstate(invalid="ignore"):  # shares of no variance: of equal images
            pca.fit(self.train)
        found = {"pca": pca.transform}
        if "raw" not in self.left_out:
            found["raw"] = lambda images: images
        if self.classifier is not None:
            found = {"clf": self.classifier.features, **found}
        return found

    @property
    def left_out(self) -> dict[str, str]:
        """The spaces that cost too much, and why."""
        return left_out(self.train.shape[1])

    @property
    def main(self) -> str:
        """The space in which samples are judged: the classifier's, or else components."""
        return "clf" if self.classifier is not None else "pca"

    def about_main(self) -> str:
        """The main space in words: which features, and why those."""
        if self.classifier is not None:
            return f"the last hidden layer of a classifier that is {self.judgement}"
        count = min(COMPONENTS, *self.train.shape)
        why = "there are no labels of two classes to train a classifier on"
        if self.judgement is not None:
            why = (
                f"a classifier is {self.judgement}, too little to be the measure of images"
            )
        return f"{count} principal components of the training images, for {why}"

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
        """Of every half of the real images in every space.

        None in spaces of many dimensions, and where halves are single images.
        """
        halves = self.halves if self.halves.shape[1] > 1 else ()
        return {
            name: [frechet.moments(f[rows]) for rows in halves]
            if f.shape[1] <= MOST_DIMENSIONS
            else []
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

    @cached_property
    def no_neighbours(self) -> str:
        """Why precision, recall, density and coverage can say nothing; empty if they can.

        Where they can, the training images themselves cover the real ones: copies and
        whole levels on a few pixels leave balls without a radius, and nothing in them.
        """
        count = len(self.real)
        expected = neighbours.expected_coverage(count, count, NEIGHBOURS)
        rows = np.random.default_rng(SEED).permutation(len(self.train))
        same = self.spaces[self.main](self.train[np.resize(rows, count)])
        balls = neighbours.balls(self.features[self.main], same, NEIGHBOURS, self.radii)
        found = neighbours.density_coverage(balls).coverage
        if found >= WORKS * expected:
            return ""
        return (
            f"the training images themselves have a coverage of {found:z.2f}, where "
            f"{expected:z.2f} is expected: these scores cannot judge such images"
        )

    @cached_property
    def no_distances(self) -> str:
        """Why distances to training images can say nothing; empty if they can."""
        if self.stray == 0.0:
            return "the test images are copies of training images"
        copies = float((self.train_gaps == 0.0).mean())
        if copies > WORKS:
            return f"{copies:z.0%} of the training images are copies of each other"
        return ""

    def sizes(self) -> dict[str, int]:
        """How many images the scores speak of."""
        return {
            "real": len(self.real),
            "training": len(self.train),
            "generated": self.generated,
        }
