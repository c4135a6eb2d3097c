"""The documentation's code runs as it is printed; the rest of it in `make wheel`."""

import pathlib

import doc_code
import jax
import numpy as np
import pytest

PYTHON = pathlib.Path(__file__).parents[1] / "docs" / "python.md"


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    """An empty directory, on one of the suite's devices."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("vae_jax.training.devices.start", lambda: None)
    monkeypatch.setattr(jax, "local_device_count", lambda: 1)
    return tmp_path


def test_the_page_on_python_runs_from_top_to_bottom(at_home):
    found = doc_code.run_page(PYTHON, shell=pytest.fail)
    assert found["decoded"].shape == found["again"].shape == (20, 8, 8)
    assert found["path"].shape == (9, 8, 8) and found["z"].shape == (64, 8)
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
