"""The notebooks run from top to bottom, and say what their text says of them."""

import pathlib

import nbformat
import pytest
from ipykernel.kernelspec import write_kernel_spec
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

ROOT = pathlib.Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "notebooks"
NOTEBOOKS = sorted(path.stem for path in FOLDER.glob("*.ipynb"))


def read(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """This Python as a kernel, with this package, that writes nothing into a home."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    write_kernel_spec(tmp_path / "kernels" / "here")
    specs = KernelSpecManager(
        kernel_dirs=[str(tmp_path / "kernels")], ensure_native_kernel=False
    )
    return AsyncKernelManager(kernel_name="here", kernel_spec_manager=specs)


def execute(name, kernel, home):
    """Runs a notebook in an empty directory; all that its cells printed."""
    notebook = read(name)
    home.mkdir()
    client = NotebookClient(notebook, km=kernel, timeout=120)
    client.execute(cwd=str(home), cleanup_kc=True)
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    return "".join(out["text"] for out in outputs if out.get("name") == "stdout")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebooks_are_committed_without_outputs(name):
    notebook = read(name)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None


def test_a_first_sweep(kernel, tmp_path):
    home = tmp_path / "empty"
    printed = execute("first_sweep", kernel, home)
    assert "images (64, 8, 8, 1)" in printed
    assert "the VAE's prior is better: True" in printed
    assert "a Gaussian repairs it: True" in printed
    assert [path.name for path in home.iterdir()] == ["runs"]


def test_own_data_and_network(kernel, tmp_path):
    home = tmp_path / "empty"
    printed = execute("own_data_and_network", kernel, home)
    assert "report True" in printed and "members 6" in printed
    assert "samples (64, 12, 12, 1) codes (600, 4)" in printed
    made = {path.name for path in home.iterdir()} - {"__pycache__"}
    assert made == {"runs", "stripes.npz", "mynets.py"}
