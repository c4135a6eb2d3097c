"""The table of the law of Ghosh et al. (2020): a row for each latent size."""

import html

from vae_jax.report.sentences.law import Finding, findings
from vae_jax.report.sentences.phrases import ranged
from vae_jax.runs.results import ProgramResults

HEAD = ("latents", "VAE", "from N(0, I)", "with the mixture", "the law")


def law_table(run: ProgramResults) -> str | None:
    """The two differences of FD and what they say, as an HTML table; None without any."""
    rows = "".join(map(row, findings(run)))
    head = "".join(f"<th>{name}</th>" for name in HEAD)
    return (
        f'<table class="law"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        if rows
        else None
    )


def row(finding: Finding) -> str:
    """The row of a size."""
    gaps = "".join(f"<td>{ranged(gap)}</td>" for gap in finding.gaps)
    return (
        f"<tr><td>{finding.latents}</td><td>{html.escape(finding.vae)}</td>{gaps}"
        f"<td>{html.escape(finding.verdict)}</td></tr>"
    )
