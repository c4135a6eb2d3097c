"""The scores of a set of generated images against the real ones.

Every score lies in its own way: Frechet distances are fooled by moments, pixel
spaces reward blur, precision is perfect for one good image. So fidelity is always read
beside coverage, in two spaces. All images are decoded means. Scores are compared at equal
numbers only: `Frechet` carries its own, and neighbourhoods use as many samples as images.
"""

import numpy as np
from jaxtyping import Float

from vae_jax.evaluation.reference import NEIGHBOURS, Reference
from vae_jax.scores import classes, frechet, mmd, neighbours
from vae_jax.scores.estimate import Estimate, on_halves, over_images, share

KID_IMAGES = 2_000
SETS = 10  # disjoint sets of samples, as many in each as there are real images
HALF_SETS = 2  # of them for the spread over halves
MOST_DIMENSIONS = 128  # beyond which halves cost too much: no interval for that space


def score(reference: Reference, images: Float[np.ndarray, "n D"]) -> dict[str, Estimate]:
    """Every score of one set of images, by name; `fd_clf`, say, in the space `clf`."""
    features = {name: read(images) for name, read in reference.spaces.items()}
    found: dict[str, Estimate] = {}
    for space, points in features.items():
        found |= frechet_scores(reference, space, points)
    found |= neighbour_scores(reference, features[reference.main])
    found |= pixel_scores(reference, images)
    if reference.classifier is not None:
        found |= class_scores(reference, features["clf"])
    return found


def frechet_scores(
    reference: Reference, space: str, points: Float[np.ndarray, "n F"]
) -> dict[str, Estimate]:
    """`fd_<space>` of all samples, its value without the bias of few real images, and KID.

    The halves give the standard error, and the bias: FD falls as 1/n towards its limit.
    """
    generated = frechet.moments(points)
    full = frechet.frechet_distance(
        reference.moments[space], generated, reference.roots[space]
    )
    halves: list[frechet.Frechet] = []
    if points.shape[1] <= MOST_DIMENSIONS:
        halves = [
            frechet.frechet_distance(half, generated, root)
            for half, root in zip(
                reference.half_moments[space], reference.half_roots[space], strict=True
            )
        ]
    found = {f"fd_{space}": on_halves(full.value, [half.value for half in halves])}
    if halves:
        corrected = frechet.bias_corrected(full, halves)
        found[f"fd_{space}_unbiased"] = Estimate(corrected)
    if space == reference.main:
        kid = mmd.kid(reference.features[space], points[:KID_IMAGES])
        found[f"kid_{space}"] = Estimate(*kid)
    return found


def neighbour_scores(
    reference: Reference, points: Float[np.ndarray, "n F"]
) -> dict[str, Estimate]:
    """Precision, recall, density and coverage in the main space, k = 5.

    Means over disjoint sets of as many samples as there are real images.
    """
    space, real = reference.main, reference.features[reference.main]
    count = len(real)
    names = ("precision", "recall", "density", "coverage")
    if count // 2 <= NEIGHBOURS:
        why = f"needs more than {2 * NEIGHBOURS} real images; there are {count}"
        return {f"{name}_{space}": Estimate(None, note=why) for name in names}
    sets = [points[i : i + count] for i in range(0, len(points) - count + 1, count)][:SETS]
    full, halves = [], []
    for generated in sets:
        balls = neighbours.balls(real, generated, NEIGHBOURS, reference.radii)
        full.append(quality(balls))
        if len(halves) < HALF_SETS:
            halves.append(quality_of_halves(reference, balls, generated))
    full, halves = np.mean(full, axis=0), np.mean(halves, axis=0)  # [4], [H, 4]
    return {
        f"{name}_{space}": on_halves(full[i], [half[i] for half in halves])
        for i, name in enumerate(names)
    }


def quality(balls: neighbours.Balls) -> tuple[float, ...]:
    """Precision, recall, density and coverage of one set of samples."""
    return (*neighbours.precision_recall(balls), *neighbours.density_coverage(balls))


def quality_of_halves(
    reference: Reference, balls: neighbours.Balls, generated: Float[np.ndarray, "n F"]
) -> list[tuple[float, ...]]:
    """The same of each half of the real images against the first half of a set.

    Their distances are among those of the whole.
    """
    half = reference.halves.shape[1]
    own = neighbours.squared_radii(generated[:half], NEIGHBOURS)
    return [
        quality(neighbours.Balls(radii, own, balls.across[rows, :half], NEIGHBOURS))
        for rows, radii in zip(reference.halves, reference.half_radii, strict=True)
    ]


def pixel_scores(
    reference: Reference, images: Float[np.ndarray, "n D"]
) -> dict[str, Estimate]:
    """How far samples are from the training images, and whether they copy them."""
    some = images[: SETS * len(reference.real)]
    found = neighbours.nearest(some, reference.train)
    distance = found.distance
    strays = neighbours.off_manifold(distance, reference.stray)
    authentic = neighbours.authenticity(found, reference.train_gaps)
    return {
        "off_manifold99": share(strays, len(some)),
        "nearest_train": over_images(distance),
        "authenticity": share(authentic, len(some)),
        "closer_rank": Estimate(neighbours.closer_rank(distance, reference.to_train)),
    }


def class_scores(
    reference: Reference, features: Float[np.ndarray, "n F"]
) -> dict[str, Estimate]:
    """Whether every class is there, and how sure the classifier is."""
    classifier = reference.classifier
    p = classifier.probabilities(features)
    return {
        "class_tv": Estimate(classes.class_total_variation(p, reference.class_shares)),
        "digit_score": Estimate(classes.digit_score(p)),
        "confidence": over_images(p.max(axis=1)),
    }
