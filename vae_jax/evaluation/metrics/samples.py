"""What comes out when the latent space is sampled, by each sampler; and the gap.

The gap tells a bad space from a bad decoder: what a fitted sampler repairs was the
space's fault. Ghosh et al. (2020), arXiv:1903.12436.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from vae_jax import registry
from vae_jax.errors import UserError
from vae_jax.evaluation.costs import Work, scored, takes
from vae_jax.evaluation.scorecard import score
from vae_jax.evaluation.trained_member import Metric, Sampler, TrainedMember
from vae_jax.registry import METHODS
from vae_jax.scores.estimate import Estimate, Estimates, no_value, on_halves
from vae_jax.scores.flag import Flag
from vae_jax.scores.frechet import Frechet
from vae_jax.scores.metric_key import (
    COVERAGE,
    FD,
    FITTED,
    GAP_COVERAGE,
    GAP_FD,
    PRIOR_PENALTY,
    MetricKey,
)

EVERY = tuple(METHODS["sampler"])


@takes(
    lambda sizes, samplers: Work(
        len(samplers) * sizes.generated, len(samplers) * scored(sizes, sizes.generated)
    )
)
def samples(samplers: Sequence[str | Mapping] = EVERY) -> Metric:
    """The scorecard of decoded samples from each of the `samplers`, and gaps.

    10,000 samples, of images beyond 784 pixels fewer (`evaluation/limits.py`).

    `fd_<space>`, `kid`, `precision`, `recall`, `density`, `coverage`, `off_manifold99`,
    `nearest_train`, `authenticity`, `closer_rank`, `class_tv`, `digit_score`,
    `confidence`, each `@` its sampler: see `evaluation/scorecard.py`. Then, in the main
    feature space,

        gap_fd        FD(prior) - FD(best fitted sampler), the note says which
        gap_coverage  coverage(that sampler) - coverage(prior)
        prior_penalty FD(prior) - FD(aggregate posterior)
    """
    if not isinstance(samplers, list | tuple):
        raise UserError(f"evaluation.metrics: samples.samplers: {samplers!r} is no list")
    settings = [s if isinstance(s, Mapping) else {"name": s} for s in samplers]
    draw = {s.get("name"): registry.build("sampler", s) for s in settings}
    if len(draw) < len(settings):
        raise UserError("evaluation.metrics: samples.samplers: one is there twice")

    def measure(member: TrainedMember) -> Estimates:
        estimates: Estimates = {}
        for name, sampler in draw.items():
            estimates |= member.attempt(
                [("test", key.by(name)) for key in headline(member)],
                partial(scores_of, member, name, sampler),
            )
        return estimates | gaps(member, estimates)

    return measure


def scores_of(member: TrainedMember, name: str, sampler: Sampler) -> Estimates:
    """Every score of what the decoder makes of a sampler's draws."""
    reference = member.reference
    images = member.decode(sampler(member, f"samples/{name}", reference.generated))
    if not np.isfinite(images).all():
        why = no_value(Flag.NOT_FINITE, "what the decoder makes of the draws is not finite")
        return {("test", key.by(name)): why for key in headline(member)}
    scores = score(reference, images)
    return {("test", key.by(name)): estimate for key, estimate in scores.items()}


def headline(member: TrainedMember) -> list[MetricKey]:
    """The scores in whose places a sampler without any says why: FD and coverage."""
    return [key.within(member.reference.main) for key in (FD, COVERAGE)]


def gaps(member: TrainedMember, estimates: Estimates) -> Estimates:
    """How far the prior falls behind the best fitted sampler and the aggregate posterior.

    From the scores of the samplers, as estimates with half-samples.
    """
    space, sizes = member.reference.main, member.reference.sizes()
    places = {n: ("test", FD.within(space).by(n)) for n in (*FITTED, "prior", "aggregate")}
    fd = {
        name: estimates[place]
        for name, place in places.items()
        if place in estimates and estimates[place].value is not None
    }

    def minus(a: Estimate, b: Estimate) -> Estimate:
        distance = lambda value: Frechet(value, sizes["real"], sizes["generated"])
        halves = [
            distance(x).minus(distance(y)) for x, y in zip(a.halves, b.halves, strict=True)
        ]
        return on_halves(distance(a.value).minus(distance(b.value)), halves)

    differences: Estimates = {}
    fitted = [name for name in FITTED if name in fd]
    if "prior" in fd and fitted:
        best = min(fitted, key=lambda name: fd[name].value)
        note = f"best: {best}"
        differences["test", GAP_FD] = minus(fd["prior"], fd[best]).noted(note)
        coverage = COVERAGE.within(space)
        covered = [estimates["test", coverage.by(name)] for name in (best, "prior")]
        if None not in (covered[0].value, covered[1].value):
            halves = [a - b for a, b in zip(covered[0].halves, covered[1].halves)]
            gap = on_halves(covered[0].value - covered[1].value, halves)
            differences["test", GAP_COVERAGE] = gap.noted(note)
    if {"prior", "aggregate"} <= fd.keys():
        differences["test", PRIOR_PENALTY] = minus(fd["prior"], fd["aggregate"])
    return differences
