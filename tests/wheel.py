"""The documentation's code in a new environment that has nothing but the wheel.

usage: python tests/wheel.py [PAGE ...]

Builds the wheel, installs it and its pinned packages into an environment of its own, and
runs every block of code of the pages (README.md, docs/start.md, docs/python.md) as printed,
in an empty directory, where neither the checkout nor its packages can be seen.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import venv

ROOT = pathlib.Path(__file__).parents[1]
PAGES = ("README.md", "docs/start.md", "docs/python.md")


def main(pages):
    with tempfile.TemporaryDirectory(prefix="vae_jax-") as temporary:
        home = pathlib.Path(temporary)
        venv.create(home / "venv", with_pip=True)
        python = home / "venv" / "bin" / "python"
        pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
        run([*pip, "wheel", "--no-deps", "--wheel-dir", home, ROOT])
        (wheel,) = home.glob("*.whl")
        limits = ("--constraint", ROOT / "constraints.txt")
        run([*pip, "install", *limits, f"vae_jax[onnx] @ {wheel.as_uri()}"])
        for page in pages:
            empty = home / pathlib.Path(page).stem
            empty.mkdir()
            run([python, ROOT / "tests" / "doc_code.py", ROOT / page], cwd=empty)


def run(command, **options):
    """Runs a command without the checkout on Python's path; its failure ends everything."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    subprocess.run([str(part) for part in command], check=True, env=environment, **options)


if __name__ == "__main__":
    main(sys.argv[1:] or PAGES)
