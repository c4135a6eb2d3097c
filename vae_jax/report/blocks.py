"""The building blocks of a page: sections with anchors, numbered figures and tables."""

import html
import re
from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple

from vae_jax.report.figures import style
from vae_jax.report.figures.gallery import draw
from vae_jax.runs.results import ProgramResults

LONG = 12  # rows of a table from which on it is folded, where a text says what it says
IDENTIFIER = re.compile(r"arXiv:(\d{4}\.\d{4,5})")


class Section(NamedTuple):
    """A section of a page: its anchor, its heading, its HTML; nothing to show: no HTML."""

    anchor: str
    heading: str
    body: str


class Numbers(NamedTuple):
    """The numbers of figures and tables, which go on from one program to the next."""

    figures: Iterator[int]
    tables: Iterator[int]


def numbers() -> Numbers:
    """Numbers from 1 on."""
    return Numbers(count(1), count(1))


def figure(run: ProgramResults, at: Numbers, name: str, caption: str) -> str:
    """A figure with its number and caption; nothing where there is nothing to draw."""
    drawn = draw(run, name)
    if drawn is None:
        return ""
    label = html.escape(name.replace("_", " "))
    text = f"<b>Figure {next(at.figures)}.</b> {html.escape(caption)}"
    return (
        f'<figure data-name="{name}" aria-label="{label}"><div class="card">'
        f"{style.svg(drawn)}</div><figcaption>{text}</figcaption></figure>"
    )


def table(at: Numbers, body: str | None, caption: str, name: str) -> str:
    """A table with its number and caption; it scrolls by itself on a narrow screen."""
    if not body:
        return ""
    text = f"<b>Table {next(at.tables)}.</b> {html.escape(caption)}"
    return (
        f'<div class="tabled" data-name="{name}"><p class="note">{text}</p>'
        f'<div class="wide">{body}</div></div>'
    )


def folded(body: str, summary: str, *, open_: bool = False) -> str:
    """Something long behind a line that says what it is; nothing where there is nothing."""
    if not body:
        return ""
    state = " open" if open_ else ""
    return f"<details{state}><summary>{html.escape(summary)}</summary>{body}</details>"


def items(sentences: Sequence[str]) -> str:
    """Sentences as the items of an HTML list; nothing where there are none."""
    entries = "".join(f"<li>{linked(sentence)}</li>" for sentence in sentences)
    return f"<ul>{entries}</ul>" if entries else ""


def linked(sentence: str) -> str:
    """A sentence as HTML, in which what arXiv has is a link to it."""
    link = r'<a href="https://arxiv.org/abs/\1" rel="noreferrer">arXiv:\1</a>'
    return IDENTIFIER.sub(link, html.escape(sentence))


def paragraph(text: str, kind: str = "") -> str:
    """A text as a paragraph of a class; nothing where there is none."""
    named = f' class="{kind}"' if kind else ""
    return f"<p{named}>{html.escape(text)}</p>" if text else ""
