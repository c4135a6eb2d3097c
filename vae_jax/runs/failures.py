"""`failures.log`: the tracebacks of what could not be measured, for whoever mends it."""

from collections.abc import Sequence
from pathlib import Path

from vae_jax.errors import UserError
from vae_jax.runs import directory


def append(workdir: Path, what: str, tracebacks: Sequence[str]) -> None:
    """Adds tracebacks to a run's `failures.log`, each under a line that says of what.

    A log that cannot be written is a `UserError`.
    """
    file = workdir / directory.FAILURES
    try:
        with file.open("a", encoding="utf-8") as stream:
            stream.writelines(f"{what}\n{text.rstrip()}\n\n" for text in tracebacks)
    except OSError as error:
        raise UserError(f"{file}: cannot be written ({error.strerror})") from None
