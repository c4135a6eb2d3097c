"""The answer of a run to its question, in three sentences computed from its numbers."""

from vae_jax.report.sentences.collapse import ceiling, is_collapsed
from vae_jax.report.sentences.differences import Score, difference
from vae_jax.report.sentences.phrases import across, listing, plain, sign
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting, Summary
from vae_jax.scores.metric_key import COVERAGE, FD, GAP_FD, MUTUAL_INFORMATION, MetricKey

MAX_NAMED = 4  # settings named one by one


def answer(run: ProgramResults) -> list[str]:
    """Where the prior can be sampled; what happens at the ends; what a fit changes."""
    parts = [best_prior(run), the_ends(run), the_fit(run)]
    return [part for part in parts if part]


def scored(
    run: ProgramResults, settings: list[Setting], key: MetricKey
) -> dict[Setting, Summary]:
    """The settings that have the number."""
    found = {s: run.summary(s, key) for s in settings}
    return {s: f for s, f in found.items() if f is not None}


def betas(run: ProgramResults, size: int) -> list[Setting]:
    """VAEs of a size that still say something: collapse never passes for good."""
    return [
        s
        for s in run.of_size(size)
        if s.noise == 1.0 and s.beta > 0.0 and not is_collapsed(run, s)
    ]


def best_prior(run: ProgramResults) -> str | None:
    """Of the VAEs that are not collapsed, the one with the lowest FD, size by size."""
    fd, coverage = (key.within(run.space).by("prior") for key in (FD, COVERAGE))
    best, tied = {}, []
    for size in run.sizes():
        found = scored(run, betas(run, size), fd)
        if not found or not scored(run, list(found), coverage):
            continue
        first = best[size] = min(found, key=lambda s: found[s].mean)
        same = [s for s in found if s != first and alike(run, s, first, fd)]
        if same:
            tied.append(f"{listing([run.name(s) for s in same])} ({size} latents)")
    if not best:
        return None
    groups: dict[str, list[int]] = {}
    for size, setting in best.items():
        groups.setdefault(run.name(setting), []).append(size)
    where = [f"{name} with {listing(at)} latents" for name, at in groups.items()]
    equal = f"; not distinguishable from it: {'; '.join(tied[:MAX_NAMED])}" if tied else ""
    lowest, covered = (
        list(scored(run, [*best.values()], key).values()) for key in (fd, coverage)
    )
    return (
        f"Sampled from N(0, I), FD is lowest at {'; '.join(where[:MAX_NAMED])}: "
        f"FD {across(lowest)}, coverage {across(covered)}{floor(run)}{equal}."
    )


def alike(run: ProgramResults, setting: Setting, best: Setting, key: MetricKey) -> bool:
    """Whether the two cannot be told apart; nothing is said of fewer than two seeds."""
    gap = difference(run, Score(setting, key), Score(best, key))
    return gap is not None and not gap.distinguishable


def floor(run: ProgramResults) -> str:
    """What the training images themselves score, as images of no model."""
    keys = [key.within(run.space) for key in (FD, COVERAGE)]
    found = [run.reference("training images", key) for key in keys]
    if None in found:
        return ""
    return f" (the training images themselves: {plain(found[0])} and {plain(found[1])})"


def the_ends(run: ProgramResults) -> str | None:
    """The autoencoder at one end of the axis, the collapsed posterior at the other."""
    said = [part for part in (autoencoders(run, "prior"), collapsed(run)) if part]
    return f"At the ends of the axis: {'; '.join(said)}." if said else None


def autoencoders(run: ProgramResults, sampler: str) -> str | None:
    """FD and coverage of every autoencoder, by one sampler."""
    alone = [s for s in run.settings if s.is_autoencoder]
    keys = [key.within(run.space).by(sampler) for key in (FD, COVERAGE)]
    distances, covered = (list(scored(run, alone, key).values()) for key in keys)
    if not distances or not covered:
        return None
    source = "N(0, I)" if sampler == "prior" else f"a {sampler} fitted to its codes"
    return (
        f"with z from {source} the autoencoder scores FD {across(distances)} and coverage "
        f"{across(covered)}"
    )


def collapsed(run: ProgramResults) -> str | None:
    """The settings that are collapsed, and what shows it."""
    dead = [s for s in run.settings if is_collapsed(run, s)]
    if not dead:
        return None
    names = list(dict.fromkeys(run.name(s) for s in dead))
    shown = listing(names) if len(names) <= MAX_NAMED else f"{len(dead)} settings"
    sizes = listing(sorted({s.latents for s in dead}))
    found = {s: run.summary(s, MUTUAL_INFORMATION) for s in dead}
    informed, top = [f for f in found.values() if f], ceiling(run)
    kept = f", keeping {across(informed)} of {top:.2f} nats" if informed and top else ""
    covered = list(scored(run, dead, COVERAGE.within(run.space).by("prior")).values())
    shows = f", coverage {across(covered)}" if covered else ""
    verb, whose = ("is", "its") if len(dead) == 1 else ("are", "their")
    return (
        f"{shown} ({sizes} latents) {verb} fully collapsed{kept}{shows}: {whose} codes "
        "match the prior because they say nothing, and that is not sampleability"
    )


def the_fit(run: ProgramResults) -> str | None:
    """What the autoencoder scores once z comes from a mixture fitted to its codes."""
    said = autoencoders(run, "mixture")
    alone = [s for s in run.settings if s.is_autoencoder]
    gaps = scored(run, alone, GAP_FD)
    if said is None or not gaps:
        return None
    left = FD.within(run.space).by("mixture")
    more = [difference(run, Score(s, GAP_FD), Score(s, left)) for s in gaps]
    if None in more:
        blame = "fewer than two seeds, so no judgement of what the fit repairs"
    elif all(sign(m) > 0 for m in more):
        blame = "most of what failed was the space, not the decoder"
    elif all(g.low is not None and g.low > 0.0 for g in gaps.values()):
        blame = "a part of what failed was the space"
    else:
        blame = "what the fit repairs is not distinguishable from 0 at every latent size"
    return f"{said[0].upper()}{said[1:]}: {blame}."
