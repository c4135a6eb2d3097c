"""How figures look: colours by beta, marks by latent size, SVG to the byte."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from vae_jax.data.display import PAPER_WHITE, Look, raster
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.summary import Setting

MARKS = "osD^vP*X"
AUTOENCODER_COLOUR = "#c0392b"
TIP = re.compile(rb"""<g id=(["'])tip (.*?)\1>""")


class Curve(NamedTuple):
    """The look of a curve: colour, mark and line, each enough to tell it apart."""

    label: str
    colour: str
    mark: str
    line: str


CURVES = {  # colours of Okabe & Ito (2008), safe for the colour-blind
    "prior": Curve("z ~ N(0, I)", "#0072b2", "o", "-"),
    "mixture": Curve("z ~ mixture fitted to the codes", "#d55e00", "s", "--"),
    "aggregate": Curve("z ~ aggregate posterior", "#009e73", "^", ":"),
    "information": Curve("mutual information", "#333333", "o", "-"),
}
SETTINGS = {
    "svg.hashsalt": "vae_jax",
    "svg.fonttype": "path",
    "font.size": 9,
    "axes.titlesize": 9,
    "figure.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
ON_PAPER = {  # instead, in a column of a journal
    "font.size": 8,
    "axes.titlesize": 8,
    "figure.titlesize": 8,
    "legend.fontsize": 7,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "lines.linewidth": 1.0,
    "pdf.fonttype": 42,  # TrueType, which journals ask for
}
SHRINK = 0.62  # of its height that a figure keeps at least, for its words
NARROW = 5.0  # inches: a figure of less has its panels one below the other
# Inches of the column that figures are for; None: a report, where each has its own width.
COLUMN: ContextVar[float | None] = ContextVar("COLUMN", default=None)


@contextmanager
def column(width: float) -> Iterator[None]:
    """While it lasts, figures are as wide as a column of so many inches."""
    token = COLUMN.set(width)
    try:
        yield
    finally:
        COLUMN.reset(token)


@contextmanager
def styled() -> Iterator[None]:
    """The style of figures while it lasts; a decorator of whatever draws."""
    paper = {} if COLUMN.get() is None else ON_PAPER
    with matplotlib.rc_context({**SETTINGS, **paper}):
        yield


def is_narrow() -> bool:
    """Whether a figure has to do with the width of one column."""
    return (COLUMN.get() or NARROW) < NARROW


class Picture(Figure):
    """A figure that a notebook shows whichever backend there is; not one of pyplot's."""

    def _repr_png_(self) -> bytes:
        return render(self, "png")


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1, **options):
    """A figure of so many inches, and its axes as an array `[rows, columns]`."""
    wanted = COLUMN.get() or width
    size = (wanted, height * max(wanted / width, SHRINK))
    figure = Picture(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def bare_figure(width: float, height: float, **options) -> Figure:
    """A figure of so many inches without axes, which are put into it by hand."""
    return Picture(figsize=(width, height), **options)


def legend(figure: Figure, handles: Sequence, size: float = 8.0) -> None:
    """The legend at the right of all panels; below them where the figure is narrow."""
    below = {"loc": "outside lower center", "ncols": 2, "columnspacing": 1.0}
    place = below if is_narrow() else {"loc": "outside right upper"}
    figure.legend(handles=handles, frameon=False, fontsize=size, **place)


def svg(figure: Figure) -> str:
    """The figure as the text of an SVG element, for a page."""
    text = render(figure, "svg").decode()
    return text[text.index("<svg") :]


@styled()
def render(figure: Figure, kind: str) -> bytes:
    """The figure as svg, png or pdf, without the date: equal runs give equal bytes."""
    settle(figure)
    stream = io.BytesIO()
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
    figure.savefig(stream, format=kind, dpi=160, metadata=metadata)
    content = stream.getvalue()
    return TIP.sub(rb"<g><title>\2</title>", content) if kind == "svg" else content


def settle(figure: Figure) -> None:
    """Lays a figure out for good, in places rounded to a millionth.

    The solver of matplotlib's layout gives other last digits from time to time, and they
    would stand in the bytes.
    """
    if figure.get_layout_engine() is None:
        return
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        box = axes.get_position(original=True).bounds
        axes.set_position([round(side, 6) for side in box])


def tip(text: str) -> dict[str, str]:
    """Options of an artist that shows the text when a pointer rests on it, in an SVG.

    matplotlib has no tooltips, but writes the group id of an artist: it becomes a title.
    """
    return {"gid": f"tip {text}"}


def stamp(figure: Figure, run: ProgramResults) -> Figure:
    """The figure with the run's id, small, in its lower right corner."""
    options = {"ha": "right", "va": "bottom", "fontsize": 6, "color": "0.55"}
    figure.text(0.998, 0.002, f"run {run.id}", in_layout=False, **options)
    if figure.get_layout_engine() is not None:
        free = 0.13 / figure.get_figheight()  # inches of its own, over no picture
        figure.get_layout_engine().set(rect=(0.015, free, 0.98, 1.0 - free))
    return figure


def label_log_axis(axis) -> None:
    """Puts ticks at 1, 2 and 5 of every decade of an axis, as plain numbers."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
    axis.set_major_formatter("{x:zg}")
    axis.set_minor_formatter(NullFormatter())


def colours(run: ProgramResults) -> dict[Setting, object]:
    """A colour for each setting: red for the autoencoder, dark to light with beta."""
    betas = sorted({s.beta for s in run.settings if not s.is_autoencoder})
    ramp = matplotlib.colormaps["viridis"](np.linspace(0.0, 0.92, max(len(betas), 1)))
    return {
        s: AUTOENCODER_COLOUR if s.is_autoencoder else ramp[betas.index(s.beta)]
        for s in run.settings
    }


def marks(run: ProgramResults) -> dict[int, str]:
    """A marker for each of the run's latent sizes."""
    return {size: MARKS[i % len(MARKS)] for i, size in enumerate(run.sizes())}


def plain(name: str) -> str:
    """A user's own words as a legend takes them: no formula, and nothing it leaves out."""
    escaped = name.replace("$", r"\$")
    return f" {escaped}" if escaped.startswith("_") else escaped


def tile(images: np.ndarray, look: Look, gap: int = 1) -> np.ndarray:
    """Rows of images `[rows, columns, D]` as one picture `[h, w, 3]`, bytes.

    `gap` white pixels stand between them.
    """
    rows, columns = images.shape[:2]
    height, width = look.frame
    drawn = raster(images, look)
    size = rows * (height + gap) - gap, columns * (width + gap) - gap, 3
    sheet = np.full(size, PAPER_WHITE, np.uint8)
    for row in range(rows):
        for column in range(columns):
            top, left = row * (height + gap), column * (width + gap)
            sheet[top : top + height, left : left + width] = drawn[row, column]
    return sheet


def show_tiles(axes, images: np.ndarray, run: ProgramResults, labels: Sequence[str]):
    """Draws rows of a run's images `[rows, columns, D]` with a label beside each row."""
    tall, _ = run.look.frame
    axes.imshow(tile(images, run.look), interpolation="nearest")
    height = tall + 1
    axes.set_yticks([i * height + tall / 2 - 0.5 for i in range(len(labels))], labels)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
