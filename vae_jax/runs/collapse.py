"""Which settings of a run have collapsed, from the rates of their members. No JAX."""

from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting
from vae_jax.scores.collapse import COLLAPSED_RATE, Verdict, verdict
from vae_jax.scores.metric_key import MUTUAL_INFORMATION, RATE


def verdicts(run: ProgramResults, setting: Setting) -> list[Verdict]:
    """The verdict on each seed of a setting, from the rates of its training images.

    Seeds without the rates of their dimensions have none.
    """
    rates = [run.rates(member) for member in run.settings[setting]]
    return [verdict(seed_rates) for seed_rates in rates if seed_rates is not None]


def is_collapsed(run: ProgramResults, setting: Setting) -> bool:
    """Whether every seed is fully collapsed: no dimension with a rate above 0.01 nat.

    Where the dimensions are not measured, the rate or the mutual information tells.
    """
    seeds = verdicts(run, setting)
    if seeds:
        return {seed.kind for seed in seeds} == {"full"}
    summaries = [run.summary(setting, key, "train") for key in (MUTUAL_INFORMATION, RATE)]
    return any(
        summary is not None and summary.mean < COLLAPSED_RATE for summary in summaries
    )
