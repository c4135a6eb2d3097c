"""The literature behind what a run used, and behind nothing else."""

from collections.abc import Callable
from typing import NamedTuple

from vae_jax.report.pairs import sizes_with_both
from vae_jax.runs.results import ProgramResults
from vae_jax.scores import metric_key as keys
from vae_jax.scores.catalogue import find
from vae_jax.scores.metric_key import MetricKey


class Reference(NamedTuple):
    """A source, and whether a run has used it."""

    key: str  # in `report/paper/references.bib`
    text: str
    used: Callable[[ProgramResults], bool]


def measured(*numbers: MetricKey) -> Callable[[ProgramResults], bool]:
    """A test of whether a run has one of these numbers.

    They are as in the catalogue: of any feature space, by any sampler.
    """
    return lambda run: not catalogued(run).isdisjoint(numbers)


def catalogued(run: ProgramResults) -> set[MetricKey]:
    """The catalogue keys of what a run has measured, without space and sampler."""
    entries = filter(None, map(find, run.measured()))
    return {entry.key.within("").by("") for entry in entries}


def named(part: str, *names: str) -> Callable[[ProgramResults], bool]:
    """A test of whether a part of a run's config has one of these names."""
    return lambda run: run.record["config"].get(part, {}).get("name") in names


def has(condition: Callable) -> Callable[[ProgramResults], bool]:
    """A test of whether a run has a member for which the condition holds."""
    return lambda run: any(map(condition, run.members))


