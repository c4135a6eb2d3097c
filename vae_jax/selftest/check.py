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
        """ours - exact."""
        return self.ours - self.exact

    @property
    def holds(self) -> bool:
        """Whether it is right; what is not a number is not."""
        return bool(abs(self.error) <= self.tolerance)
