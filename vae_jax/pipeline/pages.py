"""The two pages of a run: what it found, and its latent spaces to explore. No JAX."""

from collections.abc import Sequence
from pathlib import Path

from vae_jax.explorer.page import explorer_page
from vae_jax.report.page import report_page
from vae_jax.runs import directory
from vae_jax.runs.results import ProgramResults
from vae_jax.storage import files, seals

PAGES = {directory.REPORT: report_page, directory.EXPLORER: explorer_page}


def write_pages(workdir: Path, parts: Sequence[ProgramResults]) -> list[Path]:
    """Writes the report and the explorer of a run; returns their paths."""
    for name, page in PAGES.items():
        files.write_text(workdir / name, page(parts))
    seals.renew(workdir, PAGES)
    return [workdir / name for name in PAGES]
