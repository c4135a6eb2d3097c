"""What a paper needs of a run: widths, cells, citations."""

import math
import re

import matplotlib
import pytest
import yaml
from commands import ROOT, call

import vae_jax
from vae_jax.report.paper import kit, latex
from vae_jax.report.sentences.references import REFERENCES
from vae_jax.report.tables.tables import html_table
from vae_jax.runs.load_results import load


@pytest.fixture(scope="module")
def paper(finished_run, tmp_path_factory):
    """The directory of a finished run's paper kit."""
    home = tmp_path_factory.mktemp("paper")
    kit.write_paper(load(finished_run("mlp")), home)
    return home


def body(text):
    """The rows of a LaTeX table between its rules, as lists of cells."""
    rows = text[text.index(r"\midrule") : text.index(r"\bottomrule")].splitlines()[1:]
    return [row.strip().removesuffix(r" \\").split(" & ") for row in rows if row.strip()]


def test_every_figure_has_the_width_of_a_column(paper):
    """As the PDF itself says, in points of 1/72 inch; letters are TrueType."""
    files = sorted(paper.glob("*.pdf"))
    assert len(files) >= 2 * 6
    for file in files:
        content = file.read_bytes()
        box = re.search(rb"/MediaBox \[\s*0 0 ([\d.]+) ([\d.]+)", content)
        inches = float(box[1]) / 72
        assert math.isclose(inches, kit.WIDTHS[file.stem[-4:]], rel_tol=1e-6), file.name
        assert float(box[2]) / 72 < 9.5  # a page of a journal
        assert b"/CreationDate" not in content and b"/Type3" not in content


def test_the_style_of_the_page_is_as_it_was(paper):
    assert matplotlib.rcParams["font.size"] == matplotlib.rcParamsDefault["font.size"]


def test_equal_runs_give_equal_bytes(paper, finished_run, tmp_path):
    assert call("report", f"--workdir={finished_run('mlp')}", f"--paper={tmp_path}") == 0
    for file in paper.iterdir():
        assert file.read_bytes() == (tmp_path / file.name).read_bytes(), file.name


def test_cells_are_those_of_the_report(paper, finished_run):
    (run,) = load(finished_run("mlp"))
    text = (paper / "settings.tex").read_text(encoding="utf-8")
    rows = body(text)
    head = text[text.index(r"\toprule") : text.index(r"\midrule")].splitlines()[1]
    assert {len(row) for row in rows} == {len(head.split(" & "))}
    shown = re.findall(r"<td[^>]*>(.*?)</td>", html_table(run))
    plain = [cell.replace(r"$\pm$", "±").replace("--", "–") for row in rows for cell in row]
    plain = [cell.replace(r"$\beta$", "β") for cell in plain]
    assert sorted(plain) == sorted(shown)


@pytest.mark.parametrize("text", ["50 % & more_of $x^2$ #1 {a} ~ \\b", "β ± 2 ≤ 3 – 4"])
def test_nothing_in_a_cell_is_a_command(text):
    escaped = latex.escape(text)
    left = re.sub(r"\\[&%$#_{}]|\\text\w+\{\}|\$\\?\w*[<>|]?-?\$", "", escaped)
    assert not set(left) & set("\\&%$#_{}~^<>|") and left.isascii()


def test_tables_are_balanced(paper):
    for file in paper.glob("*.tex"):
        text = re.sub(r"\\[{}]", "", file.read_text(encoding="utf-8"))
        assert text.count("{") == text.count("}")
        begun, ended = (re.findall(rf"\\{w}{{(.*?)}}", text) for w in ("begin", "end"))
        assert begun == ended[::-1]


def test_what_is_cited_is_in_the_bibliography(paper):
    methods = (paper / "methods.tex").read_text(encoding="utf-8")
    cited = {
        key for keys in re.findall(r"\\citep{(.*?)}", methods) for key in keys.split(",")
    }
    entries = re.findall(r"^@\w+{(\w+),", (paper / "references.bib").read_text(), re.M)
    assert cited <= set(entries) and "kingma2014vae" in cited and "vae_jax" in cited
    assert len(set(entries)) == len(entries)
    said = (paper / "methods.txt").read_text(encoding="utf-8")
    assert "1,437 for training" in said and "hidden 16" in said and "citep" not in said


def test_sentences_and_entries_speak_of_the_same_sources():
    """First author, year and arXiv number of each, and a whole entry."""
    entries = kit.all_entries()
    assert set(entries) == {kit.OURS, *(reference.key for reference in REFERENCES)}
    for reference in REFERENCES:
        entry = entries[reference.key]
        assert entry.count("{") == entry.count("}")
        year = re.search(r"\((\d{4})\)", reference.text)[1]
        assert f"year = {{{year}}}" in entry, reference.key
        number = re.search(r"arXiv:([\d.]+)", reference.text)
        assert (number is None) == ("eprint" not in entry), reference.key
        assert number is None or f"eprint = {{{number[1]}}}" in entry, reference.key
        author = re.search(r"author = {(.*?),", entry)[1]
        plain = re.sub(r"\\\W|[{}]", "", author.replace(r"{\o}", "oe"))
        assert plain[:4].lower() in reference.text.lower(), reference.key


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == vae_jax.__version__
    assert vae_jax.__version__ in kit.all_entries()[kit.OURS]
