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
from vae_jax.scores import metric_key as keys
from vae_jax.scores.estimate import Estimate, no_value, on_halves, over_images, share
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import MetricKey

KID_IMAGES = 2_000
SETS = 10  # disjoint sets of samples, as many in each as there are real images
HALF_SETS = 2  # of them for the spread over halves


def score(
    reference: Reference, images: Float[np.ndarray, "n D"]
) -> dict[MetricKey, Estimate]:
    """Every score of one set of images, whatever it comes from: keys have no sampler."""
    features = {name: read(images) for name, read in reference.spaces.items()}
    found: dict[MetricKey, Estimate] = {
        keys.FD.within(space): no_value(Flag.TOO_COSTLY, why)
        for space, why in reference.left_out.items()
    }
    for space, points in features.items():
        found |= frechet_scores(reference, space, points)
    found |= neighbour_scores(reference, features[reference.main])
    found |= pixel_scores(reference, images)
    if reference.classifier is not None:
        found |= class_scores(reference, features["clf"])
    return found


def frechet_scores(
    reference: Reference, space: str, points: Float[np.ndarray, "n F"]
) -> dict[MetricKey, Estimate]:
    """`fd_<space>` of all samples, its value without the bias of few real images, and KID.

    The halves give the standard error, and the bias: FD falls as 1/n towards its limit.
    """
    generated = frechet.moments(points)
    full = frechet.frechet_distance(
        reference.moments[space], generated, reference.roots[space]
    )
    halves = [
        frechet.frechet_distance(half, generated, root)
        for half, root in zip(
            reference.half_moments[space], reference.half_roots[space], strict=True
        )
    ]
    fd = on_halves(full.value, [half.value for half in halves])
    found = {keys.FD.within(space): fd}
    if halves:
        corrected = frechet.bias_corrected(full, halves)
        found[keys.FD_UNBIASED.within(space)] = Estimate(corrected)
    if space == reference.main:
        kid = mmd.kid(reference.features[space], points[:KID_IMAGES])
        found[keys.KID.within(space)] = Estimate(*kid)
    return found


def neighbour_scores(
    reference: Reference, points: Float[np.ndarray, "n F"]
) -> dict[MetricKey, Estimate]:
    """Precision, recall, density and coverage in the main space, k = 5.

    Means over disjoint sets of as many samples as there are real images.
    """
    space, real = reference.main, reference.features[reference.main]
    count = len(real)
    scores = (keys.PRECISION, keys.RECALL, keys.DENSITY, keys.COVERAGE)
    scores = tuple(key.within(space) for key in scores)
    if count // 2 <= NEIGHBOURS:
        why = f"needs more than {2 * NEIGHBOURS} real images; there are {count}"
        return dict.fromkeys(scores, no_value(Flag.TOO_FEW, why))
    if reference.no_neighbours:
        return dict.fromkeys(scores, no_value(Flag.UNSUITED, reference.no_neighbours))
    sets = [points[i : i + count] for i in range(0, len(points) - count + 1, count)][:SETS]
    full, halves = [], []
    for generated in sets:
        balls = neighbours.balls(real, generated, NEIGHBOURS, reference.radii)
        full.append(quality(balls))
        if len(halves) < HALF_SETS:
            halves.append(quality_of_halves(reference, balls, generated))
    full, halves = np.mean(full, axis=0), np.mean(halves, axis=0)  # [4], [H, 4]
    return {
        key: on_halves(full[i], [half[i] for half in halves])
        for i, key in enumerate(scores)
    }


def quality(balls: neighbours.Balls) -> tuple[float, ...]:
    """Precision, recall, density and coverage of one set of samples."""
    return (*neighbours.precision_recall(balls), *neighbours.density_coverage(balls))


def quality_of_halves(
    reference: Reference, balls: neighbours.Balls, generated: Float[np.ndarray, "n F"]
) -> list[tuple[float, ...]]:
    """Precision, recall, density and coverage of each half of the real images.

    Against the first half of a set of samples; `balls` has the distances of the whole.
    """
    half = reference.halves.shape[1]
    own = neighbours.squared_radii(generated[:half], NEIGHBOURS)
    return [
        quality(neighbours.Balls(radii, own, balls.across[rows, :half], NEIGHBOURS))
        for rows, radii in zip(reference.halves, reference.half_radii, strict=True)
    ]


def pixel_scores(
    reference: Reference, images: Float[np.ndarray, "n D"]
) -> dict[MetricKey, Estimate]:
    """How far samples are from the training images, and whether they copy them."""
    some = images[: SETS * len(reference.real)]
    found = neighbours.nearest(some, reference.train)
    distance = found.distance
    scores = {keys.NEAREST_TRAIN: over_images(distance)}
    if reference.no_distances:
        reason = no_value(Flag.UNSUITED, reference.no_distances)
        judged = (keys.OFF_MANIFOLD, keys.AUTHENTICITY, keys.CLOSER_RANK)
        return scores | dict.fromkeys(judged, reason)
    strays = neighbours.off_manifold(distance, reference.stray)
    authentic = neighbours.authenticity(found, reference.train_gaps)
    rank = neighbours.closer_rank(distance, reference.to_train)
    return scores | {
        keys.OFF_MANIFOLD: share(strays, len(some)),
        keys.AUTHENTICITY: share(authentic, len(some)),
        keys.CLOSER_RANK: Estimate(rank),
    }


def class_scores(
    reference: Reference, features: Float[np.ndarray, "n F"]
) -> dict[MetricKey, Estimate]:
    """Whether every class is there, and how sure the classifier is."""
    classifier = reference.classifier
    p = classifier.probabilities(features)
    return {
        keys.CLASS_TV: Estimate(classes.class_total_variation(p, reference.class_shares)),
        keys.DIGIT_SCORE: Estimate(classes.digit_score(p)),
        keys.CONFIDENCE: over_images(p.max(axis=1)),
    }
