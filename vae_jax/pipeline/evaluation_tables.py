"""The tables of an evaluation, and what not to trust of its numbers."""

from collections.abc import Sequence

from vae_jax.pipeline.job import Job
from vae_jax.runs import directory, tables
from vae_jax.runs.measurements import Measurements, name_of
from vae_jax.runs.tables import Row
from vae_jax.scores.estimate import no_value
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import EVERYTHING, MetricKey, is_bits
from vae_jax.studies.member import Member

NAMED = 3  # members that a warning names before it counts the others


def write_tables(
    measured: Measurements, members: Sequence[Member], jobs: Sequence[Job]
) -> None:
    """Writes `results.csv` and its like: every line there is, member by member.

    Metrics come in the order of the config, those that were added later behind them.
    """
    names = [name_of(s) for job in jobs for s in job.settings.metrics]
    rank = {name: i for i, name in enumerate(dict.fromkeys(names))}
    order = lambda line: (line.member, rank.get(line.metric, len(rank)), line.metric)
    rows = [
        Row(line.member, split, key, *estimate)
        for line in sorted(measured.lines.values(), key=order)
        for (split, key), estimate in line.found.items()
    ]
    evaluated = {row.member for row in rows}
    reason = no_value(Flag.NOT_EVALUATED, "not evaluated")
    rows += [
        Row(number, "", EVERYTHING, *reason)
        for number in range(len(members))
        if number not in evaluated
    ]
    rows.sort(key=lambda row: row.member)
    tables.write_results(measured.workdir, members, rows)


def warnings(measured: Measurements, members: Sequence[Member]) -> list[str]:
    """A line for each number that is not to be trusted, with the members it is of."""
    untrusted: dict[MetricKey, list[int]] = {}
    for line in measured.lines.values():
        for (_, key), estimate in line.found.items():
            doubted = estimate.value is not None and Flag.UNTRUSTED in estimate.flags
            if doubted and not is_bits(key):
                untrusted.setdefault(key, []).append(line.member)
    return [warning(key, sorted(numbers), members) for key, numbers in untrusted.items()]


def warning(key: MetricKey, numbers: Sequence[int], members: Sequence[Member]) -> str:
    """The warning about one number of some members, of whom the first few are named."""
    first = "; ".join(described(number, members[number]) for number in numbers[:NAMED])
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return (
        f"warning: {key} is a bound and not to be trusted as the value of {first}{more} "
        f"(the notes in {directory.RESULTS} say which)"
    )


def described(number: int, member: Member) -> str:
    """A member in words, by its number, beta, latents and seed."""
    return (
        f"member {number} (beta {member.beta:zg}, {member.latents} latents, seed "
        f"{member.seed})"
    )
