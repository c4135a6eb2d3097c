"""Every number that the shipped metrics give: its unit, its good end, what it means."""

import math
from typing import NamedTuple

from vae_jax.scores import metric_key as keys
from vae_jax.scores.metric_key import MetricKey

RANGES = {  # by unit
    **dict.fromkeys(("share", "probability", "AUC", "total variation"), (0.0, 1.0)),
    "difference of shares": (-1.0, 1.0),
}


class Entry(NamedTuple):
    """A number; what varies of its key stands in angle brackets, `<k>` for a number."""

    key: MetricKey
    unit: str  # empty: a number without one
    better: str  # "less", "more", the value that is best, or "" for none of these
    meaning: str

    @property
    def range(self) -> tuple[float, float]:
        """What no value can leave, nor the interval of a mean of values."""
        return RANGES.get(self.unit, (-math.inf, math.inf))


def in_features(key: MetricKey, better: str, meaning: str, unit: str = "") -> Entry:
    """Of generated images, in a space of features."""
    return of_samples(key.within("<space>"), unit, better, meaning)


def of_samples(key: MetricKey, unit: str, better: str, meaning: str) -> Entry:
    """Of generated images, whatever z they come from."""
    return Entry(key.by("<sampler>"), unit, better, meaning)


def on_paths(key: MetricKey, unit: str, better: str, meaning: str) -> Entry:
    """Of paths between the codes of two images, or of cross-fades of their pixels."""
    return Entry(key.by("<way>"), unit, better, meaning)


def of_log_p(family: str, size: str, how: str) -> list[Entry]:
    """What an estimator of log p(x) gives."""
    quantities = {
        keys.NLL: ("nats", "-log p(x) of an image"),
        keys.CROSS_ENTROPY: ("nats", "What would be -log p(x), were the pixels outcomes"),
        keys.NEG_LOG_DENSITY: ("nats", "-log of a density at pixels of whole levels"),
        keys.BITS_PER_DIM: ("bits", "-log2 p(x) of an image by its number of pixels"),
    }
    return [
        Entry(keys.log_likelihood(name, family, size), unit, "less", f"{what}, {how}.")
        for name, (unit, what) in quantities.items()
    ]


def of_kernel(kernel: str, says: str) -> list[Entry]:
    """A discrepancy between codes and prior, and its p-value."""
    return [
        Entry(keys.mmd(kernel), "", "less", f"MMD^2 of codes and prior draws, {says}."),
        Entry(
            keys.mmd_p(kernel),
            "probability",
            "",
            "The chance of so much if the two were alike.",
        ),
    ]


