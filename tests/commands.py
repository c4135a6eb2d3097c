"""The commands as tests give them: in this process, or each in a process of its own.

In this process nothing is imported or compiled twice. A process of its own is for what
only that can show: a signal, a kill, what is imported, another compiler.
"""

import importlib.util
import os
import pathlib
import subprocess
import sys

import jax
import pytest

from vae_jax.console import cli
from vae_jax.runs.pictures import read_kind
from vae_jax.training import devices

ROOT = pathlib.Path(__file__).parents[1]
# A sweep of seconds. Tests that want no other network, data or metrics all take these, so
# that its programs are compiled once.
SMALL = (
    *("--config=configs/digits.py:debug", "--config.network.hidden=(16,)"),
    *("--config.evaluation.max_images=60",),
    "--config.evaluation.metrics=('rate_distortion','collapse')",
)
# What a user's own process has, where `conftest.py` asks for less: the compiler, all cores.
USERS = {
    "XLA_FLAGS": os.environ.setdefault("TESTS_XLA_FLAGS", os.environ.get("XLA_FLAGS", "")),
    "LOKY_MAX_CPU_COUNT": str(os.cpu_count()),
}


def call(command, *arguments, cores=1) -> int:
    """The command's `main` in this process, through the same door; its exit status.

    On so many of the suite's devices: what it compiles is then the same as in a process of
    its own, and is compiled once.
    """
    file = ROOT / "experiments" / f"{command}.py"
    spec = importlib.util.spec_from_file_location(command, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    read_kind.cache_clear()  # a new process has read nothing yet
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(devices, "start", lambda: None)
        patch.setattr(jax, "local_device_count", lambda: cores)
        patch.setenv("LOKY_MAX_CPU_COUNT", str(cores))
        patch.setattr(sys, "warnoptions", ["error"])  # a warning is an error here, as ever
        patch.setattr(sys, "argv", [str(file), *map(str, arguments)])
        try:
            cli.run(module.main)
        except SystemExit as end:
            return end.code or 0


def command_line(command, *arguments) -> list[str]:
    """The command line that a user would type."""
    return [sys.executable, f"experiments/{command}.py", *map(str, arguments)]


def run(command, *arguments, **environment) -> subprocess.CompletedProcess:
    """As a user runs it, in a process of its own, to its end."""
    return subprocess.run(
        command_line(command, *arguments),
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


def start(command, *arguments) -> subprocess.Popen:
    """The same, left running; `communicate` has what it said on stderr."""
    return subprocess.Popen(
        command_line(command, *arguments),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
