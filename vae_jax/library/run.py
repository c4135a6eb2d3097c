"""A run in Python: its tables, its members, its figures; opened without its data."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from vae_jax.console.screen import say
from vae_jax.errors import UserError
from vae_jax.library import choose, html
from vae_jax.library.records import Records
from vae_jax.library.vae import VAE
from vae_jax.pipeline import restore, share
from vae_jax.pipeline.pages import write_pages
from vae_jax.report.figures import gallery, style
from vae_jax.report.paper import kit
from vae_jax.runs import directory, members, status, tables
from vae_jax.runs.load_results import load
from vae_jax.runs.results import ProgramResults
from vae_jax.studies.metric_settings import read_metrics, read_names


class Run:
    """A run directory: what was trained, what was measured, and the trained members.

        run = vae_jax.open("runs/mine")
        run.members, run.results, run.summary      # rows; .to_pandas()
        vae = run.member(beta=1.0, latents=8, seed=0)
        run.figure("sampleability")

    Tables are read when they are first asked for, and stay as they were then. Nothing here
    needs the data that the run was trained on, but where it is said.

    Attributes:
        workdir: the directory.
        record: what the run says of itself: config, data, code, versions, platform.
    """

    def __init__(self, workdir: str | Path, data: str | None = None) -> None:
        """A directory that holds no run is a `vae_jax.UserError`."""
        self.workdir, self.data = Path(workdir).expanduser(), data
        directory.require(self.workdir)
        self.record = directory.read_record(self.workdir)
        self.states: restore.Blocks = {}

    @property
    def id(self) -> str:
        """The short name of the result, which stands in every figure and table."""
        return str(self.record["id"])

    @cached_property
    def rows(self) -> list[members.MemberRow]:
        """The rows of `members.csv`, as the package uses them."""
        return members.read_members(self.workdir)

    @cached_property
    def members(self) -> Records:
        """A row for each member: number, program, status, and every value of its own."""
        return Records(
            {
                "member": number,
                "program": row.program,
                "status": row.status,
                **row.member.numbers,
                **dict(row.member.static),
            }
            for number, row in enumerate(self.rows)
        )

    @cached_property
    def results(self) -> Records:
        """A row for each number of each member: `results.csv`, None for an empty cell."""
        rows = tables.read_results(self.workdir, len(self.rows))
        return Records(dict(zip(tables.RESULT_HEADER[1:], row.cells)) for row in rows)

    @cached_property
    def summary(self) -> Records:
        """A row for each number of each setting, over its seeds: `summary.csv`.

        Mean, standard error, and the 95 % interval from `low` to `high`.
        """
        return Records(tables.read_summary(self.workdir))

    @cached_property
    def programs(self) -> list[ProgramResults]:
        """The results of each compiled program, as figures and pages read them."""
        return load(self.workdir)

    @cached_property
    def jobs(self) -> list[Any]:
        """The programs of the run with their models, without data; JAX is started."""
        from vae_jax.pipeline.reopen import reopen_without_data

        return reopen_without_data(self.workdir)

    def member(self, number: int | None = None, /, **values: Any) -> VAE:
        """The trained member of a number, or the one with these values.

            run.member(7);  run.member(beta=1.0, latents=8, seed=0)

        Names with a dot are given as `**{"network.hidden": (64,)}`. Where no member has the
        values, or several have, a `vae_jax.UserError` says which there are.
        """
        if number is None:
            number = choose.number_of(self.rows, values)
        elif values:
            raise UserError("member: give its number or its values, not both")
        self.check_weights("member")
        trained = restore.find(self.workdir, self.jobs, number, self.states)
        results = Records()
        if (self.workdir / directory.RESULTS).exists():
            results = self.results.where(member=number)
        return VAE(self.workdir, trained, results, self.data)

    @style.styled()
    def figure(self, name: str, program: int = 0) -> Figure:
        """A figure of the report, by its name: `sampleability`, `rate_distortion`, ...

        Of a run with several programs, that of one. An unknown name, and a figure for
        which there is nothing to draw, are a `vae_jax.UserError`.
        """
        if name not in gallery.FIGURES:
            raise UserError(f"figure: {name!r}; there are: {', '.join(gallery.FIGURES)}")
        if not 0 <= program < len(self.programs):
            raise UserError(f"program: the run has 0 to {len(self.programs) - 1}")
        figure = gallery.draw(self.programs[program], name)
        if figure is None:
            raise UserError(f"figure: {name}: this run has nothing to draw it from")
        figure.draw_without_rendering()  # ticks are made when they are first drawn
        return figure

    def report(self, paper: str | Path | None = None, seeds: int | None = None) -> Path:
        """Writes `report.html` and `explorer.html` anew; returns the path of the report.

        The explorer has the first seed of as many settings as 3 MB hold; with `seeds` so
        many of every setting, whatever its size.

        `paper` is a directory for what a paper needs: every figure as PDF, one and two
        columns wide, tables as LaTeX, a methods paragraph and `references.bib`.
        """
        self.check_weights("report")
        if paper is not None:
            kit.write_paper(self.programs, Path(paper).expanduser())
        return write_pages(self.workdir, self.programs, seeds)[0]

    def share(self, file: str | Path, weights: bool = False) -> Path:
        """Writes a finished run as one zip to send; `weights` puts all members into it.

        Report, explorer, tables and record; `vae_jax.open` reads it. Returns the path.
        """
        return share.share(self.workdir, Path(file).expanduser(), weights)

    def evaluate(self, metrics: str | Sequence[Any] | None = None) -> "Run":
        """Measures what is missing of these metrics, and writes tables and pages anew.

        `metrics` as on the command line, `"ais,iwae(samples=50000)"`, or as in a config;
        None are those of the run's config. Needs the run's data: where it was moved,
        `vae_jax.open(workdir, data=PATH)`. Returns the run with its new tables.
        """
        from vae_jax.pipeline.evaluate_run import evaluate_run

        read = read_names if isinstance(metrics, str) else read_metrics
        settings = None if metrics is None else read(metrics)
        outcome = evaluate_run(self.workdir, settings, self.data)
        for line in outcome.warnings:
            say(line)
        if outcome.faults:
            raise UserError("; ".join(outcome.faults))
        return Run(self.workdir, self.data)

    def check_weights(self, what: str) -> None:
        """A `UserError` where the run was shared without the weights that `what` needs."""
        if self.record.get("left_out"):
            raise UserError(
                f"{what}: {self.workdir} was shared without weights; "
                "vae-jax share --weights puts them into the zip"
            )

    def __repr__(self) -> str:
        return f"<vae_jax.Run {status.line_of(self.workdir)}>"

    def _repr_html_(self) -> str:
        finished = members.is_finished(self.workdir)
        title = status.line_of(self.workdir)
        return html.of_run(title, self.programs if finished else [])


def open_run(workdir: str | Path, data: str | None = None) -> Run:
    """The run in a directory, or in a zip that `share` wrote: `vae_jax.open("runs/mine")`.

    `data` is where its data lies now, if it was moved; hardly anything needs it. What holds
    no run is a `vae_jax.UserError`.
    """
    path = Path(workdir).expanduser()
    return Run(share.unpack(path) if path.is_file() else path, data)
