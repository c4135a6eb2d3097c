"""The documentation says what the code knows, and its links, commands and fields exist."""

import csv
import importlib.util
import pathlib
import re
import shlex

import pytest
import yaml
from made_up_run import make_run

from vae_jax import registry, shipped
from vae_jax.console import cli
from vae_jax.explorer.scores import SHOWN
from vae_jax.report.tables import scorecard
from vae_jax.report.tables.tables import columns_of
from vae_jax.runs import members, tables
from vae_jax.scores import catalogue
from vae_jax.studies import fields, study

ROOT = pathlib.Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
TEXT = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
GENERATOR = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
generate = importlib.util.module_from_spec(GENERATOR)
GENERATOR.loader.exec_module(generate)
OWN = re.compile(r"=(mine|mynets)(\.py)?[: ]")  # what only a reader has
page_names = pytest.mark.parametrize("name", TEXT)


def code_of(text):
    """A page's code that a shell may read: spans, and blocks line by line."""
    text = re.sub(r"\\\n\s*", "", text)
    for block in re.findall(r"```bash\n(.*?)```", text, re.DOTALL):
        yield from block.splitlines()
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    yield from re.findall(r"^    (\S.*)$", text, re.MULTILINE)
    yield from re.findall(r"`([^`\n]+)`", text)


def commands_in(text):
    """Names and options of the commands in a page."""
    for code in code_of(text):
        if code.startswith("vae-jax "):
            _, name, *rest = shlex.split(code, comments=True)
            yield name, [word for word in rest if word.startswith("--")]


def anchors_of(text):
    """The anchors of a page's headings, as the site has them."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = [re.sub(r"[^\w\s-]", "", head.lower()) for head in heads]
    return {re.sub(r"\s+", "-", head.strip()) for head in plain}


@page_names
def test_generated_parts_are_up_to_date(name):
    """`python docs/generate.py` renews them."""
    assert generate.generated(TEXT[name]) == TEXT[name]


def test_every_generated_part_stands_somewhere():
    used = {found[2] for text in TEXT.values() for found in generate.BLOCK.finditer(text)}
    assert used == set(generate.BLOCKS)


@page_names
def test_links_lead_somewhere(name):
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXT[name]):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        assert (ROOT / "docs" / (file or name)).is_file(), target
        assert not anchor or anchor in anchors_of(TEXT[file or name]), target


def test_the_site_has_every_page():
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    listed = re.findall(r"\w+\.md", str(site["nav"]))
    assert sorted(listed) == sorted(TEXT) and site["strict"]


@page_names
def test_lines_are_no_wider_than_a_screen(name):
    prose = re.sub(r"```.*?```", "", TEXT[name], flags=re.DOTALL)
    wide = [line for line in prose.splitlines() if len(line) > 140]
    assert [line for line in wide if not line.startswith("|")] == []


@page_names
def test_commands_and_their_options_exist(name):
    known = shipped.named(shipped.COMMANDS)
    for command, options in commands_in(TEXT[name]):
        if command == "COMMAND" or command.startswith("--"):  # `vae-jax --help`
            continue
        usage = known[command].read_text(encoding="utf-8").split('"""')[1]
        own = {option.partition("=")[0] for option in options}
        own -= {option for option in own if option.startswith("--config.")} | {"--help"}
        assert {option for option in own if option not in usage} == set()


@page_names
def test_what_a_page_sets_or_sweeps_is_accepted(name):
    """Whole commands as they stand; fields alone on a config that sweeps only seeds."""
    for code in code_of(TEXT[name]):
        words = shlex.split(code, comments=True) if "--config." in code else []
        words = [w for w in words if w.startswith("--") and "=" in w and "FIELD" not in w]
        if not words or OWN.search(code) or "..." in code or "NAME" in code:
            continue
        if not code.startswith("vae-jax"):
            unset = [f"--config.sweep.{axis}=None" for axis in ("beta", "latents")]
            unset = [u for u in unset if not any(w.startswith(u[:-4]) for w in words)]
            words = ["--config=digits", "--workdir=run", *unset, *words]
        arguments = cli.parse_config(words, "", options=("data", "keep"))
        assert study.resolve(arguments.config, arguments.overrides).members


def test_every_setting_of_every_method_has_a_meaning():
    for kind in registry.METHODS:
        for name in registry.METHODS[kind]:
            known = fields.SETTINGS.get(f"{kind}.{name}", ())
            assert [f.name for f in known] == list(generate.accepted(kind, name)), name
    methods = {f"{kind}.{name}" for kind, of in registry.METHODS.items() for name in of}
    assert set(fields.SETTINGS) <= methods
    assert all(field.meaning for of in fields.SETTINGS.values() for field in of)


def test_every_field_of_a_config_has_its_row():
    for name in fields.BY_NAME:
        assert f"| `{name}` |" in TEXT["configs.md"]
    shown = {name.partition(".")[0] for name in fields.BY_NAME}
    assert set(fields.top()) - shown == {hyper.name for hyper in generate.COMMON}


def headings(run):
    """What the pages of a run call each of its numbers."""
    for group in scorecard.GROUPS.values():
        yield from ((key, heading) for key, (heading, _) in group.items())
    yield from ((column.key, column.heading) for column in columns_of(run))


def test_every_heading_of_a_page_is_in_the_glossary(tmp_path):
    run = make_run(tmp_path)
    for key, heading in headings(run):
        entry = catalogue.find(key)
        assert entry and heading.startswith(entry.shown), (key, heading)
    every = tuple(name for entry in generate.ENTRIES for name in entry.shown)
    for heading, *_ in SHOWN:
        assert heading.startswith(every), heading


def test_every_column_of_a_table_is_explained():
    header = {*tables.RESULT_HEADER, *members.MEMBER_HEADER, *members.OUTCOME_HEADER}
    for column in header | set(tables.SUMMARY_HEADER):
        assert f"`{column}`" in TEXT["metrics.md"], column


def test_every_number_of_a_finished_run_is_in_the_glossary(finished_run):
    with open(finished_run("mlp") / "results.csv", newline="") as file:
        found = {(row["metric"], row["sampler"]) for row in csv.DictReader(file)}
    for metric, sampler in found:
        entry = catalogue.find(catalogue.read(metric, sampler))
        assert entry and f"| `{entry.key}` |" in TEXT["metrics.md"], metric
