"""What has to be known to read a run's numbers: only what applies to it."""

from vae_jax.models.support import named_instead
from vae_jax.report.sentences.collapse import ceiling
from vae_jax.report.sentences.left_out import left_out
from vae_jax.report.sentences.phrases import counted, listing, plain, span
from vae_jax.runs.feature_space import JUDGED
from vae_jax.runs.results import ProgramResults, shown_split
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import DENSITY, FD, FD_UNBIASED, MUTUAL_INFORMATION

CONCENTRATED = 1.1  # a density above it


def caveats(run: ProgramResults) -> list[str]:
    """Sentences on what to know when reading the numbers of a run: all that apply to it."""
    candidates = (
        no_likelihood,
        saturated,
        poor_bounds,
        feature_space,
        frechet_bias,
        over_concentrated,
        intervals,
    )
    said = [line for caveat in candidates if (line := caveat(run))]
    return [*said, *left_out(run)]


def no_likelihood(run: ProgramResults) -> str | None:
    """A sentence where the distortion is no likelihood, and what is named otherwise."""
    why = run.not_a_likelihood
    if not why:
        return None
    instead = named_instead(run.baselines["likelihood"]["support"])
    return (
        f"Distortion is no likelihood here: {why}. D + R is no bound on log p(x), and what "
        f"an estimator of log p(x) makes of it is named {instead}_*, never nll_* or "
        "bits_per_dim_*."
    )


def saturated(run: ProgramResults) -> str | None:
    """A sentence where the mutual information has reached its ceiling, log N."""
    log_n = ceiling(run)
    split_and_key = (shown_split(MUTUAL_INFORMATION), MUTUAL_INFORMATION)
    flagged = [
        run.flags.get((member, *split_and_key), ()) for member in range(len(run.members))
    ]
    count = sum(Flag.SATURATED in flags for flags in flagged)
    if not count or log_n is None:
        return None
    return (
        f"Mutual information cannot exceed log N = {log_n:z.2f} nats. In "
        f"{counted(count, 'member')} it is saturated there: it is a lower bound on what "
        "the codes hold, and the aggregate KL measures memorised images."
    )


def poor_bounds(run: ProgramResults) -> str | None:
    """A sentence where effective sample sizes are too small for a bound to be trusted."""
    untrusted = {
        (member, str(key))
        for (member, split, key), flags in run.flags.items()
        if Flag.UNTRUSTED in flags and (member, split, key) in run.values
    }
    if not untrusted:
        return None
    names = listing(sorted({name for _, name in untrusted}))
    return (
        f"{names}: a bound, not to be trusted as the value, for "
        f"{counted(len({member for member, _ in untrusted}), 'member')} whose "
        "effective sample size is below 10 for more than 5 % of the images."
    )


def feature_space(run: ProgramResults) -> str | None:
    """A sentence on what scores of generated images depend on; None without any."""
    if not run.judges_samples:
        return None
    text = f"{JUDGED} depend on the features, here {run.space_in_brief}: "
    classifier = run.baselines["classifier"]
    if classifier is None or not classifier["used"]:
        return f"{text}blur costs little in them."
    return (
        f"{text}what the classifier does not see they do not see, and they are comparable "
        f"only under the same one ({classifier['sha256'][:12]})."
    )


def frechet_bias(run: ProgramResults) -> str | None:
    """Sentences on FD, which depends on how many images there are; None without FD."""
    fd, unbiased = FD.within(run.space), FD_UNBIASED.within(run.space)
    if not any(key.by("") in (fd, unbiased) for key in run.measured()):
        return None
    text = "FD is biased upwards by the number of images and compared only at equal numbers"
    real = run.baselines.get("real")
    text += f", here {real} real ones. " if real else ". "
    floors = [run.reference("training images", key) for key in (fd, unbiased)]
    if None not in floors:
        text += (
            f"Its floor is what the data's own training images score, {plain(floors[0])}; "
            f"without the leading bias ({unbiased}) {plain(floors[1])}. "
        )
    return text + (
        "The best fitted sampler is the best of several on the images that judge it, which "
        "flatters it a little."
    )


def over_concentrated(run: ProgramResults) -> str | None:
    """A sentence where a density score is above 1.1: samples crowd a few images."""
    density = DENSITY.within(run.space).by("prior")
    summaries = {setting: run.summary(setting, density) for setting in run.settings}
    above = [
        summary.mean
        for summary in summaries.values()
        if summary and summary.mean > CONCENTRATED
    ]
    if not above:
        return None
    return (
        f"Density is above {CONCENTRATED:zg} in {counted(len(above), 'setting')} "
        f"({span(above)}): their samples crowd where real images are densest, which is "
        "over-concentration, not quality."
    )


def intervals(run: ProgramResults) -> str | None:
    """A sentence on what the intervals are of."""
    if all(len(numbers) == 1 for numbers in run.settings.values()):
        return (
            "One seed per setting: nothing here tells what another seed would show, and an "
            "interval holds the noise of the real images alone."
        )
    return (
        "Intervals are of 95 %, Student's t over seeds; those of FD, precision, recall, "
        "density and coverage hold the noise of the real images too, from paired halves of "
        "them. Of shares they may pass 0 or 1."
    )
