"""The law of Ghosh et al. (2020), arXiv:1903.12436, tested on a run.

Sampled from N(0, I) an autoencoder is far worse than a VAE; with a mixture fitted to its
codes it is at least as good as the VAE from its prior.
"""

from typing import NamedTuple

from vae_jax.report.pairs import pair, sizes_with_both
from vae_jax.report.sentences.collapse import signs
from vae_jax.report.sentences.differences import Score, difference
from vae_jax.report.sentences.phrases import listing, sign
from vae_jax.runs.collapse import is_collapsed
from vae_jax.runs.intervals import Interval
from vae_jax.runs.results import ProgramResults
from vae_jax.scores.metric_key import FD

LAW = (
    "The law: with codes from N(0, I) an autoencoder is far worse than a VAE; with codes "
    "from a mixture fitted to its own it is at least as good as the VAE from its prior."
)


class Finding(NamedTuple):
    """What a latent size says of the law."""

    latents: int
    vae: str
    gaps: tuple[Interval | None, Interval | None]  # from the prior, with the mixture
    verdict: str


def law(run: ProgramResults) -> list[str]:
    """A sentence for each verdict on the law: at which latent sizes it is reached.

    Sizes without both an autoencoder and a VAE, or without a score, are left out.
    """
    sizes: dict[str, list[int]] = {}
    for finding in findings(run):
        sizes.setdefault(finding.verdict, []).append(finding.latents)
    return [f"With {listing(found)} latents {verdict}." for verdict, found in sizes.items()]


def findings(run: ProgramResults) -> list[Finding]:
    """What each latent size with an autoencoder and a VAE says of the law."""
    found = [finding(run, size) for size in sizes_with_both(run)]
    return [line for line in found if line is not None]


def finding(run: ProgramResults, latents: int) -> Finding | None:
    """The two differences in FD of a size, and whether the law holds.

    None where one of the scores is not measured.
    """
    autoencoder, vae = pair(run, latents)
    prior, mixture = (FD.within(run.space).by(name) for name in ("prior", "mixture"))
    needed = ((autoencoder, prior), (autoencoder, mixture), (vae, prior))
    if any(run.summary(*setting_and_key) is None for setting_and_key in needed):
        return None
    of_vae = Score(vae, prior)
    gaps = tuple(
        difference(run, Score(autoencoder, key), of_vae) for key in (prior, mixture)
    )
    if None in gaps:
        verdict = "fewer than two seeds of both, so there is no judgement"
    elif is_collapsed(run, vae):
        verdict = f"the VAE is collapsed ({signs(run, vae)}), which tests nothing"
    else:
        verdict = judged(*map(sign, gaps))
    return Finding(latents, run.name(vae), gaps, verdict)


def judged(from_prior: int, with_mixture: int) -> str:
    """Whether the law holds, by the signs of its two differences.

    Both parts are needed; a difference that cannot be seen proves no equality.
    """
    first, second = from_prior > 0, with_mixture < 0
    if first and second:
        return "the law holds"
    if from_prior < 0 or with_mixture > 0:
        return "the law does not hold"
    if first:
        return "its first part holds; that the mixture is no worse is not refuted"
    return "its first part is not shown"
