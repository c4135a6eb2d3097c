"""Makes the pictures of these pages anew from a finished sweep of the digits.

usage: python docs/pictures.py --workdir=runs/digits [--patches=runs/patches]

Writes `docs/explorer.html`, the explorer as an example that opens from disk; a picture
of each stop of its tour in `docs/stops/`; `docs/explorer.webp` and `docs/report.webp`. Of
a sweep of the colour patches: `docs/patches.webp`, its explorer, and
`docs/patches_samples.png`.
Needs Debian's `chromium` and `pip install playwright pillow`.
"""

import argparse
import io
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from vae_jax.explorer.page import explorer_page
from vae_jax.report.figures import gallery, style
from vae_jax.runs import directory
from vae_jax.runs.load_results import load
from vae_jax.storage import files

DOCS = Path(__file__).parent
SIZE = {"width": 1280, "height": 760}
QUALITY = 84  # of lossy WebP


def main(arguments: Sequence[str]) -> None:
    """Writes the example page and the pictures; prints their names and sizes."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--workdir", type=Path, required=True)
    parser.add_argument("--patches", type=Path)
    given = parser.parse_args(arguments)
    example = DOCS / directory.EXPLORER
    files.write_text(example, explorer_page(load(given.workdir)))

    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        page = browser.new_page(viewport=SIZE, reduced_motion="reduce")
        page.goto(example.resolve().as_uri())
        written = [example]
        for name in page.evaluate("DATA.tour.map((stop) => stop.name)"):
            page.evaluate("(name) => { location.hash = `#stop=${name}`; }", name)
            if name == "cloud":  # as after a few presses of the button
                page.wait_for_timeout(300)
                page.evaluate("change({ throws: 5 })")
            written.append(photograph(page, DOCS / "stops" / f"{name}.webp"))
        page.evaluate("location.hash = '#stop=generation'")
        written.append(photograph(page, DOCS / "explorer.webp"))
        page.goto((given.workdir / directory.REPORT).resolve().as_uri())
        written.append(photograph(page, DOCS / "report.webp"))
        if given.patches:
            written += of_patches(page, given.patches)
        browser.close()
    for file in written:
        print(f"{file.relative_to(DOCS.parent)}: {file.stat().st_size / 1e3:z.0f} kB")


def of_patches(page: Any, workdir: Path) -> list[Path]:
    """Writes the pictures of a sweep of the colour patches; returns their paths."""
    page.goto((workdir / directory.EXPLORER).resolve().as_uri())
    page.evaluate("location.hash = '#stop=generation'")
    page.wait_for_timeout(4000)  # a larger decoder draws its map for longer
    drawn = photograph(page, DOCS / "patches.webp")
    samples = DOCS / "patches_samples.png"
    files.write_bytes(
        samples, style.render(gallery.draw(load(workdir)[0], "samples"), "png")
    )
    return [drawn, samples]


def photograph(page: Any, file: Path) -> Path:
    """Writes what the page shows as a WebP; returns its path."""
    page.wait_for_timeout(1200)  # until the map is drawn
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    stream = io.BytesIO()
    picture.save(stream, format="webp", quality=QUALITY, method=6)
    file.parent.mkdir(exist_ok=True)
    files.write_bytes(file, stream.getvalue())
    return file


if __name__ == "__main__":
    main(sys.argv[1:])
