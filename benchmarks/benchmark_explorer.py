"""How fast an explorer opens, and how smoothly codes move from model to model.

usage: python benchmarks/benchmark_explorer.py --page=FILE [--rounds=N] [--ratio=R]

  --page=FILE  an `explorer.html`
  --rounds=N   how often it is opened, and how often the slider goes from end to end (3)
  --ratio=R    device pixels for each pixel of the page (1)

Needs Debian's `chromium` and `pip install playwright`. The browser has no graphics card:
two cores draw everything. Prints, as medians over rounds: milliseconds from the start of
loading to the first map, frames a second while codes move, and the longest frame of any
move. 60 is as fast as the browser draws.
"""

import argparse
import shutil
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

OPENED = """() => new Promise((done) => {
    const look = () => {
        if (MAPS[0]?.ground) done(performance.now()); else requestAnimationFrame(look);
    };
    look();
})"""
MOVES = """async () => {
    const found = [];
    for (const one of shelfOf(member())) {
        if (one === member()) continue;
        choose(one);
        const frames = [], began = performance.now();
        let last = began;
        await new Promise((done) => {
            const tick = (now) => {
                frames.push(now - last);
                last = now;
                if (now - began < MOVE) requestAnimationFrame(tick); else done();
            };
            requestAnimationFrame(tick);
        });
        found.push(frames.slice(1));
        await new Promise((done) => setTimeout(done, 500));
    }
    return found;
}"""


def measure(browser: Any, page: Path, ratio: float) -> tuple[float, float, float]:
    """Milliseconds to the first map, frames a second, and the longest frame."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, device_scale_factor=ratio
    )
    tab = context.new_page()
    tab.goto(page.resolve().as_uri())
    opened = tab.evaluate(OPENED)
    tab.wait_for_timeout(1000)
    moves = tab.evaluate(MOVES)
    context.close()
    frames = [frame for move in moves for frame in move]
    return opened, 1000.0 * len(frames) / sum(frames), max(frames)


def main(arguments: Sequence[str]) -> None:
    """Opens the page so often, and prints the medians."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--page", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ratio", type=float, default=1.0)
    given = parser.parse_args(arguments)

    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        found = [measure(browser, given.page, given.ratio) for _ in range(given.rounds)]
        browser.close()
    opened, rate, longest = map(statistics.median, zip(*found))
    print(f"first map after {opened:z.0f} ms")
    print(f"{rate:z.1f} frames a second while codes move, the longest {longest:z.0f} ms")


if __name__ == "__main__":
    main(sys.argv[1:])
