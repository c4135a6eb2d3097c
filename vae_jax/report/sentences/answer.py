"""The answer of a run to its question, in three sentences computed from its numbers."""

from vae_jax.report.sentences.best import lowest, told_apart
from vae_jax.report.sentences.collapse import ceiling
from vae_jax.report.sentences.differences import Score, contrast
from vae_jax.report.sentences.phrases import across, listing, of_one_seed, plain, sign
from vae_jax.runs.collapse import is_collapsed
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting, Summary
from vae_jax.scores.metric_key import COVERAGE, FD, MUTUAL_INFORMATION, MetricKey

MAX_NAMED = 4  # settings named one by one


def answer(run: ProgramResults) -> list[str]:
    """Where the prior can be sampled; what happens at the ends; what a fit changes."""
    parts = [best_prior(run), the_ends(run), the_fit(run)]
    return [part for part in parts if part]


def scored(
    run: ProgramResults, settings: list[Setting], key: MetricKey
) -> dict[Setting, Summary]:
    """The settings that have a number of that key, and their summaries over seeds."""
    summaries = {setting: run.summary(setting, key) for setting in settings}
    return {
        setting: summary for setting, summary in summaries.items() if summary is not None
    }


def betas(run: ProgramResults, size: int) -> list[Setting]:
    """The VAEs of a size that are not collapsed: collapse never passes for good."""
    return [
        setting
        for setting in run.of_size(size)
        if setting.noise == 1.0 and setting.beta > 0.0 and not is_collapsed(run, setting)
    ]


def best_prior(run: ProgramResults) -> str | None:
    """The sentence on the lowest FD of each size, among VAEs that are not collapsed.

    None where no size has FD and coverage.
    """
    fd, coverage = (key.within(run.space).by("prior") for key in (FD, COVERAGE))
    by_size = [list(scored(run, betas(run, size), fd)) for size in run.sizes()]
    groups = [group for group in by_size if group]
    if not groups:
        return None
    found = lowest(run, groups, fd)
    sizes: dict[str, list[int]] = {}
    for setting in found.winners:
        sizes.setdefault(run.name(setting), []).append(setting.latents)
    winners = [f"{name} with {listing(at)} latents" for name, at in sizes.items()]
    distances, covered = (
        list(scored(run, found.winners, key).values()) for key in (fd, coverage)
    )
    share = f"coverage {across(covered)}{floor(run)}, in" if covered else "in"
    unknown = f"; no coverage ({run.reason(found.winners[0], coverage)}), so none is shown "
    unknown = "" if covered else f"{unknown}to be sampleable"
    return (
        f"Sampled from N(0, I), FD is lowest at {'; '.join(winners[:MAX_NAMED])}: "
        f"FD {across(distances)}, {share} {run.space_in_words}{unknown}"
        f"{told_apart(run, found, MAX_NAMED)}."
    )


def floor(run: ProgramResults) -> str:
    """A clause on what the training images themselves score; empty if not measured."""
    keys = [key.within(run.space) for key in (FD, COVERAGE)]
    scores = [run.reference("training images", key) for key in keys]
    if None in scores:
        return ""
    return f" (the training images themselves: {plain(scores[0])} and {plain(scores[1])})"


def the_ends(run: ProgramResults) -> str | None:
    """The sentence on the ends of the axis: autoencoder, and collapsed posterior.

    None where the run has neither.
    """
    clauses = [part for part in (autoencoders(run, "prior"), collapsed(run)) if part]
    return f"At the ends of the axis: {'; '.join(clauses)}." if clauses else None


def autoencoders(run: ProgramResults, sampler: str) -> str | None:
    """The clause on FD and coverage of every autoencoder, by one sampler; None without."""
    settings = [setting for setting in run.settings if setting.is_autoencoder]
    keys = [key.within(run.space).by(sampler) for key in (FD, COVERAGE)]
    distances, covered = (list(scored(run, settings, key).values()) for key in keys)
    if not distances:
        return None
    share = f" and coverage {across(covered)}" if covered else ""
    share += of_one_seed(distances)
    source = "N(0, I)" if sampler == "prior" else f"a {sampler} fitted to its codes"
    return f"with z from {source} the autoencoder scores FD {across(distances)}{share}"


def collapsed(run: ProgramResults) -> str | None:
    """The clause on the collapsed settings, and what shows it; None without any."""
    settings = [setting for setting in run.settings if is_collapsed(run, setting)]
    if not settings:
        return None
    names = list(dict.fromkeys(run.name(setting) for setting in settings))
    shown = listing(names) if len(names) <= MAX_NAMED else f"{len(settings)} settings"
    sizes = listing(sorted({setting.latents for setting in settings}))
    informed = list(scored(run, settings, MUTUAL_INFORMATION).values())
    log_n, seeds = ceiling(run), of_one_seed(informed)
    kept = (
        f", keeping {across(informed)} of {log_n:z.2f} nats" if informed and log_n else ""
    )
    covered = list(scored(run, settings, COVERAGE.within(run.space).by("prior")).values())
    coverage = f", coverage {across(covered)}" if covered else ""
    verb, whose = ("is", "its") if len(settings) == 1 else ("are", "their")
    return (
        f"{shown} ({sizes} latents) {verb} fully collapsed{kept}{coverage}{seeds}: {whose} "
        "codes match the prior because they say nothing, and that is not sampleability"
    )


def the_fit(run: ProgramResults) -> str | None:
    """The sentence on what autoencoders score with z from a mixture fitted to codes.

    None where that is not measured.
    """
    clause = autoencoders(run, "mixture")
    settings = [setting for setting in run.settings if setting.is_autoencoder]
    prior, mixture = (FD.within(run.space).by(name) for name in ("prior", "mixture"))
    settings = list(scored(run, list(scored(run, settings, prior)), mixture))
    if clause is None or not settings:
        return None
    repaired, excess = (
        [
            contrast(run, ((1.0, Score(s, prior)), (weight, Score(s, mixture))))
            for s in settings
        ]
        for weight in (-1.0, -2.0)  # is the difference above 0, and above what is left
    )
    if None in excess:
        judgement = "fewer than two seeds, so no judgement of what the fit repairs"
    elif all(sign(interval) > 0 for interval in excess):
        judgement = "most of what failed was the space, not the decoder"
    elif all(sign(interval) > 0 for interval in repaired):
        judgement = "a part of what failed was the space"
    else:
        judgement = (
            "what the fit repairs is not distinguishable from 0 at every latent size"
        )
    return f"{clause[0].upper()}{clause[1:]}: {judgement}."
