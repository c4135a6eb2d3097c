"""Leases: who is at work in a directory, said by a file there. No JAX.

File systems of clusters often have no locks (Lustre, some NFS), but all can make a file
that must not exist yet. A lease is such a file: it names its holder's machine and process,
and has a token of its own. While it is held its time is renewed every ten seconds. One
whose process is gone, or on another machine has not renewed it for a minute, is taken over.
"""

import contextlib
import json
import os
import socket
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

RENEWED, STALE = 10.0, 60.0  # seconds
LOST = 2  # exit status


class Lease:
    """A lease that this process holds, until it is closed or the process ends."""

    def __init__(self, file: Path, content: dict[str, Any]) -> None:
        self.file, self.content = file, content
        self.closed = threading.Event()
        self.renewer = threading.Thread(target=self.renew, daemon=True)
        self.renewer.start()

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, *error) -> None:
        self.close()

    def renew(self) -> None:
        """Keeps the lease's time new; ends the process if another one has taken it.

        That happens to a machine that slept. At once, and without tidying up: what it
        would still write is the other's now.
        """
        while not self.closed.wait(RENEWED):
            with contextlib.suppress(OSError):  # a server that is away for a while
                found = read(self.file)
                if found.get("token") == self.content["token"]:
                    os.utime(self.file)
                elif self.file.exists() or not make(self.file, self.content):
                    line = f"{self.file.parent}: taken over by {described(found)}; stopped"
                    print(line, file=sys.stderr, flush=True)
                    os._exit(LOST)

    def close(self) -> None:
        """Gives the lease back."""
        self.closed.set()
        self.renewer.join()
        if read(self.file).get("token") == self.content["token"]:
            self.file.unlink(missing_ok=True)


def take(file: Path) -> Lease | None:
    """Takes a lease; None where another process holds it. An OSError as of any file."""
    content = own()
    if make(file, content) or (is_stale(file) and take_over(file, content)):
        return Lease(file, content)
    return None


def holder(file: Path) -> str | None:
    """Who holds a lease, in words; None if nobody does. Writes nothing."""
    try:
        written = file.stat().st_mtime
    except OSError:
        return None
    found = read(file)
    return None if is_over(found, time.time() - written) else described(found)


def described(content: dict[str, Any]) -> str:
    """The holder of a lease in words: `process 12`, `process 12 on node7`."""
    place = f" on {content.get('host')}" if content.get("machine") != machine() else ""
    return f"process {content['process']}{place}" if content else "an unknown process"


def own() -> dict[str, Any]:
    """What a lease of this process says."""
    return {
        "process": os.getpid(),
        "started": started(os.getpid()),
        "host": socket.gethostname(),
        "machine": machine(),
        "token": uuid.uuid4().hex,
    }


def machine() -> str:
    """Where numbers of processes mean the same: host, its start, container."""
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):  # elsewhere than on Linux the name has to do
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(parts)


def started(process: int) -> str | None:
    """When a process of this machine began, in the system's ticks; None if unknown.

    Numbers of processes are used again: this tells two of the same number apart. None too
    of one that has ended and that nobody has asked about yet.
    """
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return None if state == "Z" else fields[18]


def make(file: Path, content: dict[str, Any]) -> bool:
    """Makes a lease's file; False if there is one."""
    try:
        with open(file, "x", encoding="utf-8") as stream:
            json.dump(content, stream)
    except FileExistsError:
        return False
    return True


def read(file: Path) -> dict[str, Any]:
    """What a lease says; empty if there is none, or none that can be read."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) and "process" in content else {}


def is_over(content: dict[str, Any], age: float) -> bool:
    """Whether a lease that was renewed `age` seconds ago is held no more."""
    if content.get("machine") != machine():
        return age > STALE
    process = int(content["process"])
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # another user's
        return False
    return content["started"] != started(process)


def is_stale(file: Path) -> bool:
    """Whether a lease is held no more; by the file system's clock, not this machine's."""
    mark = file.with_name(f"{file.name}.{uuid.uuid4().hex}")
    mark.touch()
    try:
        age = mark.stat().st_mtime - file.stat().st_mtime
    except FileNotFoundError:  # given back since
        return True
    finally:
        mark.unlink()
    return is_over(read(file), age)


def take_over(file: Path, content: dict[str, Any]) -> bool:
    """Puts this process's lease in the place of a stale one; False if another was first.

    One process at a time looks again and replaces it, so nobody removes a new one.
    """
    turn = file.with_name(f"{file.name}.turn")
    with contextlib.suppress(FileNotFoundError):  # whoever had it was killed just there
        if time.time() - turn.stat().st_mtime > STALE:
            turn.unlink()
    if not make(turn, content):
        return False
    try:
        if not is_stale(file):
            return False
        file.unlink(missing_ok=True)
        return make(file, content)
    finally:
        turn.unlink(missing_ok=True)
