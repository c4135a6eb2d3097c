"""What a sampler fitted to the codes repairs: how a bad FD is divided."""

from vae_jax.report.sentences.differences import Score, difference
from vae_jax.report.sentences.phrases import plain, ranged
from vae_jax.runs import holm
from vae_jax.runs.collapse import is_collapsed
from vae_jax.runs.intervals import p_value
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting, Summary
from vae_jax.scores.metric_key import FD, FITTED, GAP_FD

SOURCES = {"aggregate": "its own codes"} | {name: f"the fitted {name}" for name in FITTED}


def of_a_fit(run: ProgramResults, autoencoder: Setting, vae: Setting) -> str:
    """The sentence on how much of a bad FD is the space's fault, how much the decoder's."""
    if not any(left_over(run, setting) for setting in (autoencoder, vae)):
        return "A fitted sampler: not measured."
    floor = run.reference("training images", FD.within(run.space))
    reference = "" if floor is None else f" Training images score {plain(floor)}."
    names, faults = zip(*((run.name(s), fault(run, s)) for s in (autoencoder, vae)))
    return (
        f"A fitted sampler: the FD of the {names[0]} {faults[0]}; the FD of {names[1]} "
        f"{faults[1]}.{reference}"
    )


def left_over(run: ProgramResults, setting: Setting) -> tuple[Summary, str] | None:
    """The FD that no other sampler would repair, and the sampler in words; None without.

    The aggregate posterior's, or else that of the first fitted sampler there is.
    """
    fd = FD.within(run.space)
    found = ((run.summary(setting, fd.by(name)), said) for name, said in SOURCES.items())
    return next(((score, said) for score, said in found if score is not None), None)


def fault(run: ProgramResults, setting: Setting) -> str:
    """A clause that divides the FD of a setting: `from N(0, I) owes 24.73 [..] to ...`.

    The space owes gap_fd, the decoder FD(aggregate posterior).
    """
    gap, rest = run.summary(setting, GAP_FD), left_over(run, setting)
    if rest is None:
        return f"with a fitted sampler: {run.reason(setting, FD.within(run.space))}"
    score, source = rest
    if gap is None:
        return f"is {ranged(score)} with {source}, from N(0, I) there is none"
    if is_collapsed(run, setting):
        return (
            "from N(0, I) has no space to blame, for it is collapsed, and owes all of "
            f"{ranged(score)} to the decoder"
        )
    clause = {
        True: f"owes {ranged(gap)} to the space, which the best fitted sampler repairs",
        False: f"owes nothing distinguishable from 0 to the space ({ranged(gap)})",
        None: f"owes {ranged(gap)} to the space by one seed, which is no judgement",
    }[repairs(run, setting)]
    return (
        f"from N(0, I) {clause}, and the {ranged(score)} left with {source} to the decoder"
    )


def repairs(run: ProgramResults, setting: Setting) -> bool | None:
    """Whether a fitted sampler is shown to have a lower FD than the prior.

    The best of several, so each is tested, by Holm's method over all of them. None below
    two seeds.
    """
    fd = FD.within(run.space)
    prior = Score(setting, fd.by("prior"))
    gaps = [difference(run, prior, Score(setting, fd.by(name))) for name in FITTED]
    found = [gap for gap in gaps if gap is not None]
    if not found:
        return None
    verdicts = holm.rejected([p_value(gap) for gap in found], len(found))
    return any(differs and gap.mean > 0.0 for differs, gap in zip(verdicts, found))
