"""The two pages of a run: what it found, and its latent spaces to explore. No JAX."""

from collections.abc import Sequence
from pathlib import Path

from vae_jax import runs, seal, store
from vae_jax.explorer.page import explorer_page
from vae_jax.report.load import Run
from vae_jax.report.page import report_page

PAGES = {runs.REPORT: report_page, runs.EXPLORER: explorer_page}


def write_pages(workdir: Path, parts: Sequence[Run]) -> list[Path]:
    """Writes both, and says where they are."""
    for name, page in PAGES.items():
        store.write_text(workdir / name, page(parts))
    seal.renew(workdir, PAGES)
    return [workdir / name for name in PAGES]
