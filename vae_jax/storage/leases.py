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
        would still write is the other's now. A lease that cannot be read tells nothing.
        """
        while not self.closed.wait(RENEWED):
            with contextlib.suppress(OSError):  # a server that is away for a while
                if make(self.file, self.content):  # someone had tidied it away
                    continue
                found, _ = look(self.file)
                if is_same(found, self.content):
                    os.utime(self.file)
                elif found:
                    line = f"{self.file.parent}: taken over by {described(found)}; stopped"
                    print(line, file=sys.stderr, flush=True)
                    os._exit(LOST)

    def close(self) -> None:
        """Gives the lease back; does nothing in a process forked from the holder."""
        if os.getpid() != self.content["process"]:
            return
        self.closed.set()
        self.renewer.join(RENEWED)  # it may hang on a server that is away
        with contextlib.suppress(OSError):  # it ends with the process then
            give_back(self.file, self.content)


def take(file: Path) -> Lease | None:
    """Takes a lease; None where another process holds it. An OSError as of any file."""
    content = own()
    return Lease(file, content) if obtain(file, content) else None


def obtain(file: Path, content: dict[str, Any]) -> bool:
    """Puts a lease where none is, or in the place of a stale one; False if one is held."""
    while not make(file, content):
        try:
            found, renewed = look(file)
            if not is_stale(file, found, renewed):
                return False
            return take_over(file, content, (found, renewed))
        except FileNotFoundError:  # given back since
            continue
    return True


def take_over(
    file: Path, content: dict[str, Any], stale: tuple[dict[str, Any], float]
) -> bool:
    """Puts a lease in the place of a stale one; False if another was first.

    Who would do so first obtains a second lease, named after the stale one's token, and
    then looks again: one at a time does, and nobody removes a new one. Whoever is killed in
    between leaves a second lease that is stale itself, and is taken over in the same way.
    """
    turn = file.with_name(f"{file.name}.{stale[0].get('token', 'unread')}")
    if not obtain(turn, content):
        return False
    try:
        if look(file) != stale:
            return False
        with contextlib.suppress(FileNotFoundError):  # another's turn, as this one slept
            os.replace(turn, file)
        return is_same(look(file)[0], content)
    finally:
        give_back(turn, content)


def holder(file: Path) -> str | None:
    """Who holds a lease, in words; None if nobody does. Writes nothing.

    Of another machine's it is known as well as the clocks of the two agree.
    """
    try:
        found, renewed = look(file)
    except OSError:
        return None
    return None if is_over(found, time.time() - renewed) else described(found)


def described(content: dict[str, Any]) -> str:
    """The holder of a lease in words: `process 12`, `process 12 on node7`."""
    if not content:
        return "an unknown process"
    place = f" on {content['host']}" if content["machine"] != machine() else ""
    return f"process {content['process']}{place}"


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


def look(file: Path) -> tuple[dict[str, Any], float]:
    """What a lease says, empty if that is not to be understood, and when it was renewed.

    In seconds of the file system's clock. The time is asked of the opened file, as NFS may
    tell an old one of a file that is not. A FileNotFoundError if there is none.
    """
    try:
        with open(file, encoding="utf-8") as stream:
            renewed = os.fstat(stream.fileno()).st_mtime
            content = json.load(stream)
    except (FileNotFoundError, IsADirectoryError, PermissionError, RecursionError):
        return {}, file.lstat().st_mtime
    except ValueError:
        return {}, renewed
    return (content if is_lease(content) else {}), renewed


def is_lease(content: object) -> bool:
    """Whether something read has what a lease says, each of its type."""
    if not isinstance(content, dict):
        return False
    process, token = content.get("process"), content.get("token")
    return (
        type(process) is int
        and 0 < process < 2**31
        and isinstance(token, str)
        and token.isalnum()
        and len(token) <= 32
        and isinstance(content.get("machine"), str)
        and isinstance(content.get("host"), str)
        and isinstance(content.get("started", 0), str | None)
    )


def is_same(found: dict[str, Any], content: dict[str, Any]) -> bool:
    """Whether a lease that was found is the one of this content."""
    return found.get("token") == content["token"]


def give_back(file: Path, content: dict[str, Any]) -> None:
    """Removes a lease if it still is the one of this content."""
    with contextlib.suppress(FileNotFoundError):
        if is_same(look(file)[0], content):
            file.unlink()


def is_over(content: dict[str, Any], age: float) -> bool:
    """Whether a lease that was renewed `age` seconds ago is held no more."""
    if content.get("machine") != machine():
        return age > STALE
    process, recorded = content["process"], content["started"]
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # another user's, of which the system may tell nothing
        return started(process) not in (None, recorded)
    return started(process) != recorded


def is_stale(file: Path, content: dict[str, Any], renewed: float) -> bool:
    """Whether a lease is held no more; by the file system's clock, not this machine's."""
    if content.get("machine") == machine():
        return is_over(content, 0.0)
    mark = file.with_name(f"{file.name}.{uuid.uuid4().hex}")
    mark.touch()
    try:
        return is_over(content, mark.stat().st_mtime - renewed)
    finally:
        mark.unlink(missing_ok=True)
