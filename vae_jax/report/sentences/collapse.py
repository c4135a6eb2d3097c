"""Which settings have collapsed: what every number of theirs has to be read with."""

from collections import Counter

from vae_jax.report.sentences.phrases import listing, plain, span
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting
from vae_jax.scores.collapse import COLLAPSED_RATE, Verdict, verdict
from vae_jax.scores.metric_key import ACTIVE_UNITS, LOG_N, MUTUAL_INFORMATION, RATE


def verdicts(run: ProgramResults, setting: Setting) -> list[Verdict]:
    """Of every seed that has the rates of its dimensions, on the training images."""
    rates = [run.rates(member) for member in run.settings[setting]]
    return [verdict(own) for own in rates if own is not None]


def is_collapsed(run: ProgramResults, setting: Setting) -> bool:
    """Whether every seed is fully collapsed: no dimension with a rate above 0.01 nat.

    Where the dimensions are not measured, the rate or the mutual information tells.
    """
    found = verdicts(run, setting)
    if found:
        return {seed.kind for seed in found} == {"full"}
    told = [run.summary(setting, key, "train") for key in (MUTUAL_INFORMATION, RATE)]
    return any(t is not None and t.mean < COLLAPSED_RATE for t in told)


def shown_verdict(run: ProgramResults, setting: Setting) -> str:
    """`none`, `full`, `partial: 2 to 3 of 8 dimensions`; or, of seeds that differ, each."""
    found = verdicts(run, setting)
    counts = Counter(seed.kind for seed in found)
    if not counts:
        return ""
    if len(counts) == 1 and "partial" not in counts:
        return found[0].kind
    dead = span([float(len(seed.dimensions)) for seed in found], 0)
    kinds = listing([f"{kind} in {n}" for kind, n in counts.items()])
    said = next(iter(counts)) if len(counts) == 1 else f"{kinds} of {len(found)} seeds"
    return f"{said}: {dead} of {setting.latents} dimensions"


def signs(run: ProgramResults, setting: Setting) -> str:
    """What shows a collapse: `mutual information 0.00 nats, 0.0 active units`."""
    found = {
        "mutual information": (run.summary(setting, MUTUAL_INFORMATION), 2),
        "rate": (run.summary(setting, RATE, "train"), 2),
        "active units": (run.summary(setting, ACTIVE_UNITS), 1),
    }
    if found["mutual information"][0] is not None:
        del found["rate"]
    said = [
        f"{plain(value.mean, digits)} {name}"
        if name == "active units"
        else f"{name} {plain(value.mean, digits)} nats"
        for name, (value, digits) in found.items()
        if value is not None
    ]
    return ", ".join(said)


def ceiling(run: ProgramResults) -> float | None:
    """log N, above which no mutual information with the training images can be."""
    found = (run.value(member, LOG_N) for member in range(len(run.members)))
    return next((top for top in found if top is not None), None)
