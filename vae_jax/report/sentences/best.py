"""The best of several settings, and which of the others are shown to be worse.

The best of several on the numbers that made it best: against it the others are tested by
Holm's method over all pairs, so that a false difference is named in at most 5 % of the
sentences, however many settings there are. (Hsu's comparisons with the best bound another
error: they say which settings may be the best, not which differ from the one that is.)
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from vae_jax.report.sentences.differences import Score, difference
from vae_jax.report.sentences.phrases import listing
from vae_jax.runs import holm
from vae_jax.runs.intervals import p_value
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting
from vae_jax.scores.metric_key import MetricKey

MOST_PAIRS = 2_000  # beyond it only the pairs of the best are tested, which is stricter


class Lowest(NamedTuple):
    """The setting of lowest mean in each of some groups, and how the others compare."""

    winners: list[Setting]  # a group each
    worse: list[list[Setting]]  # those that are shown to differ from the group's winner
    alike: list[list[Setting]]  # those that are not, although they could be compared
    pairs: int  # that the method is over: with two common seeds or more
    rivals: bool  # whether a group has more than one setting


def lowest(
    run: ProgramResults, groups: Sequence[Sequence[Setting]], key: MetricKey
) -> Lowest:
    """The lowest mean of each group of settings, all of which have the metric.

    Pairs are compared within groups, and Holm's method is over those of all groups: two
    settings without two common seeds are no pair.
    """
    mean = lambda setting: run.summary(setting, key).mean
    winners = [min(group, key=mean) for group in groups]
    pairs = [
        (i, *pair) for i, group in enumerate(groups) for pair in combinations(group, 2)
    ]
    family = len(pairs)
    if family > MOST_PAIRS:
        pairs = [pair for pair in pairs if winners[pair[0]] in pair[1:]]
    gaps = [difference(run, Score(a, key), Score(b, key)) for _, a, b in pairs]
    tested = [(pair, gap) for pair, gap in zip(pairs, gaps) if gap is not None]
    if len(pairs) == family:
        family = len(tested)
    verdicts = holm.rejected([p_value(gap) for _, gap in tested], family)
    worse, alike = ([[] for _ in groups] for _ in range(2))
    for ((i, a, b), _), differs in zip(tested, verdicts):
        if winners[i] in (a, b):
            rival = b if a == winners[i] else a
            (worse if differs else alike)[i].append(rival)
    return Lowest(winners, worse, alike, family, any(len(group) > 1 for group in groups))


def told_apart(run: ProgramResults, found: Lowest, most: int) -> str:
    """A clause on which settings are shown to be worse and which are not, and by what.

    At most so many groups are named one by one; empty where there is nothing to compare.
    """
    if not found.pairs:
        return found.rivals * "; with one seed each, another may have another lowest"

    def named(lists: Sequence[Sequence[Setting]]) -> str:
        some = [rivals for rivals in lists if rivals]
        shown = [
            f"{listing([run.name(setting) for setting in rivals])} "
            f"({rivals[0].latents} latents)"
            for rivals in some[:most]
        ]
        more = [f"and of {len(some) - most} more sizes"] if len(some) > most else []
        return "; ".join([*shown, *more]) or "none"

    pairs = f"all {found.pairs} pairs" if found.pairs > 1 else "the one pair"
    return (
        f". Worse than it (Holm over {pairs} of settings of a size, 5 %): "
        f"{named(found.worse)}; not distinguishable from it: {named(found.alike)}"
    )
