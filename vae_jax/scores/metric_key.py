"""The key of a measured number, and its one spelling in the columns of a table. No JAX.

A split (`train`, `test`) stands beside the key, never in it.
"""

from typing import NamedTuple

FITTED = ("gaussian", "mixture", "kde")  # samplers that are densities fitted to codes
SPACES = ("clf", "pca", "raw")  # features of a classifier, principal components, pixels


class MetricKey(NamedTuple):
    """What was measured: `MetricKey("samples", "fd", "clf", "prior")`.

    Without a name, every number of the family; without either, every number there is.
    """

    family: str  # the metric, as configs name it; "" where the catalogue has no such name
    name: str = ""
    space: str = ""  # of features, where the number depends on one
    sampler: str = ""  # where z comes from; of paths, the way

    @property
    def metric(self) -> str:
        """The column `metric`: the space stands behind the name's first word.

        `fd_unbiased` in the space `clf` is `fd_clf_unbiased`.
        """
        if not self.space:
            return self.name or self.family
        first, bar, rest = self.name.partition("_")
        return f"{first}_{self.space}{bar}{rest}"

    def __str__(self) -> str:
        """Both columns in one word: `fd_clf@prior`."""
        return f"{self.metric}@{self.sampler}" if self.sampler else self.metric

    def within(self, space: str) -> "MetricKey":
        """The same score in a feature space."""
        return self._replace(space=space)

    def by(self, sampler: str) -> "MetricKey":
        """The same score of what a sampler draws, or along a way."""
        return self._replace(sampler=sampler)


def name_and_space(metric: str) -> tuple[str, str]:
    """`("fd_unbiased", "clf")` of `fd_clf_unbiased`: what `MetricKey.metric` has joined."""
    first, *rest = metric.split("_", 2)
    if first and rest and rest[0] in SPACES:
        return "_".join((first, *rest[1:])), rest[0]
    return metric, ""


EVERYTHING = MetricKey("")  # what is said of a member of which nothing was measured

DISTORTION = MetricKey("rate_distortion", "distortion")
DISTORTION_AT_MEAN = MetricKey("rate_distortion", "distortion_at_mean")
RATE = MetricKey("rate_distortion", "rate")
DISTORTION_PLUS_RATE = MetricKey("rate_distortion", "distortion_plus_rate")

ACTIVE_UNITS = MetricKey("collapse", "active_units")
COLLAPSED_UNITS = MetricKey("collapse", "collapsed_units")

MUTUAL_INFORMATION = MetricKey("information", "mutual_information")
TOTAL_CORRELATION = MetricKey("information", "total_correlation")
DIMENSIONWISE_KL = MetricKey("information", "dimensionwise_kl")
AGGREGATE_KL = MetricKey("information", "aggregate_kl")
LOG_N = MetricKey("information", "log_n")

EXACT_ERROR = MetricKey("exact", "exact_error")

C2ST_KNN = MetricKey("aggregate", "c2st_knn")
C2ST_QUADRATIC = MetricKey("aggregate", "c2st_quadratic")
KL_MOMENTS = MetricKey("aggregate", "kl_moments")
KL_KDE = MetricKey("aggregate", "kl_kde")
CODE_SD = MetricKey("aggregate", "code_sd")

FD = MetricKey("samples", "fd")
FD_UNBIASED = MetricKey("samples", "fd_unbiased")
KID = MetricKey("samples", "kid")
PRECISION = MetricKey("samples", "precision")
RECALL = MetricKey("samples", "recall")
DENSITY = MetricKey("samples", "density")
COVERAGE = MetricKey("samples", "coverage")
OFF_MANIFOLD = MetricKey("samples", "off_manifold99")
NEAREST_TRAIN = MetricKey("samples", "nearest_train")
AUTHENTICITY = MetricKey("samples", "authenticity")
CLOSER_RANK = MetricKey("samples", "closer_rank")
CLASS_TV = MetricKey("samples", "class_tv")
DIGIT_SCORE = MetricKey("samples", "digit_score")
CONFIDENCE = MetricKey("samples", "confidence")
GAP_FD = MetricKey("samples", "gap_fd")
GAP_COVERAGE = MetricKey("samples", "gap_coverage")
PRIOR_PENALTY = MetricKey("samples", "prior_penalty")

HOLE_DENSITY = MetricKey("holes", "hole_density")
HOLE_CYCLE = MetricKey("holes", "hole_cycle")

PATH_ENERGY = MetricKey("interpolation", "path_energy")
PATH_LENGTH = MetricKey("interpolation", "path_length")
MID_OFF_MANIFOLD = MetricKey("interpolation", "mid_off_manifold99")
MID_NEAREST_TRAIN = MetricKey("interpolation", "mid_nearest_train")
MID_CONFIDENCE = MetricKey("interpolation", "mid_confidence")

NLL, BITS_PER_DIM = "nll", "bits_per_dim"
CROSS_ENTROPY, NEG_LOG_DENSITY = "cross_entropy", "neg_log_density"  # no likelihoods
QUANTITIES = (NLL, CROSS_ENTROPY, NEG_LOG_DENSITY, BITS_PER_DIM)  # estimates of log p(x)


def log_likelihood(quantity: str, family: str, size: int | str = "") -> MetricKey:
    """`nll_iwae_5000`: a quantity, its estimator, and of how many samples that is."""
    return MetricKey(family, "_".join(filter(None, (quantity, family, str(size)))))


def is_log_likelihood(key: MetricKey) -> bool:
    """Whether the number comes from an estimator of log p(x)."""
    return key.name.startswith(tuple(f"{quantity}_" for quantity in QUANTITIES))


def is_bits(key: MetricKey) -> bool:
    """Whether such a number is the same as another one, in bits."""
    return key.name.startswith(f"{BITS_PER_DIM}_")


def ess_iwae(samples: int | str) -> MetricKey:
    """The effective sample size of a bound with so many samples, mean over images."""
    return MetricKey("iwae", f"ess_iwae_{samples}")


def ess_iwae_least(samples: int | str) -> MetricKey:
    """The effective sample size of the image that has the least."""
    return MetricKey("iwae", f"ess_iwae_{samples}_least")


def ais_acceptance(temperatures: int | str) -> MetricKey:
    """The share of accepted steps of annealed importance sampling."""
    return MetricKey("ais", f"ais_{temperatures}_acceptance")


def ais_gap(temperatures: int | str) -> MetricKey:
    """The upper minus the lower bound on log p(x) of simulated images."""
    return MetricKey("ais", f"ais_{temperatures}_gap")


def rate_dim(k: int | str) -> MetricKey:
    """The rate of latent dimension k."""
    return MetricKey("collapse", f"rate_dim_{k}")


def sensitivity_dim(k: int | str) -> MetricKey:
    """How far one unit of z_k moves the decoded image."""
    return MetricKey("collapse", f"sensitivity_dim_{k}")


def mmd(kernel: str) -> MetricKey:
    """MMD^2 of the codes and the prior, by a kernel: `rbf`, `fixed` or `imq`."""
    return MetricKey("aggregate", f"mmd_{kernel}")


def mmd_p(kernel: str) -> MetricKey:
    """The p-value of that discrepancy."""
    return MetricKey("aggregate", f"mmd_{kernel}_p")
