"""White: the stored value that is 1.0 to a model, and how it was decided. No JAX.

By the type of the array or by a setting, never by the largest value found: one hot pixel
would make all other images black, and 51 of 255 would be white.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from vae_jax.errors import UserError

MAX_LEVELS = 65_536
REAL_HINT = (
    ": set --config.dataset.scale to what is white, or to (black, white), or to real, "
    "which takes values as they are for a likelihood of real numbers (gaussian)"
)
BY_TYPE = {"bool": 2, "uint8": 256, "uint16": 65_536}


class White(NamedTuple):
    """How many levels pixels have, how that was decided, and what to tell the user."""

    levels: int  # white is levels - 1; 0 for floats, whose white is 1
    decided: str  # "by type: uint8"
    notes: tuple[str, ...] = ()  # a line each
    scale: tuple[float, float] = (0.0, 1.0)  # stored floats that are 0 and 1 to a model
    real: bool = False  # values are taken as they are, whatever they are

    def applied(self, values: np.ndarray) -> np.ndarray:
        """Values as a data set keeps them: floats scaled, whole levels as they are."""
        if self.levels:
            return values
        low, high = self.scale
        scaled = values if self.scale == (0.0, 1.0) else (values - low) / (high - low)
        return np.asarray(scaled, np.float32)


def decide(
    source: str, splits: Sequence[np.ndarray], levels: Any = None, scale: Any = None
) -> White:
    """White of arrays of pixels, all of one type; `source` is what errors call them.

    `levels` and `scale` are settings: how many whole levels there are; which values are 0
    and 1 to a model, a pair or the second alone, or "real" for values as they are. Without
    either: 2 levels where only 0 and 1 occur, else the type's. Pixels that do not fit, and
    a type that does not tell, are a `UserError`.
    """
    check_setting(levels)
    check_finite(source, splits)
    if scale is not None and scale != "":
        return by_scale(source, splits, levels, scale)
    low, high = min(x.min() for x in splits), max(x.max() for x in splits)
    if splits[0].dtype.kind == "f" and not (levels and all(map(is_whole, splits))):
        return of_floats(source, float(low), float(high), levels, splits)
    low, high = int(low), int(high)
    if low < 0 or high >= MAX_LEVELS:
        raise UserError(
            f"{source}: integers from {low} to {high}; "
            f"expected 0 to {MAX_LEVELS - 1} at most"
        )
    if levels:
        if high >= levels:
            raise UserError(
                f"config.dataset.levels: {levels} is too few: the largest value of "
                f"{source} is {high}"
            )
        return White(levels, "by setting")
    if high <= 1 and splits[0].dtype.kind != "b":
        return White(2, "only 0 and 1 occur")
    return of_type(source, splits[0].dtype.name, high)


def by_scale(source: str, splits: Sequence[np.ndarray], levels: Any, scale: Any) -> White:
    """White of values whose ends the setting `scale` names; "real" takes them as they are.

    Whole numbers from 0 to a whole end are levels. What does not fit is a `UserError`.
    """
    if levels:
        raise UserError("config.dataset: levels and scale say the same; give one of them")
    if scale == "real":
        return White(0, "real values, by setting", real=True)
    ends = (0.0, scale) if is_number(scale) else scale
    if not (
        isinstance(ends, tuple | list) and len(ends) == 2 and all(map(is_number, ends))
    ):
        raise UserError(
            f"config.dataset.scale: {scale!r} is neither a number, nor two, nor 'real'"
        )
    low, high = float(ends[0]), float(ends[1])
    if not low < high < float("inf"):
        raise UserError(f"config.dataset.scale: {scale!r}: the ends are not ascending")
    least, most = (float(f([f(x) for x in splits])) for f in (np.min, np.max))
    if least < low or most > high:
        raise UserError(
            f"config.dataset.scale: {source} has values from {least:z.6g} to {most:z.6g}, "
            f"beyond {low:z.6g} to {high:z.6g}"
        )
    fits = low == 0.0 and high == int(high) < MAX_LEVELS
    if fits and all(map(is_whole, splits)):
        return White(int(high) + 1, "by setting")
    return White(0, f"by setting: from {low:zg} to {high:zg}", scale=(low, high))


def is_number(value: Any) -> bool:
    """Whether a setting is a finite number."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)


