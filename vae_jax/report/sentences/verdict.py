"""The first sentence of a report: where the latent spaces of a run can be sampled."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from vae_jax.report.sentences.axis import LATENTS, SweptAxis, swept_axis, vaes_of
from vae_jax.report.sentences.phrases import listing
from vae_jax.runs import sampleability
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.sampleability import State
from vae_jax.runs.summary import Setting

SAYS = {
    State.HOLES: "the codes leave holes",
    State.VAGUE: "the codes say too little for varied samples",
    State.FAILS: "samples fail, and no mixture was judged that would tell why",
    State.COLLAPSED: "collapsed",
    State.UNJUDGED: "not judged",
}
NOT_MEASURED = "Whether the latent spaces can be sampled has not been measured."
MOST_GROUPS = 3  # of sizes that differ, named one by one


class Stretch(NamedTuple):
    """Neighbours on the axis of which the same is true."""

    state: State
    settings: list[Setting]


class Told(NamedTuple):
    """What is true of one latent size, in two clauses."""

    where: str  # "for β between 0.25 and 1"; empty: nowhere
    rest: str  # "below, the codes leave holes; from β = 4 on, collapsed"


def verdict(run: ProgramResults) -> str:
    """Where the latent spaces can be sampled from N(0, I), and what is true elsewhere.

    By the rule of `runs/sampleability.py`; sizes of which the same is true are named
    together.
    """
    axis, settings = swept_axis(run), on_axis(run)
    states = {setting: sampleability.state(run, setting) for setting in settings}
    if set(states.values()) <= {State.UNJUDGED}:
        return NOT_MEASURED
    groups = grouped(axis, settings)
    cut = {size: stretches(group, states) for size, group in groups.items()}
    alone = all(len(found[0].settings) == 1 for found in cut.values())
    told = {size: clauses(axis, found, alone=alone) for size, found in cut.items()}
    if len(told) == 1:
        return sentence([("", *told.values())])
    alike: dict[Told, list[int]] = {}
    for size, found in told.items():
        alike.setdefault(found, []).append(size)
    if len(alike) > MOST_GROUPS:
        return at_any_size(told)
    if len(alike) == 1:
        return sentence([(f"with {listing(sorted(told))} latents ", *alike)])
    return sentence([(f"with {listing(sizes)} latents ", t) for t, sizes in alike.items()])


def on_axis(run: ProgramResults) -> list[Setting]:
    """The settings that are compared: VAEs that differ along the axis alone, autoencoders.

    Of several values of what else differs, those of the first VAE.
    """
    axis, vaes = swept_axis(run), vaes_of(run)
    same = lambda setting: (
        [
            value
            for name, value in setting._asdict().items()
            if name not in (axis.name, "latents", "own")
        ]
        + [pair for pair in setting.own if pair[0] != axis.name]
    )
    kept = [setting for setting in vaes if same(setting) == same(vaes[0])]
    return [s for s in run.settings if s.is_autoencoder] + kept


def grouped(axis: SweptAxis, settings: Sequence[Setting]) -> dict[int, list[Setting]]:
    """Settings of each latent size, the autoencoder first, then along the axis.

    Where latents are the axis, autoencoders do not lie on it and are left out, unless there
    is nothing else.
    """
    if axis == LATENTS:
        vaes = [setting for setting in settings if not setting.is_autoencoder]
        return {0: sorted(vaes or settings, key=axis.value)}
    found: dict[int, list[Setting]] = {}
    for setting in settings:
        found.setdefault(setting.latents, []).append(setting)
    order = lambda setting: (not setting.is_autoencoder, axis.value(setting))
    return {size: sorted(found[size], key=order) for size in sorted(found)}


def stretches(settings: Sequence[Setting], states: dict[Setting, State]) -> list[Stretch]:
    """Settings along the axis, cut where what is true of them changes."""
    return [Stretch(state, list(run)) for state, run in groupby(settings, states.get)]


def clauses(axis: SweptAxis, found: list[Stretch], *, alone: bool) -> Told:
    """What is true of one size: where it can be sampled, and what holds elsewhere.

    `alone`: below what can be sampled there is one setting only, at every size.
    """
    good = [stretch for stretch in found if stretch.state is State.SAMPLEABLE]
    places = [place(axis, stretch.settings) for stretch in good]
    others = []
    first = found.index(good[0]) if good else len(found)
    for i, stretch in enumerate(found):
        if stretch.state is State.SAMPLEABLE:
            continue
        is_last = i == len(found) - 1 and i > 0
        below = bool(good) and i == 0 and first == 1 and not alone
        head = "below" if below else where_of(axis, stretch.settings, is_last=is_last)
        others.append(f"{head}, {SAYS[stretch.state]}")
    word = "with" if axis == LATENTS else "for"
    return Told(f"{word} {listing(places)}" if places else "", "; ".join(others))


def place(axis: SweptAxis, settings: list[Setting]) -> str:
    """A stretch of sampleable settings in words; an autoencoder is named."""
    values = [axis.value(s) for s in settings if not s.is_autoencoder]
    named = ["the autoencoder"] if len(values) < len(settings) else []
    spanned = [axis.between(min(values), max(values))] if values else []
    return listing([*named, *spanned])


def where_of(axis: SweptAxis, settings: list[Setting], *, is_last: bool) -> str:
    """The head of a clause on settings that cannot be sampled: `from β = 4 on`."""
    values = [axis.value(s) for s in settings if not s.is_autoencoder]
    if not values:
        return "in the autoencoder"
    if len(values) < len(settings):
        return f"in the autoencoder and up to {axis.at(max(values))}"
    if is_last:
        return f"from {axis.at(min(values))} on"
    word = "with" if axis == LATENTS else "at"
    return f"{word} {axis.between(min(values), max(values))}"


def sentence(found: list[tuple[str, Told]]) -> str:
    """The sentence on some groups of sizes; what they have in common is said once."""
    rests = {told.rest for _, told in found}
    if len(rests) == 1 and all(told.where for _, told in found):
        heads = listing([f"{sizes}{told.where}" for sizes, told in found])
        (rest,) = rests
        return f"Sampleable from N(0, I) {heads}{'; ' * bool(rest)}{rest}."
    parts = []
    for sizes, told in found:
        head = f"sampleable from N(0, I) {sizes}{told.where}"
        head = head if told.where else f"not sampleable from N(0, I) {sizes}".rstrip()
        parts.append(f"{head}{': ' * bool(told.rest)}{told.rest}")
    text = ". ".join(part[0].upper() + part[1:] for part in parts)
    return f"{text}."


def at_any_size(told: dict[int, Told]) -> str:
    """The sentence where many sizes differ: at which there is any sampleable setting."""
    some = [size for size, found in told.items() if found.where]
    if not some:
        return "Sampleable from N(0, I) at no latent size: see the table for each."
    return (
        f"Sampleable from N(0, I) with {listing(some)} latents, at values that differ from "
        "size to size: see the table."
    )


def borderline(run: ProgramResults) -> list[Setting]:
    """The settings of which the rule would say otherwise within a 95 % interval."""
    return [s for s in on_axis(run) if sampleability.is_borderline(run, s)]
