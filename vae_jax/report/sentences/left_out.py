"""Which scores a run is without, and why: a sentence for each reason."""

from vae_jax.report.sentences.phrases import listing
from vae_jax.runs import directory
from vae_jax.runs.results import ProgramResults
from vae_jax.scores.flag import Flag

REASONS = (Flag.UNSUITED, Flag.TOO_COSTLY, Flag.TOO_FEW)  # that the images give
MOST = 4  # reasons of one kind, and names in a row


def left_out(run: ProgramResults) -> list[str]:
    """A sentence for each reason why scores have no number: which, and the reason."""
    sentences = []
    for flag in REASONS:
        names: dict[str, dict[str, None]] = {}
        for place, flags in run.flags.items():
            if flag in flags and place not in run.values:
                names.setdefault(run.notes.get(place, ""), {})[place[2].metric] = None
        for note, metrics in list(names.items())[:MOST]:
            sentences.append(f"No number for {some(list(metrics))}: {note}.")
    return sentences


def failures(run: ProgramResults) -> str:
    """What could not be measured of some members, for an exception; empty if nothing."""
    failed = [key for (_, _, key), flags in run.flags.items() if Flag.FAILED in flags]
    if not failed:
        return ""
    names = some(list(dict.fromkeys(key.metric for key in failed)))
    return f"Could not be measured ({directory.FAILURES} has the tracebacks): {names} of"


def some(names: list[str]) -> str:
    """Names in a row, the first few of many: `a, b and 3 more`."""
    more = [f"{len(names) - MOST} more"] if len(names) > MOST else []
    return listing([*names[:MOST], *more])


def members_left_out(run: ProgramResults) -> list[str]:
    """Sentences on members that are left out, or whose numbers are not final."""
    numbered = lambda numbers: f"members {', '.join(map(str, numbers))}"
    diverged = run.diverged()
    sentences = [f"Diverged, and left out of every number: {numbered(diverged)}."] * bool(
        diverged
    )
    failed = failures(run)
    if failed:
        sentences.append(f"{failed} {numbered(run.failed())}.")
    for note, numbers in run.unfinished().items():
        sentences.append(f"{note[0].upper()}{note[1:]}: {numbered(numbers)}.")
    return sentences
