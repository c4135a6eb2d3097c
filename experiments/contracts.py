"""Tries a method of your own against what the program relies on.

usage: vae-jax contracts KIND=MODULE:FACTORY

  KIND=MODULE:FACTORY  such as objective=mymodule:loss; KIND is dataset, network, posterior,
                       prior, likelihood, objective, metric or sampler

Runs those of the project's own contract tests that concern the kind (`make test` installs
what they need): densities sum to one, samples have their density, unused dimensions change
nothing, a masked network equals a native one, numbers are finite or say why not.

Exit status: 0 all hold, 1 one does not, 2 the command line or the module is at fault.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from vae_jax import registry
from vae_jax.console import cli
from vae_jax.errors import UserError

ROOT = Path(__file__).parents[1]
ENTRY = "VAE_JAX_ENTRY"  # how the tests are told of the method


def main(arguments: Sequence[str]) -> int:
    """Imports the method, so that a fault in it is one line; then runs pytest on it."""
    parser = cli.Parser(usage=__doc__)
    parser.add_argument("entry")
    entry = parser.parse_args(arguments).entry
    kind, _, name = entry.partition("=")
    if kind not in registry.METHODS:
        parser.error(f"{entry}: expected KIND=MODULE:FACTORY")
    registry.factory(kind, name)
    if importlib.util.find_spec("pytest") is None:
        raise UserError('needs what the tests need: pip install -e ".[test]"')
    path = os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "pytest", "-q", "-rfE", "tests/test_contracts.py"]
    finished = subprocess.run(
        command, cwd=ROOT, env={**os.environ, ENTRY: entry, "PYTHONPATH": path}
    )
    return min(finished.returncode, 1)


if __name__ == "__main__":
    cli.run(main)
