"""The two pages of a run: what it found, and its latent spaces to explore. No JAX."""

import math
from collections.abc import Sequence
from pathlib import Path

from vae_jax.explorer.page import explorer_page
from vae_jax.report.page import report_page
from vae_jax.runs import directory, integrity
from vae_jax.runs.results import ProgramResults
from vae_jax.storage import files, seals


def write_pages(
    workdir: Path, parts: Sequence[ProgramResults], seeds: int | None = None
) -> list[Path]:
    """Writes the report and the explorer of a run; returns their paths.

    The explorer has the first seed of as many settings as 3 MB hold; or `seeds` of each
    setting, whatever its size.
    """
    files.write_text(workdir / directory.REPORT, report_page(parts))
    limits = {} if seeds is None else {"budget": math.inf, "seeds": seeds}
    files.write_text(workdir / directory.EXPLORER, explorer_page(parts, **limits))
    seals.renew(workdir, integrity.PAGES)
    return [workdir / name for name in integrity.PAGES]
