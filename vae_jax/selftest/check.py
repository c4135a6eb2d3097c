"""One line of the self-test. No JAX."""

from typing import NamedTuple


class Check(NamedTuple):
    """A quantity whose true value is known, and what is computed here."""

    quantity: str
    exact: float
    ours: float
    tolerance: float  # of the difference

    @property
    def error(self) -> float:
        """How far this machine is off: ours - exact."""
        return self.ours - self.exact

    @property
    def holds(self) -> bool:
        """Whether the error is within the tolerance; never where it is NaN."""
        return bool(abs(self.error) <= self.tolerance)
