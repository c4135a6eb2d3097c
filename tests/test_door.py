"""The door of the commands in odd places: noisy libraries, a notebook, Windows."""

import os
import signal
import subprocess
import sys

import pytest
from commands import command_line

FREE = {  # of what the suite sets so that its workers share the cores
    name: value
    for name, value in os.environ.items()
    if name not in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
}


def python(code, *arguments):
    """Runs a piece of Python in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**FREE, "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        timeout=120,
    )


NOISY = """
import sys, warnings
from vae_jax.console import cli
def main(arguments):
    warnings.simplefilter("always")  # as some libraries do
    warnings.warn("pay attention", FutureWarning)
    print("done")
sys.argv = ["noisy.py"]
cli.run(main)
"""


def test_warnings_of_libraries_are_dropped():
    found = python(NOISY)
    assert (found.returncode, found.stdout, found.stderr) == (0, "done\n", "")
    asked = subprocess.run(
        [sys.executable, "-W", "default", "-c", NOISY], capture_output=True, text=True
    )
    assert "pay attention" in asked.stderr


def test_a_container_that_hides_its_cores_is_quiet():
    """joblib, whom scikit-learn asks for the physical cores, prints a traceback."""
    found = python(
        "from joblib.externals.loky.backend import context\n"
        "def hidden(): raise FileNotFoundError('lscpu')\n"
        "for system in ('linux', 'darwin'):\n"
        "    setattr(context, f'_count_physical_cores_{system}', hidden)\n"
        "from vae_jax.training import devices\n"
        "devices.start()\n"
        "import numpy as np\n"
        "from sklearn.cluster import KMeans\n"
        "KMeans(2, n_init=1).fit(np.arange(8.0).reshape(4, 2))\n"
    )
    assert (found.returncode, found.stderr) == (0, "")


def test_a_command_runs_in_a_notebook(finished_run):
    """Its stdout knows no `reconfigure`; JAX has been used, so has its devices already."""
    found = python(
        "import io, runpy, sys\n"
        "import jax\n"
        "before = jax.devices()\n"
        "from vae_jax.training import devices\n"
        "devices.start()\n"
        "assert jax.devices() == before\n"
        "sys.path.insert(0, 'experiments')\n"
        "out, sys.stdout = sys.stdout, io.StringIO()\n"
        "sys.argv = ['experiments/evaluate.py', '--workdir=' + sys.argv[1]]\n"
        "try: runpy.run_path('experiments/evaluate.py', run_name='__main__')\n"
        "except SystemExit as end: status = end.code\n"
        "out.write(f'{status} {sys.stdout.getvalue()}')\n",
        finished_run("mlp"),
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.startswith("0 ") and "results.csv" in found.stdout


def test_windows_is_told_what_it_needs():
    found = python("import os, pathlib\nos.name = 'nt'\nimport vae_jax.console.cli")
    assert found.returncode == 2 and found.stdout == ""
    assert len(found.stderr.splitlines()) == 1 and "WSL" in found.stderr


@pytest.mark.parametrize("prompt", [True, False])
def test_stopping_a_command_leaves_a_notebook_alive(prompt):
    """Threads that still measure end with a command's process, not with a notebook's."""
    found = python(
        "import sys, threading\n"
        "from vae_jax.console import cli\n"
        f"if {prompt}: sys.ps1 = 'In: '\n"
        "go_on = threading.Event()\n"
        "threading.Thread(target=go_on.wait, daemon=True).start()\n"
        "try: cli.leave(130)\n"
        "except SystemExit: print('alive')\n"
    )
    assert (found.returncode, found.stdout) == ((0, "alive\n") if prompt else (130, ""))


def test_a_reader_that_has_seen_enough_is_no_fault():
    """As in `methods.py | head -1`: the rest is dropped, without a traceback."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command_line("methods"), **pipes) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 128 + signal.SIGPIPE
