"""Everything of a run that a paper needs, written into one directory."""

import re
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files as resources
from pathlib import Path

from vae_jax.report.figures import gallery, style
from vae_jax.report.paper import latex, methods
from vae_jax.report.paper.latex import escape
from vae_jax.report.sentences.references import REFERENCES
from vae_jax.runs.results import ProgramResults
from vae_jax.storage import files

WIDTHS = {"1col": 3.25, "2col": 6.75}  # inches, of one and of two columns
TEXTS: dict[str, Callable[[ProgramResults], str | None]] = {  # None: nothing to say
    "settings.tex": latex.settings_table,
    "scorecard.tex": latex.scorecard_table,
    "collapse.tex": latex.collapse_table,
    "methods.tex": methods.in_latex,
    "methods.txt": methods.in_words,
}
OURS = "vae_jax"  # the key of the package itself


def write_paper(parts: Sequence[ProgramResults], directory: Path) -> list[Path]:
    """Writes figures as PDF, tables as LaTeX, the methods, `references.bib`; the files.

    Each figure is there for one column (`NAME_1col.pdf`, 3.25 inches) and for two (6.75),
    in letters of 7 and 8 points. Of several programs, names end in `_program_P`. What a run
    has nothing for is left out. The same run gives the same bytes.
    """
    written = []
    for number, run in enumerate(parts):
        suffix = f"_program_{number}" if len(parts) > 1 else ""
        for name, content in contents(run):
            stem, dot, kind = name.partition(".")
            written.append(directory / f"{stem}{suffix}{dot}{kind}")
            files.write_bytes(written[-1], content)
    written.append(directory / "references.bib")
    files.write_text(written[-1], bibliography(parts))
    return written


def contents(run: ProgramResults) -> Iterator[tuple[str, bytes]]:
    """The files of one program: names and contents."""
    for name in gallery.FIGURES:
        for columns, width in WIDTHS.items():
            with style.column(width):
                figure = gallery.draw(run, name)
                if figure is not None:
                    yield f"{name}_{columns}.pdf", style.render(figure, "pdf")
    for name, write in TEXTS.items():
        text = write(run)
        if text is not None:
            yield name, text.encode()


def bibliography(parts: Sequence[ProgramResults]) -> str:
    """The BibTeX entries of what these programs used, and of the package itself."""
    entries = all_entries()
    used = [r.key for r in REFERENCES if any(map(r.used, parts))]
    return "\n\n".join(entries[key] for key in (OURS, *used)) + "\n"


def all_entries() -> dict[str, str]:
    """Every entry of `references.bib` beside this file, by its key."""
    text = resources("vae_jax.report.paper").joinpath("references.bib").read_text("utf-8")
    entries = re.findall(r"^@\w+\{.*?^\}", text, re.MULTILINE | re.DOTALL)
    return {re.match(r"@\w+\{([^,]+),", entry)[1]: entry for entry in entries}


def of_run(run: ProgramResults, title: str) -> str:
    """The BibTeX entry that cites a run: its title, the year it was made, its id."""
    record = run.record
    named = title or f"Sampleability of latent spaces on {record['data']['name']}"
    made = f"made {record['made'][:10]}, " if record.get("made") else ""
    version = record.get("versions", {}).get("vae_jax", "")
    return "\n".join(
        [
            f"@misc{{vae_jax_{run.id},",
            f"  title = {{{escape(named)}}},",
            *([f"  year = {{{record['made'][:4]}}},"] if record.get("made") else []),
            f"  note = {{Run {run.id} of vae\\_jax {version}, {made}"
            f"by: {escape(record['command'])}}},",
            "}",
        ]
    )
