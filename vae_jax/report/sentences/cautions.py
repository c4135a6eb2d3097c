"""What a reader of the first sentence has to know at once, in a line each."""

from vae_jax.report.sentences.axis import swept_axis
from vae_jax.report.sentences.phrases import counted, listing
from vae_jax.report.sentences.verdict import borderline, on_axis
from vae_jax.runs.results import ProgramResults

MOST = 6  # settings named one by one


def cautions(run: ProgramResults) -> list[str]:
    """The caveats of the first sentence: what is borderline, what stands behind it."""
    candidates = (near_the_limits, off_the_axis, one_seed, features, no_likelihood)
    found = (candidate(run) for candidate in candidates)
    return [line for line in found if line]


def off_the_axis(run: ProgramResults) -> str:
    """How many settings the first sentence does not speak of; empty where of all."""
    count = len(run.settings) - len(on_axis(run))
    if not count:
        return ""
    said = swept_axis(run).said
    return (
        f"The sentence is on settings that differ in {said} and latents alone; "
        f"{counted(count, 'setting')} with other values are in the table of every setting."
    )


def near_the_limits(run: ProgramResults) -> str:
    """Which settings the rule could judge otherwise; empty without any."""
    near = borderline(run)
    if not near:
        return ""
    sizes: dict[str, list[int]] = {}
    for setting in near:
        sizes.setdefault(run.name(setting), []).append(setting.latents)
    named = [f"{name} with {listing(at)} latents" for name, at in sizes.items()]
    which = listing(named[:MOST]) + f" and {len(named) - MOST} more" * (len(named) > MOST)
    return f"Borderline, within their 95 % intervals: {which}."


def one_seed(run: ProgramResults) -> str:
    """That no second seed stands behind the numbers; empty where one does."""
    if any(len(numbers) > 1 for numbers in run.settings.values()):
        return ""
    return "One seed of each setting: another seed may give another answer."


def features(run: ProgramResults) -> str:
    """In which features samples are judged; empty where they are not."""
    if not run.judges_samples:
        return ""
    real = run.baselines.get("real")
    of_real = f", on {counted(real, 'real image')}" if real else ""
    return (
        f"FD and coverage are judged in {run.space_in_words}{of_real}: they compare "
        "settings of this run, not of other data."
    )


def no_likelihood(run: ProgramResults) -> str:
    """That the distortion is no likelihood; empty where it is one."""
    why = run.not_a_likelihood
    return f"The distortion is no likelihood: {why}." if why else ""
