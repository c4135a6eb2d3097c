"""Which of many null hypotheses may be rejected, with one bound on any false rejection.

Holm (1979), Scandinavian Journal of Statistics 6: 65-70. The p-values in ascending order
are compared with level / m, level / (m - 1), ...; the first that is above its bound, and
all after it, are not rejected. Whatever depends on what, the probability of one false
rejection or more is at most the level.
"""

from collections.abc import Sequence

LEVEL = 0.05


def rejected(p_values: Sequence[float], family: int) -> list[bool]:
    """Whether each hypothesis is rejected, one of a `family` of so many, at 5 % in all.

    Those of the family that are not given count as p = 1: which ones are given may
    depend on the data. ValueError where more are given than the family has.
    """
    if len(p_values) > family:
        raise ValueError(f"{len(p_values)} p-values of a family of {family}")
    verdicts = [False] * len(p_values)
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    for rank, i in enumerate(order):
        if p_values[i] > LEVEL / (family - rank):
            break
        verdicts[i] = True
    return verdicts
