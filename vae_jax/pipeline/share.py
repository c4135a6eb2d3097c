"""A run in one file to send: report, explorer, tables, record and, on wish, the weights.

    share(Path("runs/mine"), Path("mine.zip"));  unpack(Path("mine.zip"))

What is left out is said in the record, so that nothing takes it for damage. The same run
gives the same bytes.
"""

import atexit
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from vae_jax.errors import UserError
from vae_jax.explorer.page import explorer_page
from vae_jax.runs import directory, integrity
from vae_jax.runs.load_results import load
from vae_jax.storage import files, seals

PLAIN = (  # files of a run as they are, where it has them
    *(directory.MEMBERS, directory.RESULTS, directory.SUMMARY, directory.HALVES),
    *(directory.BASELINES, directory.TRAIN_LOG, directory.EVALUATION, directory.REPORT),
)
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the date of every file: equal runs give equal bytes


def share(workdir: Path, file: Path, weights: bool = False) -> Path:
    """Writes a finished run as one zip, with the weights of all members if asked for.

    Without weights, members cannot be loaded from it: tables, pages and nearly all figures
    can. A run that is not finished, and a name that is not that of a zip, are `UserError`s.
    """
    if file.suffix != ".zip":
        raise UserError(f"share: {file} is not the name of a .zip")
    parts = load(workdir)
    with tempfile.TemporaryDirectory(prefix="vae_jax-") as temporary:
        copy = Path(temporary)
        names = [name for name in PLAIN if (workdir / name).exists()]
        for name in names:
            shutil.copy(workdir / name, copy / name)
        files.write_text(copy / directory.EXPLORER, explorer_page(parts))
        seals.seal(copy, [*names, directory.EXPLORER])
        record = directory.read_record(workdir)
        there = {path.stem for path in (workdir / directory.ARRAYS).rglob("*.npz")}
        left_out = [] if weights else [k for k in integrity.WEIGHTS if k in there]
        directory.write_record(copy, {**record, "places": {}, "left_out": left_out})
        for source in sources(workdir, record, weights):
            target = copy / source.relative_to(workdir)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        write_zip(copy, file)
    return file


def sources(workdir: Path, record: dict[str, Any], weights: bool) -> Iterator[Path]:
    """The files of a run below its arrays, and below its newest checkpoints, to be sent."""
    for path in sorted((workdir / directory.ARRAYS).rglob("*")):
        if path.is_file() and (weights or path.stem not in integrity.WEIGHTS):
            yield path
    for program, layout in record["layout"].items() if weights else ():
        for block in range(layout["blocks"]):
            block_dir = workdir / directory.CHECKPOINTS / program / f"block_{block}"
            saved = [p for p in block_dir.iterdir() if p.name.isdigit()]
            newest = max(saved, key=lambda path: int(path.name))
            yield from (path for path in sorted(newest.rglob("*")) if path.is_file())


def write_zip(folder: Path, file: Path) -> None:
    """Writes everything below a folder into a zip, whole or not at all."""
    target = file.with_name(f".{file.name}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), LONG_AGO)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, path.read_bytes())
        target.replace(file)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise UserError(f"{file}: cannot be written ({error.strerror})") from None


def unpack(file: Path) -> Path:
    """The run in a zip, in a temporary directory that lasts as long as the process.

    What is no such zip, or holds names that lead out of it, is a `UserError`.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            wild = [e.filename for e in entries if not is_inside(e.filename)]
            if wild or directory.CONFIG not in archive.namelist():
                why = f"{wild[0]!r} leads out of it" if wild else "no run in it"
                raise UserError(f"{file}: not a zip that `share` wrote ({why})")
            folder = Path(tempfile.mkdtemp(prefix="vae_jax-"))
            atexit.register(shutil.rmtree, folder, True)
            needed, free = sum(e.file_size for e in entries), shutil.disk_usage(folder).free
            if needed > free:
                raise UserError(
                    f"{file}: {needed / 1e6:z.1f} MB are to be unpacked into {folder}, "
                    f"where {free / 1e6:z.1f} MB are free"
                )
            archive.extractall(folder)
    except (OSError, zipfile.BadZipFile, EOFError, ValueError, RuntimeError) as error:
        raise UserError(f"{file}: cannot be read ({error})") from None
    return folder


def is_inside(name: str) -> bool:
    """Whether a name in a zip stays inside the folder that it is unpacked into."""
    path = PurePosixPath(name.replace("\\", "/"))
    return not path.is_absolute() and ".." not in path.parts and ":" not in path.parts[0]
