"""Processes that decode shards, one for each core, and what they tell. No JAX."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import vae_jax
from vae_jax.data.images import worker
from vae_jax.errors import UserError

ALONE = 1_500  # images that are decoded faster without other processes


def results(
    task: worker.Task,
    shards: Sequence[int],
    read: Callable[[range], Iterator[bytes]] | None = None,
) -> Iterator[worker.Told]:
    """What workers tell of shards, as it comes: of one process, or one for each core.

    Images that are no files are read by `read`, in this process.
    """
    if read is not None:
        for number in shards:
            start = number * task.rows_of_a_file
            names = task.paths[start : start + task.rows_of_a_file]
            rows = range(start, start + len(names))
            yield worker.decode_shard(task, number, names, read(rows))
        return
    processes = min(os.cpu_count() or 1, len(shards))
    if processes < 2 or len(shards) * task.rows_of_a_file < ALONE:
        yield from worker.run(task, shards)
        return
    with closing(
        Workers(task, [shards[i::processes] for i in range(processes)])
    ) as workers:
        yield from workers.told()


class Workers:
    """Processes that decode shards; each has a task of its own on its input.

    No pool of `multiprocessing`: that runs the user's own main module again.
    """

    def __init__(self, task: worker.Task, shares: Sequence[Sequence[int]]) -> None:
        package = str(Path(vae_jax.__file__).parent.parent)
        inherited = os.environ.get("PYTHONPATH")
        path = os.pathsep.join([package, *([inherited] if inherited else [])])
        self.lines: SimpleQueue[worker.Told | None] = SimpleQueue()
        plain = {**task._asdict(), "fitting": task.fitting._asdict()}
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-P", "-m", "vae_jax.data.images.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
                text=True,
            )
            for _ in shares
        ]
        for process, share in zip(self.processes, shares):
            given = json.dumps({"task": plain, "shards": list(share)})
            Thread(target=self.listen, args=(process, given), daemon=True).start()

    def listen(self, process: subprocess.Popen, given: str) -> None:
        """Gives a process its task and queues what it tells; None when it has ended."""
        with suppress(OSError):
            process.stdin.write(given)
            process.stdin.close()
        with process.stdout as lines:
            for line in lines:
                self.lines.put(json.loads(line))
        self.lines.put(None)

    def told(self) -> Iterator[worker.Told]:
        """What the processes tell; a `UserError` where one of them failed."""
        ended = 0
        while ended < len(self.processes):
            told = self.lines.get()
            if told is None:
                ended += 1
            else:
                yield told
        if any(process.wait() for process in self.processes):
            raise UserError("decoding images: a process failed; see above")

    def close(self) -> None:
        """Stops the processes; shards that are written stay."""
        for process in self.processes:
            process.kill()
            process.wait()
