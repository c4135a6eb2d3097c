"""Which settings have collapsed: what every number of theirs has to be read with."""

from collections import Counter

from vae_jax.report.sentences.phrases import listing, plain, span
from vae_jax.runs.collapse import verdicts
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting
from vae_jax.scores.metric_key import ACTIVE_UNITS, LOG_N, MUTUAL_INFORMATION, RATE


def shown_verdict(run: ProgramResults, setting: Setting) -> str:
    """The verdict on a setting: `none`, `full`, `partial: 2 to 3 of 8 dimensions`.

    Of seeds that differ, each verdict with its count; empty where none is measured.
    """
    seeds = verdicts(run, setting)
    counts = Counter(seed.kind for seed in seeds)
    if not counts:
        return ""
    if len(counts) == 1 and "partial" not in counts:
        return seeds[0].kind
    collapsed = span([float(len(seed.dimensions)) for seed in seeds], 0)
    kinds = listing([f"{kind} in {count}" for kind, count in counts.items()])
    head = next(iter(counts)) if len(counts) == 1 else f"{kinds} of {len(seeds)} seeds"
    return f"{head}: {collapsed} of {setting.latents} dimensions"


def collapse_in_words(run: ProgramResults) -> str:
    """Which settings have collapsed, fully or in part; empty where none is measured."""
    found: dict[str, dict[str, list[int]]] = {"full": {}, "partial": {}}
    measured = False
    for setting in run.settings:
        kinds = {seed.kind for seed in verdicts(run, setting)}
        measured |= bool(kinds)
        kind = "full" if kinds == {"full"} else "partial" if kinds - {"none"} else ""
        if kind:
            found[kind].setdefault(run.name(setting), []).append(setting.latents)
    if not measured:
        return ""
    said = [
        f"{how}: " + "; ".join(f"{n} ({listing(at)} latents)" for n, at in names.items())
        for how, names in zip(("Fully collapsed", "In part"), found.values())
        if names
    ]
    return f"{'. '.join(said)}." if said else "No dimension has collapsed."


def signs(run: ProgramResults, setting: Setting) -> str:
    """What shows a collapse: `mutual information 0.00 nats, 0.0 active units`."""
    evidence = {
        "mutual information": (run.summary(setting, MUTUAL_INFORMATION), 2),
        "rate": (run.summary(setting, RATE, "train"), 2),
        "active units": (run.summary(setting, ACTIVE_UNITS), 1),
    }
    if evidence["mutual information"][0] is not None:
        del evidence["rate"]
    phrases = [
        f"{plain(value.mean, digits)} {name}"
        if name == "active units"
        else f"{name} {plain(value.mean, digits)} nats"
        for name, (value, digits) in evidence.items()
        if value is not None
    ]
    return ", ".join(phrases)


def ceiling(run: ProgramResults) -> float | None:
    """log N, nats, above which no mutual information with the training images can be.

    None where it is not measured.
    """
    ceilings = (run.value(member, LOG_N) for member in range(len(run.members)))
    return next((log_n for log_n in ceilings if log_n is not None), None)
