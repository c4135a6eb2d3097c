"""Tables of a run: for the terminal, and for the page."""

import html

from vae_jax.report.load import Run
from vae_jax.summary import Setting, show

MAX_LINES = 40
COLUMNS = {  # metric -> (heading, digits)
    "distortion": ("distortion D", 2),
    "rate": ("rate R", 2),
    "neg_elbo": ("D + R", 2),
    "active_units": ("active units", 1),
    "off_manifold99": ("off manifold", 3),
    "coverage_raw": ("coverage", 3),
}


def terminal_table(run: Run) -> str:
    """Distortion and rate on the test split: a row per setting, a column per size."""
    sizes = run.sizes()
    names = list(dict.fromkeys(run.name(s) for s in run.settings))
    left_out = len(names) - MAX_LINES
    names = names[:MAX_LINES]
    cells = {(run.name(s), s.latents): cell(run, s) for s in run.settings}
    rows = [["test split, nats", *(f"{size} latents" for size in sizes)]]
    rows += [[name, *(cells.get((name, size), "") for size in sizes)] for name in names]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths))
        )
        for row in rows
    ]
    title = [run.title] if run.title else []
    more = [f"and {left_out} more; see summary.csv"] if left_out > 0 else []
    return "\n".join([*title, lines[0], "-" * len(lines[0]), *lines[1:], *more])


def cell(run: Run, setting: Setting) -> str:
    """`19.64 + 3.94`: distortion and rate, means over seeds; no rate, no sum."""
    distortion, rate = (run.summary(setting, m) for m in ("distortion", "rate"))
    if distortion is None:
        return "diverged" if run.count(setting).startswith("0") else "–"
    if rate is None:
        return f"{distortion.mean:.2f}"
    return f"{distortion.mean:.2f} + {rate.mean:.2f}"


def html_table(run: Run) -> str:
    """Every setting on the test split, mean ± standard error over seeds."""
    head = "".join(f"<th>{heading}</th>" for heading, _ in COLUMNS.values())
    body = []
    for setting in run.settings:
        cells = "".join(
            f"<td>{show(run.summary(setting, metric), digits)}</td>"
            for metric, (_, digits) in COLUMNS.items()
        )
        name = html.escape(run.name(setting))
        body.append(
            f"<tr><td>{setting.latents}</td><td>{name}</td>{cells}"
            f"<td>{run.count(setting)}</td></tr>"
        )
    return (
        f"<table><thead><tr><th>latents</th><th>model</th>{head}<th>seeds</th></tr>"
        f"</thead><tbody>{''.join(body)}</tbody></table>"
    )
