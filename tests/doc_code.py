"""Runs the code that a page of the documentation prints, from top to bottom.

usage: python tests/doc_code.py PAGE ...

In the directory one stands in: a block `bash` line by line, a block `python` in one
namespace for the page, and a block `python title="mine.py"` as that file. Any other block
is not run. `make wheel` does it in a new environment, with nothing but the wheel.
"""

import os
import pathlib
import re
import subprocess
import sys
import time

BLOCK = re.compile(r"^```(bash|python)(?: title=\"([\w.]+)\")?\n(.*?)^```", re.M | re.S)


def blocks(page):
    """Language, title and code of each block of a page that is to be run."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def run_page(page, shell):
    """Runs every block of a page; `shell` runs a line of bash."""
    namespace = {"__name__": "__main__"}
    for language, title, code in blocks(page):
        if title:
            pathlib.Path(title).write_text(code, encoding="utf-8")
        elif language == "python":
            exec(compile(code, f"{page.name}", "exec"), namespace)
        else:
            for line in code.replace("\\\n", " ").splitlines():
                if line.strip():
                    shell(line)
    return namespace


def in_a_shell(line):
    """A line of bash, whose failure ends everything; commands are this environment's."""
    path = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    print(f"$ {line}", flush=True)
    subprocess.run(line, shell=True, check=True, env={**os.environ, "PATH": path})


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    for name in sys.argv[1:]:
        began = time.monotonic()
        run_page(pathlib.Path(name), in_a_shell)
        print(f"{name}: all of it runs, {time.monotonic() - began:.0f} s", flush=True)
