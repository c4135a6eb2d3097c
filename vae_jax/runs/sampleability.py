"""Whether a setting's latent space can be sampled, by one rule that every page states.

The scale is the run's own: its ends are the training images, which are as good as samples
can be, and one mean image again and again, which is what a decoder shows that is told
nothing. No JAX.
"""

from enum import StrEnum
from typing import NamedTuple

from vae_jax.runs.collapse import is_collapsed
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting
from vae_jax.scores.metric_key import COVERAGE, FD

NEAR, COVERED = 0.1, 0.75
RULE = (
    "A latent space is called sampleable if its samples are close to real images and "
    "varied, as means over seeds: their FD is at most a tenth of the way from that of the "
    "training images to that of the mean image, their coverage at least three quarters of "
    "that of the training images, and the posterior has not collapsed."
)


class State(StrEnum):
    """What is true of a setting's latent space under one sampler."""

    SAMPLEABLE = "sampleable"
    HOLES = "holes"  # the prior fails, a mixture fitted to the codes does not
    VAGUE = "vague"  # both fail: what the codes say is too little for varied images
    FAILS = "no"  # the prior fails, and no mixture was judged that would tell why
    COLLAPSED = "collapsed"  # the codes say nothing
    UNJUDGED = "unjudged"  # FD, coverage or the ends of their scale are not measured


class Limits(NamedTuple):
    """The largest FD and the least coverage of a space that is called sampleable."""

    fd: float
    coverage: float


def limits(run: ProgramResults) -> Limits | None:
    """The limits of a run's own scale; None where its ends are not measured."""
    fd, coverage = (key.within(run.space) for key in (FD, COVERAGE))
    best, worst = run.reference("training images", fd), run.reference("mean image", fd)
    covered = run.reference("training images", coverage)
    if best is None or worst is None or covered is None:
        return None
    return Limits(best + NEAR * (worst - best), COVERED * covered)


class Margin(NamedTuple):
    """A score against its limit: is the mean within it, does the interval cross it."""

    within: bool
    crosses: bool


def margins(run: ProgramResults, setting: Setting, sampler: str) -> list[Margin] | None:
    """FD and coverage of a sampler against their limits; None where not measured."""
    ends = limits(run)
    fd, coverage = (
        run.summary(setting, key.within(run.space).by(sampler)) for key in (FD, COVERAGE)
    )
    if ends is None or fd is None or coverage is None:
        return None
    over = lambda score, limit: score.low is not None and score.low < limit < score.high
    return [
        Margin(fd.mean <= ends.fd, over(fd, ends.fd)),
        Margin(coverage.mean >= ends.coverage, over(coverage, ends.coverage)),
    ]


def passes(run: ProgramResults, setting: Setting, sampler: str) -> bool | None:
    """Whether samples of a sampler keep within the limits; None where not measured."""
    found = margins(run, setting, sampler)
    return None if found is None else all(margin.within for margin in found)


def is_borderline(run: ProgramResults, setting: Setting) -> bool:
    """Whether the rule would say otherwise somewhere within the 95 % intervals.

    One that passes could fail, or all that fails could pass.
    """
    found = margins(run, setting, "prior")
    if found is None or is_collapsed(run, setting):
        return False
    if all(margin.within for margin in found):
        return any(margin.crosses for margin in found)
    return all(margin.within or margin.crosses for margin in found)


def state(run: ProgramResults, setting: Setting) -> State:
    """What is true of a setting's latent space when z is drawn from its prior."""
    if is_collapsed(run, setting):
        return State.COLLAPSED
    found = passes(run, setting, "prior")
    if found is None:
        return State.UNJUDGED
    if found:
        return State.SAMPLEABLE
    repaired = passes(run, setting, "mixture")
    if repaired is None:
        return State.FAILS
    return State.HOLES if repaired else State.VAGUE
