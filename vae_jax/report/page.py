"""The report of a run: one self-contained HTML page that says first what was found."""

import html
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from string import Template
from typing import Any

from vae_jax.data.dataset import REAL
from vae_jax.report import blocks
from vae_jax.report.blocks import Numbers, Section, items, paragraph
from vae_jax.report.paper.kit import bibliography, of_run
from vae_jax.report.sections import sections_of
from vae_jax.report.sentences.answer import answer
from vae_jax.report.sentences.axis import question
from vae_jax.report.sentences.cautions import cautions
from vae_jax.report.sentences.glossary import glossary
from vae_jax.report.sentences.left_out import members_left_out
from vae_jax.report.sentences.phrases import counted
from vae_jax.report.sentences.verdict import verdict
from vae_jax.report.tables.states import states_table
from vae_jax.runs import directory, feature_space, times
from vae_jax.runs.results import ProgramResults
from vae_jax.runs.sampleability import RULE


def report_page(parts: Sequence[ProgramResults]) -> str:
    """The page of a run as HTML; everything that comes from the user is escaped."""
    record, at = directory.read_record(parts[0].workdir), blocks.numbers()
    config = record["config"]
    pages = [part_of_page(run, at, i) for i, run in enumerate(parts)]
    return template("page.html").substitute(
        title=html.escape(config.get("title") or parts[0].workdir.resolve().name),
        question=html.escape(question(parts)),
        notes=paragraph(config.get("notes", ""), "notes"),
        id=html.escape(parts[0].id),
        spent=html.escape(machine(parts[0], record)),
        style=read("style.css"),
        script=read("page.js"),
        contents="".join(contents for contents, _ in pages),
        parts="".join(body for _, body in pages),
        citation=html.escape(of_run(parts[0], config.get("title", ""))),
        bibliography=html.escape(bibliography(parts)),
        command=html.escape(record["command"]),
        config=html.escape(json.dumps(config, indent=2)),
        environment=html.escape(
            json.dumps({n: v for n, v in record.items() if n != "config"}, indent=2)
        ),
    )


def part_of_page(run: ProgramResults, at: Numbers, number: int) -> tuple[str, str]:
    """The contents and the HTML of one program; a section without numbers is left out."""
    end = f"-{number}" if number else ""
    table = blocks.table(
        at,
        states_table(run),
        "Whether z ~ N(0, I) gives samples by the rule above. holes: a mixture fitted to "
        "the codes would; vague: nor would that, for the codes say too little; no: no "
        "mixture was judged; ~: "
        "borderline, the rule would say otherwise within a 95 % interval.",
        "states",
    )
    found = sections_of(run, at)
    body = template("part.html").substitute(
        title=f"<h2>{html.escape(run.title)}</h2>" if run.title else "",
        verdict=html.escape(verdict(run)),
        rule=html.escape(RULE) if run.judges_samples else "",
        cautions=items([*members_left_out(run), *cautions(run)]),
        table=table,
        glossary="".join(
            f"<dt>{html.escape(term)}</dt><dd>{html.escape(meaning)}</dd>"
            for term, meaning in glossary(run).items()
        ),
        answer=items(answer(run)),
        facts=html.escape(facts(run)),
        end=end,
        sections="".join(section_of(section, end) for section in found),
    )
    links = [("answer", "The answer in numbers"), *((s.anchor, s.heading) for s in found)]
    listed = "".join(
        f'<li><a href="#{anchor}{end}">{html.escape(text)}</a></li>'
        for anchor, text in links
    )
    title = f"<p>{html.escape(run.title)}</p>" if run.title else ""
    return f"{title}<ol>{listed}</ol>", body


def section_of(section: Section, end: str) -> str:
    """A section as HTML; `end` sets its anchor apart from those of other programs."""
    heading = html.escape(section.heading)
    return f'<section id="{section.anchor}{end}"><h2>{heading}</h2>{section.body}</section>'


def template(name: str) -> Template:
    """The template in an HTML file of this folder."""
    return Template(read(name))


def read(name: str) -> str:
    """The text of a file of this folder: a template, a style or a script."""
    return files("vae_jax.report").joinpath(name).read_text(encoding="utf-8")


def facts(run: ProgramResults) -> str:
    """What was trained on what, which images its numbers are of, and in which space."""
    data, config = run.record["data"], run.record["config"]
    evaluated, held_out = config["evaluation"]["max_images"], data["test"]
    images = (
        f"the first {evaluated} test images" if evaluated < held_out else "the test split"
    )
    space = f" {feature_space.in_full(run.baselines)}" if run.judges_samples else ""
    return (
        f"{counted(len(run.members), 'member')}, {config['epochs']} epochs each, on "
        f"{data['name']}: "
        f"{data['train']} training and {data['test']} test images, {of_white(data)}. "
        f"Numbers are of {images}, in nats "
        f"per image.{space}"
    )


def of_white(data: Mapping[str, Any]) -> str:
    """What the values of a run's data mean: what is white, and how that was decided."""
    if data["pixels"] == REAL:
        return f"of {data['white_by']}"
    return f"whose white, 1.0 to a model, is {data['white']} ({data['white_by']})"


def machine(run: ProgramResults, record: dict) -> str:
    """How long the run took, and on what; empty where it is not known."""
    spent = times.spent(run.workdir)
    took = [f"{what} {times.in_words(seconds)}" for what, seconds in spent.items()]
    layouts = record.get("layout", {}).values()
    kinds = {f"{each['devices']} x {each['device_kind']}" for each in layouts}
    platform = record.get("platform")
    parts = [*took, *sorted(kinds)]
    if platform:
        parts.append(f"{platform['system'].partition('-')[0]}, {platform['cores']} cores")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""
