"""Which settings have collapsed: what every number of theirs has to be read with."""

from collections import Counter

from vae_jax.report.sentences.phrases import listing, plain, span
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting
from vae_jax.scores.collapse import COLLAPSED_RATE

SPLIT = "train"  # active units, too, are those of the training images


def measured(run: ProgramResults, setting: Setting) -> list[int]:
    """The members whose collapse has been judged."""
    key = lambda n: (n, SPLIT, "collapsed_units")
    return [
        n for n in run.settings[setting] if key(n) in run.values and key(n) in run.notes
    ]


def verdicts(run: ProgramResults, setting: Setting) -> list[str]:
    """`none`, `full` or `partial: dimensions ...` of every seed that has a posterior."""
    notes = [run.notes[n, SPLIT, "collapsed_units"] for n in measured(run, setting)]
    return [note.partition(";")[0] for note in notes]


def is_collapsed(run: ProgramResults, setting: Setting) -> bool:
    """Whether every seed is fully collapsed: no dimension with a rate above 0.01 nat.

    Where the dimensions are not measured, the rate or the mutual information tells.
    """
    found = verdicts(run, setting)
    if found:
        return set(found) == {"full"}
    told = [run.summary(setting, m, SPLIT) for m in ("mutual_information", "rate")]
    return any(t is not None and t.mean < COLLAPSED_RATE for t in told)


def shown_verdict(run: ProgramResults, setting: Setting) -> str:
    """`none`, `full`, `partial: 2 to 3 of 8 dimensions`; or, of seeds that differ, each."""
    found = verdicts(run, setting)
    if len(set(found)) == 1 and not found[0].startswith("partial"):
        return found[0]
    counts = Counter(verdict.partition(":")[0] for verdict in found)
    if not counts:
        return ""
    dead = span(
        [run.values[n, SPLIT, "collapsed_units"] for n in measured(run, setting)], 0
    )
    kinds = listing([f"{kind} in {n}" for kind, n in counts.items()])
    said = next(iter(counts)) if len(counts) == 1 else f"{kinds} of {len(found)} seeds"
    return f"{said}: {dead} of {setting.latents} dimensions"


def signs(run: ProgramResults, setting: Setting) -> str:
    """What shows a collapse: `mutual information 0.00 nats, 0.0 active units`."""
    found = {
        "mutual information": (run.summary(setting, "mutual_information", SPLIT), 2),
        "rate": (run.summary(setting, "rate", SPLIT), 2),
        "active units": (run.summary(setting, "active_units", SPLIT), 1),
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
    found = [v for (_, s, m), v in run.values.items() if (s, m) == (SPLIT, "log_n")]
    return found[0] if found else None
