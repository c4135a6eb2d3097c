"""Tables as lists of dictionaries, which pandas takes as they are. No JAX."""

import html
from collections.abc import Callable
from typing import Any

from vae_jax.errors import UserError

SHOWN = 12  # rows that a notebook shows
DIGITS = 4  # of a number that it shows


class Records(list):
    """Rows of a table: a list of dictionaries of the same names; None is an empty cell.

    `pandas.DataFrame(records)` takes them as they are.
    """

    def where(self, **values: Any) -> "Records":
        """The rows that have these values: `run.results.where(metric="rate", member=3)`.

        A name that no row has is a `UserError`.
        """
        for name in values:
            if self and name not in self[0]:
                raise UserError(f"no column {name!r}; there are: {', '.join(self[0])}")
        return self.filter(lambda row: all(row[n] == v for n, v in values.items()))

    def filter(self, condition: Callable[[dict[str, Any]], bool]) -> "Records":
        """The rows for which a condition holds."""
        return Records(row for row in self if condition(row))

    def to_pandas(self) -> Any:
        """The rows as a `pandas.DataFrame`; a `UserError` where pandas is not installed."""
        try:
            import pandas
        except ImportError:
            raise UserError(
                "to_pandas: pandas is not installed: pip install pandas"
            ) from None
        return pandas.DataFrame(self)

    def _repr_html_(self) -> str:
        return html_table(self[:SHOWN], len(self) - SHOWN)


def html_table(rows: list[dict[str, Any]], more: int = 0) -> str:
    """Rows as a small HTML table, and how many more there are; everything is escaped."""
    if not rows:
        return "<p>no rows</p>"
    cells = lambda values, tag: "".join(f"<{tag}>{shown(v)}</{tag}>" for v in values)
    body = "".join(f"<tr>{cells(row.values(), 'td')}</tr>" for row in rows)
    below = f"<p>and {more:,} more rows</p>" if more > 0 else ""
    return f"<table><thead><tr>{cells(rows[0], 'th')}</tr></thead>{body}</table>{below}"


def shown(value: Any) -> str:
    """A cell's value as HTML: a float with four digits, nothing for None."""
    if value is None:
        return ""
    return html.escape(f"{value:z.{DIGITS}g}" if isinstance(value, float) else str(value))
