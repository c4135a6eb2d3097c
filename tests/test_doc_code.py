"""The documentation's code runs as it is printed; the rest of it in `make wheel`."""

import itertools
import pathlib

import doc_code
import jax
import numpy as np
import pytest

ROOT = pathlib.Path(__file__).parents[1]
PYTHON, README, RESULTS = (
    ROOT / page for page in ("docs/python.md", "README.md", "docs/results.md")
)


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    """An empty directory, on one of the suite's devices."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("vae_jax.training.devices.start", lambda: None)
    monkeypatch.setattr(jax, "local_device_count", lambda: 1)
    return tmp_path


def test_the_page_on_python_runs_from_top_to_bottom(at_home):
    found = doc_code.run_page(PYTHON, shell=pytest.fail)
    assert found["decoded"].shape == found["again"].shape == (20, 8, 8, 1)
    assert found["path"].shape == (9, 8, 8, 1) and found["z"].shape == (64, 8)
    assert (at_home / "sampleability.pdf").exists()


def test_a_vae_by_hand_is_fifteen_lines_and_learns():
    """What the page prints; an image always shown as their mean costs 27.13 nats."""
    *_, (language, _, code) = doc_code.blocks(PYTHON)
    assert language == "python" and len([*filter(str.strip, code.splitlines())]) <= 15
    namespace: dict = {}
    exec(code, namespace)
    assert float(namespace["terms"].distortion) < 25.0
    assert float(namespace["terms"].rate) > 1.0
    samples = np.asarray(namespace["samples"])
    assert samples.shape == (64, 64) and samples.min() >= 0.0 and samples.max() <= 1.0


def rows_of(page):
    """The rows of a page's first table whose head names a model, as dictionaries."""
    lines = page.read_text(encoding="utf-8").splitlines()
    cells = lambda line: [cell.strip() for cell in line.strip("|").split("|")]
    start = next(i for i, line in enumerate(lines) if "| model |" in line)
    table = itertools.takewhile(lambda line: line.startswith("|"), lines[start:])
    head, _, *rows = map(cells, table)
    return [dict(zip(head, row)) for row in rows]


def test_the_readme_is_short_and_its_numbers_are_those_of_the_results():
    """Which `make reproduce` checks; in the README, D and R have shorter headings."""
    assert len(README.read_text(encoding="utf-8").splitlines()) < 150
    names = {"D": "distortion D", "R": "rate R"}
    recorded = {(r["data"], r["latents"], r["model"]): r for r in rows_of(RESULTS)}
    rows = rows_of(README)
    assert len(rows) == 8
    for row in rows:
        whole = recorded["digits", row["latents"], row["model"]]
        assert all(whole[names.get(n, n)] == value for n, value in row.items())