VAE = "Kingma & Welling (2014). Auto-encoding variational Bayes. arXiv:1312.6114"
REFERENCES = (
    Reference("kingma2014vae", VAE, has(lambda m: m.has_posterior)),
    Reference(
        "higgins2017beta",
        "Higgins et al. (2017). β-VAE: learning basic visual concepts with a constrained "
        "variational framework. ICLR",
        has(lambda m: m.has_posterior and m.beta not in (0.0, 1.0)),
    ),
    Reference(
        "kingma2015adam",
        "Kingma & Ba (2015). Adam: a method for stochastic optimization. arXiv:1412.6980",
        lambda run: True,
    ),
    Reference(
        "sonderby2016ladder",
        "Soenderby et al. (2016). Ladder variational autoencoders. arXiv:1602.02282",
        has(lambda m: m.warmup > 0.0),
    ),
    Reference(
        "fu2019cyclical",
        "Fu et al. (2019). Cyclical annealing schedule. arXiv:1903.10145",
        has(lambda m: m.cycle > 0.0),
    ),
    Reference(
        "kingma2016iaf",
        "Kingma et al. (2016). Improved variational inference with inverse autoregressive "
        "flow (free bits). arXiv:1606.04934",
        has(lambda m: m.numbers.get("objective.free_bits", 0.0) > 0.0),
    ),
    Reference(
        "burgess2018understanding",
        "Burgess et al. (2018). Understanding disentangling in β-VAE (capacity). "
        "arXiv:1804.03599",
        has(lambda m: m.numbers.get("objective.capacity", 0.0) > 0.0),
    ),
    Reference(
        "prechelt1998early",
        "Prechelt (1998). Early stopping - but when? Neural Networks: Tricks of the Trade",
        lambda run: run.record["config"].get("early_stopping", {}).get("patience", 0) > 0,
    ),
    Reference(
        "loaiza2019continuous",
        "Loaiza-Ganem & Cunningham (2019). The continuous Bernoulli. arXiv:1907.06845",
        named("likelihood", "continuous_bernoulli"),
    ),
    Reference(
        "salimans2017pixelcnn",
        "Salimans et al. (2017). PixelCNN++ (discretized logistic). arXiv:1701.05517",
        named("likelihood", "discretized_logistic"),
    ),
    Reference(
        "rybkin2021sigma",
        "Rybkin, Daniilidis & Levine (2021). Simple and effective VAE training with "
        "calibrated decoders. arXiv:2006.13202",
        named("likelihood", "gaussian"),
    ),
    Reference(
        "alemi2018fixing",
        "Alemi et al. (2018). Fixing a broken ELBO. arXiv:1711.00464",
        measured(keys.RATE, keys.rate_dim("<k>")),
    ),
    Reference(
        "burda2016iwae",
        "Burda, Grosse & Salakhutdinov (2016). Importance weighted autoencoders "
        "(the bound, active units). arXiv:1509.00519",
        measured(keys.ACTIVE_UNITS, keys.ess_iwae("<k>")),
    ),
    Reference(
        "kong1992note",
        "Kong (1992). A note on importance sampling using standardized weights. "
        "University of Chicago, technical report 348",
        measured(keys.ess_iwae("<k>")),
    ),
    Reference(
        "wu2017quantitative",
        "Wu et al. (2017). On the quantitative analysis of decoder-based generative "
        "models. arXiv:1611.04273",
        measured(keys.ais_acceptance("<t>")),
    ),
    Reference(
        "hoffman2016surgery",
        "Hoffman & Johnson (2016). ELBO surgery. NIPS workshop on approximate inference",
        measured(keys.AGGREGATE_KL),
    ),
    Reference(
        "chen2018isolating",
        "Chen et al. (2018). Isolating sources of disentanglement in VAEs. "
        "arXiv:1802.04942",
        measured(keys.TOTAL_CORRELATION),
    ),
    Reference(
        "ghosh2020rae",
        "Ghosh et al. (2020). From variational to deterministic autoencoders. "
        "arXiv:1903.12436",
        lambda run: bool(measured(keys.GAP_FD)(run) and sizes_with_both(run)),
    ),
    Reference(
        "heusel2017gans",
        "Heusel et al. (2017). GANs trained by a two time-scale update rule (FID). "
        "arXiv:1706.08500",
        measured(keys.FD),
    ),
    Reference(
        "chong2020unbiased",
        "Chong & Forsyth (2020). Effectively unbiased FID. arXiv:1911.07023",
        measured(keys.FD_UNBIASED),
    ),
    Reference(
        "binkowski2018mmd",
        "Binkowski et al. (2018). Demystifying MMD GANs. arXiv:1801.01401",
        measured(keys.KID),
    ),
    Reference(
        "kynkaanniemi2019improved",
        "Kynkaanniemi et al. (2019). Improved precision and recall metric. "
        "arXiv:1904.06991",
        measured(keys.PRECISION),
    ),
    Reference(
        "naeem2020reliable",
        "Naeem et al. (2020). Reliable fidelity and diversity metrics (density, coverage). "
        "arXiv:2002.09797",
        measured(keys.COVERAGE),
    ),
    Reference(
        "alaa2022faithful",
        "Alaa et al. (2022). How faithful is your synthetic data? (authenticity). "
        "arXiv:2102.08921",
        measured(keys.AUTHENTICITY),
    ),
    Reference(
        "meehan2020copying",
        "Meehan et al. (2020). A non-parametric test to detect data-copying. "
        "arXiv:2004.05675",
        measured(keys.CLOSER_RANK),
    ),
    Reference(
        "gretton2012kernel",
        "Gretton et al. (2012). A kernel two-sample test. JMLR 13",
        measured(keys.mmd("rbf")),
    ),
    Reference(
        "tolstikhin2018wasserstein",
        "Tolstikhin et al. (2018). Wasserstein auto-encoders (inverse multiquadric). "
        "arXiv:1711.01558",
        measured(keys.mmd("imq")),
    ),
    Reference(
        "lopez2017revisiting",
        "Lopez-Paz & Oquab (2017). Revisiting classifier two-sample tests. "
        "arXiv:1610.06545",
        measured(keys.C2ST_KNN),
    ),
    Reference(
        "white2016sampling",
        "White (2016). Sampling generative networks (spherical paths). arXiv:1609.04468",
        lambda run: any(key.sampler == "slerp" for key in run.measured()),
    ),
    Reference(
        "karras2019style",
        "Karras et al. (2019). A style-based generator architecture (path length). "
        "arXiv:1812.04948",
        measured(keys.PATH_LENGTH),
    ),
)


def references(run: ProgramResults) -> list[str]:
    """The literature behind what a run used, as sentences."""
    return [reference.text for reference in REFERENCES if reference.used(run)]
