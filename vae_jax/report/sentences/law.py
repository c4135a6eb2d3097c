"""The law of Ghosh et al. (2020), arXiv:1903.12436, tested on a run.

Sampled from N(0, I) an autoencoder is far worse than a VAE; with a mixture fitted to its
codes it is at least as good as the VAE from its prior.
"""

from vae_jax.report.pairs import pair, sizes_with_both
from vae_jax.report.sentences.collapse import signs
from vae_jax.report.sentences.differences import Score, difference
from vae_jax.report.sentences.phrases import amount, ranged, sign
from vae_jax.runs.collapse import is_collapsed
from vae_jax.runs.results import ProgramResults
from vae_jax.scores.metric_key import FD


def law(run: ProgramResults) -> list[str]:
    """A sentence on the law for each latent size with an autoencoder and a VAE.

    A size without both scores is left out.
    """
    sentences = [sentence(run, size) for size in sizes_with_both(run)]
    return [line for line in sentences if line]


def sentence(run: ProgramResults, latents: int) -> str | None:
    """The two differences in FD with their intervals, and whether the law holds.

    None where one of the scores is not measured.
    """
    autoencoder, vae = pair(run, latents)
    prior, mixture = (FD.within(run.space).by(name) for name in ("prior", "mixture"))
    needed = ((autoencoder, prior), (autoencoder, mixture), (vae, prior))
    if any(run.summary(*setting_and_key) is None for setting_and_key in needed):
        return None
    of_vae = Score(vae, prior)
    gaps = [difference(run, Score(autoencoder, key), of_vae) for key in (prior, mixture)]
    head = f"{latents} latents, against {run.name(vae)} from its prior"
    if None in gaps:
        return f"{head}: fewer than two seeds of both, no judgement."
    text = (
        f"{head}: from N(0, I) {compared(gaps[0])}; with the mixture {compared(gaps[1])}."
    )
    if is_collapsed(run, vae):
        return f"{text} That VAE is collapsed ({signs(run, vae)}): this tests nothing."
    return f"{text} {judged(sign(gaps[0]), sign(gaps[1]))}"


def compared(gap) -> str:
    """A clause on the autoencoder's FD against the VAE's, in one difference."""
    if sign(gap) == 0:
        return f"the autoencoder's FD is not distinguishable (difference {ranged(gap)})"
    word = "higher" if sign(gap) > 0 else "lower"
    return f"the autoencoder's FD is {word} by {amount(gap)}"


def judged(from_prior: int, with_mixture: int) -> str:
    """Whether the law holds, by the signs of its two differences.

    Both parts are needed; a difference that cannot be seen proves no equality.
    """
    first, second = from_prior > 0, with_mixture < 0
    if first and second:
        return "The law holds."
    if from_prior < 0 or with_mixture > 0:
        return "The law does not hold."
    if first:
        return "The first part holds; that the mixture is no worse is not refuted."
    return "The first part is not shown."