ENTRIES = (
    Entry(keys.DISTORTION, "nats", "less", "-log p(x|z) of an image, over its codes."),
    Entry(keys.DISTORTION_AT_MEAN, "nats", "less", "-log p(x|z) at the mean code alone."),
    Entry(keys.RATE, "nats", "", "KL(q(z|x) || p(z)): what a code costs beyond the prior."),
    Entry(keys.DISTORTION_PLUS_RATE, "nats", "less", "The negative ELBO."),
    Entry(
        *(keys.ACTIVE_UNITS, "dimensions", ""),
        "Latent dimensions whose mean code varies over images by more than 0.01.",
    ),
    Entry(
        *(keys.COLLAPSED_UNITS, "dimensions", "less"),
        "Latent dimensions with a rate of at most 0.01 nat: they say nothing.",
    ),
    Entry(keys.rate_dim("<k>"), "nats", "", "The rate of latent dimension k."),
    Entry(
        *(keys.sensitivity_dim("<k>"), "pixels", ""),
        "How far one unit of z_k moves the decoded image, at the mean codes.",
    ),
    Entry(
        *(keys.MUTUAL_INFORMATION, "nats", ""),
        "I(x; z): what codes say of the training images; log N at most.",
    ),
    Entry(
        *(keys.TOTAL_CORRELATION, "nats", "less"),
        "What the dimensions of the codes say of each other.",
    ),
    Entry(
        *(keys.DIMENSIONWISE_KL, "nats", "less"),
        "Sum over dimensions of KL(q(z_k) || p(z_k)): how far each is from the prior.",
    ),
    Entry(
        *(keys.AGGREGATE_KL, "nats", "less"),
        "KL(q(z) || p(z)): how far all codes together are from the prior.",
    ),
    Entry(keys.LOG_N, "nats", "", "The ceiling of the mutual information with N images."),
    *of_log_p("iwae", "<k>", "bounded from k weighted samples of the posterior"),
    Entry(keys.ess_iwae("<k>"), "samples", "more", "How many of k samples count."),
    Entry(keys.ess_iwae_least("<k>"), "samples", "more", "That of the worst image."),
    *of_log_p("ais", "<t>", "annealed from the prior in t temperatures"),
    Entry(keys.ais_acceptance("<t>"), "share", "0.65", "Accepted Hamiltonian steps."),
    Entry(
        *(keys.ais_gap("<t>"), "nats", "less"),
        "Upper minus lower bound on log p(x) of images that the model itself has made.",
    ),
    *of_log_p("exact", "", "integrated on a grid of one or two latents"),
    Entry(keys.EXACT_ERROR, "nats", "less", "What a grid half as fine changes, at most."),
    *of_kernel("rbf", "Gaussian kernels as wide as their median distance"),
    *of_kernel("fixed", "Gaussian kernels as wide as the prior"),
    *of_kernel("imq", "inverse multiquadric kernels"),
    Entry(
        *(keys.C2ST_KNN, "AUC", "0.5"),
        "How well 15 nearest neighbours tell codes from prior draws: area under the ROC.",
    ),
    Entry(
        *(keys.C2ST_QUADRATIC, "AUC", "0.5"),
        "How well means and covariances tell them apart: area under the ROC.",
    ),
    Entry(
        *(keys.KL_MOMENTS, "nats", "less"),
        "KL to the prior of a Gaussian with the mean and the covariance of the codes.",
    ),
    Entry(keys.KL_KDE, "nats", "less", "KL to the prior of a kernel density of the codes."),
    Entry(keys.CODE_SD, "", "1", "The standard deviation of a code, over its dimensions."),
    in_features(keys.FD, "less", "Frechet distance to the real images."),
    in_features(keys.FD_UNBIASED, "less", "That without the bias of few real images."),
    in_features(keys.KID, "less", "MMD^2 to the real images by a cubic kernel."),
    in_features(keys.PRECISION, "more", "Samples that lie among real images.", "share"),
    in_features(keys.RECALL, "more", "Real images that lie among samples.", "share"),
    in_features(keys.DENSITY, "1", "Samples around a real image; above 1 they crowd."),
    in_features(keys.COVERAGE, "more", "Real images with a sample beside them.", "share"),
    of_samples(
        *(keys.OFF_MANIFOLD, "share", "less"),
        "Samples farther from the training images than 99 % of test images.",
    ),
    of_samples(
        keys.NEAREST_TRAIN, "pixels", "", "A sample's distance to a training image."
    ),
    of_samples(
        *(keys.AUTHENTICITY, "share", ""),
        "Samples farther from a training image than that is from the others; 0: copies.",
    ),
    of_samples(
        *(keys.CLOSER_RANK, "probability", "0.5"),
        "The chance that a sample is closer to the training images than a test image.",
    ),
    of_samples(
        *(keys.CLASS_TV, "total variation", "less"),
        "How far the classes of samples are from those of the data: total variation.",
    ),
    of_samples(
        keys.DIGIT_SCORE, "classes", "more", "How many classes there are, and how surely."
    ),
    of_samples(
        keys.CONFIDENCE,
        "probability",
        "more",
        "The classifier's largest probability of a class.",
    ),
    Entry(keys.GAP_FD, "", "less", "What the best fitted sampler repairs of FD."),
    Entry(
        *(keys.GAP_COVERAGE, "difference of shares", "less"),
        "What that sampler repairs of coverage.",
    ),
    Entry(keys.PRIOR_PENALTY, "", "less", "FD from the prior minus FD from the codes."),
    Entry(
        *(keys.HOLE_DENSITY, "share", "less"),
        "Prior draws where codes are rarer than at 95 % of held-out codes.",
    ),
    Entry(
        *(keys.HOLE_CYCLE, "share", "less"),
        "Prior draws that decode and encode to another place.",
    ),
    on_paths(
        keys.PATH_ENERGY, "", "less", "Squared steps against a straight path's; >= 1."
    ),
    on_paths(keys.PATH_LENGTH, "", "less", "Length against a straight path's; >= 1."),
    on_paths(
        *(keys.MID_OFF_MANIFOLD, "share", "less"),
        "Images midway farther from the training images than 99 % of test images.",
    ),
    on_paths(
        keys.MID_NEAREST_TRAIN, "pixels", "", "The distance midway to a training image."
    ),
    on_paths(
        keys.MID_CONFIDENCE, "probability", "more", "The classifier's confidence midway."
    ),
)
