"""Paths between test images: how direct, and how much like data along the way.

Path lengths alone mislead: an autoencoder of many latents cross-fades, which is short and
straight and off the data.
"""

import numpy as np

from vae_jax.data.labels import classes, known
from vae_jax.evaluation.costs import Sizes, Work, takes
from vae_jax.evaluation.reference import Reference
from vae_jax.evaluation.trained_member import Metric, TrainedMember
from vae_jax.scores import neighbours, paths
from vae_jax.scores.estimate import Estimate, Estimates, median, no_value, share
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import (
    MID_CONFIDENCE,
    MID_NEAREST_TRAIN,
    MID_OFF_MANIFOLD,
    PATH_ENERGY,
    PATH_LENGTH,
)
from vae_jax.studies.checks import positive

PAIRS, STEPS = 300, 20


def work(sizes: Sizes, pairs: int) -> Work:
    """What the metric does: two ways are decoded, and half of each of three compared."""
    images = pairs_of(pairs, sizes.generated) * (STEPS + 1)
    return Work(2 * images, 1.5 * images * sizes.compared * sizes.pixels)


@takes(work)
def interpolation(pairs: int = PAIRS) -> Metric:
    """Straight and spherical paths between the codes of test images of different classes.

    For each way, `lerp` and `slerp`: `path_energy` = T sum |f_t+1 - f_t|^2 / |f_T - f_0|^2
    and `path_length` = sum |f_t+1 - f_t| / |f_T - f_0|, both >= 1, medians over pairs, in
    the main feature space (after Karras et al., 2019, arXiv:1812.04948);
    `mid_off_manifold99`, `mid_nearest_train` and `mid_confidence`, means over the middle
    half of the paths. A pixel cross-fade of the same images is `@crossfade`.

    Of `pairs` images, fewer where they are large (`evaluation/limits.py`).
    """
    positive("interpolation.pairs", pairs)

    def measure(member: TrainedMember) -> Estimates:
        reference, rng = member.reference, member.rng("interpolation")
        most = pairs_of(pairs, reference.generated)
        a, b = choose_pairs(reference.real, reference.labels, rng, most)
        codes, t = member.codes("test").mean, np.linspace(0.0, 1.0, STEPS + 1)
        estimates: Estimates = {}
        for name, way in (("lerp", paths.lerp), ("slerp", paths.slerp)):
            z = way(codes[a], codes[b], t)  # [pairs, T+1, L]
            images = member.decode(z.reshape(-1, z.shape[-1])).reshape(*z.shape[:2], -1)
            estimates |= along(member, name, images, t)
        real = reference.real
        return estimates | along(member, "crossfade", paths.lerp(real[a], real[b], t), t)

    return measure


def pairs_of(pairs: int, generated: int) -> int:
    """As many pairs as make no more images than samples are `generated`."""
    return min(pairs, generated // (STEPS + 1))


def choose_pairs(
    images: np.ndarray, labels: np.ndarray | None, rng: np.random.Generator, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of at most `count` pairs of images, of different classes if there are any.

    An image of label -1 has no class, and is in no pair then.
    """
    a = rng.integers(len(images), size=20 * count)
    b = rng.integers(len(images), size=20 * count)
    differ = a != b
    if labels is not None and len(classes(labels)) > 1:
        differ = (labels[a] != labels[b]) & known(labels[a]) & known(labels[b])
    return a[differ][:count], b[differ][:count]


def strays(reference: Reference, distance: np.ndarray) -> Estimate:
    """The share of images that are off the data, by their distances to training images."""
    if reference.no_distances:
        return no_value(Flag.UNSUITED, reference.no_distances)
    return share(neighbours.off_manifold(distance, reference.stray), len(distance))


def along(member: TrainedMember, way: str, images: np.ndarray, t: np.ndarray) -> Estimates:
    """The scores of decoded paths `[pairs, T+1, D]` at t `[T+1]`, named after the way."""
    reference = member.reference
    flat = images.reshape(-1, images.shape[-1])
    points = reference.spaces[reference.main](flat).reshape(*images.shape[:2], -1)
    middle = images[:, (t >= 0.25) & (t <= 0.75)].reshape(-1, images.shape[-1])
    distance = neighbours.nearest(middle, reference.train).distance
    estimates = {
        PATH_ENERGY: median(paths.path_energy(points)),
        PATH_LENGTH: median(paths.path_length_ratio(points)),
        MID_OFF_MANIFOLD: strays(reference, distance),
        MID_NEAREST_TRAIN: Estimate(float(distance.mean())),
    }
    if reference.classifier is not None:
        p = reference.classifier.probabilities(reference.classifier.features(middle))
        estimates[MID_CONFIDENCE] = Estimate(float(p.max(axis=1).mean()))
    return {("test", key.by(way)): estimate for key, estimate in estimates.items()}