def check_setting(levels: object) -> None:
    """Raises a `UserError` unless `levels` is None or a whole number, 2 to 65,536."""
    whole = isinstance(levels, int) and not isinstance(levels, bool)
    if levels is not None and not (whole and 2 <= levels <= MAX_LEVELS):
        raise UserError(
            f"config.dataset.levels: {levels!r} is not a whole number, 2 to {MAX_LEVELS}"
        )


def check_finite(source: str, splits: Sequence[np.ndarray]) -> None:
    """Raises a `UserError` on pixels that are NaN or infinite: how many, where the first.

    A place is the image and the pixel in it, all counted from 0 as NumPy does.
    """
    faults = []
    for name, is_one in (("NaN", np.isnan), ("infinite", np.isinf)):
        count, first = 0, ""
        for x in splits:
            found = is_one(x) if x.dtype.kind == "f" else np.zeros(0, bool)
            if not count and found.any():
                at = [int(i) for i in np.unravel_index(found.argmax(), x.shape)]
                first = f"image {at[0]}, pixel {at[1] if len(at) == 2 else at[1:]}"
            count += int(np.count_nonzero(found))
        if count:
            are = "is" if count == 1 else "are"
            faults.append(f"{count:,} {are} {name} (the first: {first})")
    if faults:
        total = sum(x.size for x in splits)
        raise UserError(
            f"{source}: of {total:,} values {' and '.join(faults)}; expected numbers only, "
            "so leave these images out or fill the values in"
        )


def of_type(source: str, dtype: str, high: int) -> White:
    """White of whole numbers up to `high`, by the name of their type.

    A type that does not say what white is is a `UserError`.
    """
    if dtype not in BY_TYPE:
        raise UserError(
            f"{source}: the type {dtype} does not say what white is, and the largest value "
            f"is {high}: set {likely(high)}"
        )
    levels = BY_TYPE[dtype]
    note = (
        f"{source}: the largest value is {high} of {levels - 1}: if {high} is white, set "
        f"--config.dataset.levels={high + 1}"
    )
    return White(levels, f"by type: {dtype}", (note,) * (0 < 2 * high < levels - 1))


def likely(high: int) -> str:
    """The settings to choose from for whole numbers up to `high`, as one gives them."""
    counts = sorted({high + 1, 256 if high < 256 else MAX_LEVELS})
    return " or ".join(f"--config.dataset.levels={n} (white is {n - 1})" for n in counts)


def of_floats(
    source: str, low: float, high: float, levels: Any, splits: Sequence[np.ndarray]
) -> White:
    """White of floats, which is 1; a `UserError` where they are not in [0, 1].

    Nor may they have `levels`, which are of whole numbers.
    """
    if levels:
        raise UserError(
            f"config.dataset.levels: {source}: pixels are floats that are not whole"
        )
    if not (low >= 0 and high <= 1):
        hint = ""
        if low >= 0 and high < MAX_LEVELS and all(map(is_whole, splits)):
            hint = f"; these are whole numbers: set {likely(int(high))}"
        raise UserError(
            f"{source}: floats from {low} to {high}; expected 0 to 1{hint or REAL_HINT}"
        )
    note = f"{source}: the largest value is {high:z.3g} of 1: if it is white, divide by it"
    return White(0, "floats in [0, 1]", (note,) * (0 < high < 0.5))


def is_whole(pixels: np.ndarray) -> bool:
    """Whether all of some floats are whole numbers."""
    return bool(np.all(pixels == np.round(pixels)))
