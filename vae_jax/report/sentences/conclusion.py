"""Autoencoder against VAE in three sentences, each computed from numbers and intervals."""

from vae_jax.report.sentences.collapse import ceiling, signs
from vae_jax.report.sentences.differences import Score, difference
from vae_jax.report.sentences.fit import of_a_fit
from vae_jax.report.sentences.phrases import amount, listing, ranged, sign
from vae_jax.runs.collapse import is_collapsed
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting
from vae_jax.scores.metric_key import (
    COVERAGE,
    DISTORTION,
    FD,
    MUTUAL_INFORMATION,
    MetricKey,
)

ONE_SEED = "with fewer than two seeds of both there is no judgement of the difference"


def conclusion(run: ProgramResults, autoencoder: Setting, vae: Setting) -> list[str]:
    """Three sentences: reconstruction and information; the prior; a fitted sampler."""
    pair = (autoencoder, vae)
    return [part(run, *pair) for part in (of_reconstruction, of_the_prior, of_a_fit)]


def of_reconstruction(run: ProgramResults, autoencoder: Setting, vae: Setting) -> str:
    """The sentences on the distortion of both, and on what the VAE's codes keep."""
    scores = [run.summary(setting, DISTORTION) for setting in (autoencoder, vae)]
    if None in scores:
        return "Reconstruction: not measured."
    gap = difference(run, Score(autoencoder, DISTORTION), Score(vae, DISTORTION))
    names = [run.name(setting) for setting in (autoencoder, vae)]
    if gap is None:
        verdict = ONE_SEED
    elif sign(gap) == 0:
        verdict = "not distinguishable"
    else:
        better = f"the {names[0]}'s" if sign(gap) < 0 else f"that of {names[1]}"
        verdict = f"{better} is lower by {amount(gap)}"
    text = (
        f"Reconstruction: with {vae.latents} latents the distortion of the {names[0]} is "
        f"{ranged(scores[0])} nats, of {names[1]} {ranged(scores[1])}; {verdict}."
    )
    information, log_n = run.summary(vae, MUTUAL_INFORMATION), ceiling(run)
    if information is None or log_n is None:
        return text
    return (
        f"{text} Of the {log_n:z.2f} nats (log N) that tell all training images apart, the "
        f"codes of {names[1]} keep {ranged(information)}."
    )


def of_the_prior(run: ProgramResults, autoencoder: Setting, vae: Setting) -> str:
    """The sentence on which of the two is the more sampleable from N(0, I).

    FD and coverage both have to say so.
    """
    keys = [key.within(run.space).by("prior") for key in (FD, COVERAGE)]
    scores = [[run.summary(setting, key) for setting in (autoencoder, vae)] for key in keys]
    lacking = {
        f"no {name} ({run.reason(setting, key)})": None
        for name, key, found in zip(("FD", "coverage"), keys, scores)
        for setting, score in zip((autoencoder, vae), found)
        if score is None
    }
    if lacking:
        missing = listing(list(lacking))
        return f"Sampling from the prior: no judgement, for there is {missing}."
    names = [run.name(setting) for setting in (autoencoder, vae)]
    comparisons = [
        f"{name} {ranged(first)} for the {names[0]}, {ranged(second)} for {names[1]}"
        for name, (first, second) in zip(("FD", "coverage"), scores)
    ]
    text = (
        f"Sampling from the prior N(0, I), judged in {run.space_in_words}: "
        f"{comparisons[0]}; {comparisons[1]}"
    )
    if is_collapsed(run, vae):
        return (
            f"{text}; but {names[1]} is collapsed ({signs(run, vae)}): its codes match the "
            "prior because they say nothing. That is not a sampleable space."
        )
    return f"{text}; {judgement(run, keys, autoencoder, vae)}."


def judgement(
    run: ProgramResults, keys: list[MetricKey], autoencoder: Setting, vae: Setting
) -> str:
    """A clause that names the winner, if FD and coverage name the same one."""
    gaps = [difference(run, Score(autoencoder, key), Score(vae, key)) for key in keys]
    if None in gaps:
        return ONE_SEED
    worse_fd, less_coverage = sign(gaps[0]), -sign(gaps[1])  # 1: the autoencoder's fault
    names = {1: run.name(vae), -1: f"the {run.name(autoencoder)}"}
    if not worse_fd and not less_coverage:
        return "the two are not distinguishable in either"
    if worse_fd == less_coverage:
        return (
            f"{names[worse_fd]} is the more sampleable of the two, its FD lower by "
            f"{amount(gaps[0])} and its coverage higher by {amount(gaps[1])}"
        )
    if worse_fd and less_coverage:
        return (
            f"FD favours {names[worse_fd]}, coverage {names[less_coverage]}: neither is "
            "the more sampleable"
        )
    telling, silent = ("FD", "coverage") if worse_fd else ("coverage", "FD")
    return (
        f"{telling} favours {names[worse_fd or less_coverage]}, {silent} is not "
        "distinguishable: both are needed, so neither is shown to be the more sampleable"
    )
