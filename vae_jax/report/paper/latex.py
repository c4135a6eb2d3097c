"""Tables as LaTeX for `booktabs`, from the cells that the report's tables have."""

from collections.abc import Sequence

from vae_jax.report import pairs
from vae_jax.report.sentences.collapse import shown_verdict
from vae_jax.report.sentences.phrases import ranged
from vae_jax.report.tables.scorecard import gap_text, lines
from vae_jax.report.tables.tables import Column, columns_of, rates
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting, show
from vae_jax.scores import metric_key as keys

SPECIAL = {  # what LaTeX reads otherwise than as itself; no character occurs in two keys
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"$\sim$",
    "^": r"\textasciicircum{}",
    "<": r"$<$",
    ">": r"$>$",
    "|": r"$|$",
    "β": r"$\beta$",
    "±": r"$\pm$",
    "≤": r"$\leq$",
    "×": r"$\times$",
    "−": r"$-$",
    "–": "--",
    "‖": r"$\|$",
}
NOTHING = "--"
WIDE = 7  # columns; a table of more goes across the page, as small as that takes


def escape(text: str) -> str:
    """A text as LaTeX sets it; what no font of its own has becomes a question mark."""
    return "".join(SPECIAL.get(c, c if c.isascii() or c.isalpha() else "?") for c in text)


def booktabs(
    head: Sequence[str], body: Sequence[Sequence[str]], caption: str, label: str
) -> str:
    """A `table` of escaped cells, words at the left and numbers at the right.

    Needs `\\usepackage{booktabs,graphicx}`. A row of one cell is a heading of those below.
    """
    row = lambda cells: " & ".join(map(escape, cells)) + r" \\"
    over = lambda cell: rf"\multicolumn{{{len(head)}}}{{l}}{{\textit{{{escape(cell)}}}}} \\"
    rows = [over(cells[0]) if len(cells) == 1 else row(cells) for cells in body]
    columns = "l" + "r" * (len(head) - 1)
    wide = len(head) > WIDE
    table = "table*" if wide else "table"
    return "\n".join(
        [
            rf"\begin{{{table}}}[t]",
            r"  \centering\small",
            rf"  \caption{{{escape(caption)}}}",
            rf"  \label{{tab:{label}}}",
            *([r"  \resizebox{\textwidth}{!}{%"] if wide else []),
            rf"  \begin{{tabular}}{{{columns}}}",
            r"    \toprule",
            f"    {row(head)}",
            r"    \midrule",
            *(f"    {line}" for line in rows),
            r"    \bottomrule",
            rf"  \end{{tabular}}{'}' if wide else ''}",
            rf"\end{{{table}}}",
            "",
        ]
    )


def cell(run: ProgramResults, setting: Setting, column: Column) -> str:
    """A number over the seeds of a setting, mean ± standard error; a dash for none."""
    summary = run.summary(setting, column.key)
    return NOTHING if summary is None else show(summary, column.digits)


def settings_table(run: ProgramResults) -> str:
    """The table of every setting: means ± standard errors over seeds."""
    columns = [column for column in columns_of(run) if run.has(column.key)]
    head = ["model", "latents", *(column.heading for column in columns), "seeds"]
    body = [
        [
            run.name(setting),
            str(setting.latents),
            *(cell(run, setting, column) for column in columns),
            run.count(setting),
        ]
        for setting in run.settings
    ]
    caption = (
        "Means over seeds, with standard errors. D, R and the information are in nats per "
        f"image, of the test split; FD and coverage: {run.space_in_brief}. Run {run.id}."
    )
    return booktabs(head, body, caption, "settings")


def scorecard_table(run: ProgramResults) -> str | None:
    """Autoencoder against VAE at the largest size with both; None without."""
    if not pairs.sizes_with_both(run):
        return None
    pair = pairs.pair(run, pairs.choose_size(run, None))
    body: list[list[str]] = []
    for line in lines(run, *pair):
        if [line.group] not in body:
            body.append([line.group])
        scores = [NOTHING if s is None else ranged(s, line.digits) for s in line.scores]
        body.append([line.heading, *scores, gap_text(line)])
    head = ["", *map(run.name, pair), "difference"]
    caption = (
        f"Autoencoder and VAE with {pair[1].latents} latents: means over seeds with 95 % "
        f"intervals; FD and coverage: {run.space_in_brief}. Run {run.id}."
    )
    return booktabs(head, body, caption, "scorecard") if body else None


def collapse_table(run: ProgramResults) -> str | None:
    """Verdict, active units, information and rates of every VAE; None if not measured."""
    if not run.has(keys.COLLAPSED_UNITS):
        return None
    units, information = (
        Column("", keys.ACTIVE_UNITS, 1),
        Column("", keys.MUTUAL_INFORMATION),
    )
    body = [
        [
            run.name(setting),
            str(setting.latents),
            shown_verdict(run, setting) or NOTHING,
            cell(run, setting, units),
            cell(run, setting, information),
            rates(run, setting),
        ]
        for setting in run.settings
        if not setting.is_autoencoder
    ]
    head = ["model", "latents", "collapse", "active units", "information", "rates, sorted"]
    caption = (
        "Collapse, of the training images, nats: a dimension has collapsed if its rate is "
        f"at most 0.01 nat. Run {run.id}."
    )
    return booktabs(head, body, caption, "collapse") if body else None
