"""TensorBoard's files say what train.jsonl says: every point once, under its member."""

import importlib
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import time

import numpy as np
import pytest
from commands import SMALL, call, command_line, start
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData

from vae_jax.console.tensorboard import TAGS, TensorBoard
from vae_jax.errors import UserError
from vae_jax.runs import members
from vae_jax.storage import logs
from vae_jax.studies.study import resolve

START = "_hparams_/session_start_info"
EXTRA = '--tensorboard: needs the extra: pip install -e ".[tensorboard]"'


def crc32c(content):
    """CRC-32C, bit by bit, from its polynomial."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def checked(content, masked):
    """The content, if its checksum is the one that stands beside it."""
    crc = crc32c(content)
    rotated = (crc >> 15 | crc << 17) & 0xFFFFFFFF
    assert struct.unpack("<I", masked)[0] == (rotated + 0xA282EAD8) & 0xFFFFFFFF
    return content


def events(file):
    """The events of a file, read as TFRecord is specified; a torn end fails."""
    content, found = file.read_bytes(), []
    while content:
        (size,) = struct.unpack("<Q", checked(content[:8], content[8:12]))
        found.append(
            Event.FromString(checked(content[12 : 12 + size], content[12:][size:][:4]))
        )
        content = content[16 + size :]
    assert found[0].file_version == "brain.Event:2"
    return found[1:]


def read_board(workdir):
    """Per member, its hyperparameters and its points in the order of the file."""
    found = {}
    for directory in (workdir / "tensorboard").iterdir():
        (file,) = directory.iterdir()
        first, *points = events(file)
        (start,) = first.summary.value
        assert start.tag == START and start.metadata.plugin_data.plugin_name == "hparams"
        plugin = HParamsPluginData.FromString(start.metadata.plugin_data.content)
        values = {
            name: getattr(value, value.WhichOneof("kind"))
            for name, value in plugin.session_start_info.hparams.items()
        }
        scalars = [
            (value.tag, event.step, value.simple_value)
            for event in points
            for value in event.summary.value
        ]
        found[directory.name] = values, scalars
    return found


def in_log(workdir):
    """What the board must hold: the points of train.jsonl, in float32, without nulls."""
    found = {}
    for line in logs.read_lines(workdir / "train.jsonl"):
        points = found.setdefault(f"member_{line['member']:04d}", [])
        for tag in TAGS:
            if line[tag] is not None:
                points.append((tag, line["epoch"], float(np.float32(line[tag]))))
    return found


def assert_same(workdir):
    assert {name: points for name, (_, points) in read_board(workdir).items()} == in_log(
        workdir
    )


SETTINGS = (
    *(*SMALL, "--config.log_every=2", "--config.checkpoint_every=4"),
    "--config.sweep.latents=(2,)",
)
WILD = (  # two programs, and members that diverge
    "--config.sweep.learning_rate=(1e-3,1e30)",
    "--config.sweep.epochs=(8,10)",
)


def sweep(workdir, *more):
    """A sweep with a board, in this process: its exit status."""
    return call("sweep", *SETTINGS, f"--workdir={workdir}", "--tensorboard", *more)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("board") / "run"
    assert sweep(workdir, *WILD) == 1  # some diverged
    return workdir


def test_every_scalar_of_the_log_is_on_the_board(finished):
    assert_same(finished)
    board = read_board(finished)
    listed = members.read_members(finished)
    assert len(board) == len(listed) == 2 * 2 * 3
    seen = {name: {tag for tag, _, _ in points} for name, (_, points) in board.items()}
    for number, row in enumerate(listed):
        own = seen[f"member_{number:04d}"]
        if row.status == "done":
            assert own == set(TAGS) - (set() if row.member.has_posterior else {"rate"})
    assert {row.status for row in listed} == {"done", "diverged"}


def test_a_run_has_the_hyperparameters_of_its_member(finished):
    board = read_board(finished)
    for number, row in enumerate(members.read_members(finished)):
        values, _ = board[f"member_{number:04d}"]
        expected = {**row.member.numbers, **dict(row.member.static)}
        assert values == {**expected, "program": row.program}
        assert values["objective.free_bits"] == 0.0
        assert values["epochs"] in (8, 10)


def test_a_finished_run_gets_its_board_later(finished, tmp_path, capsys):
    """From the log alone, and given again it is the same: nothing is doubled."""
    workdir = shutil.copytree(finished, tmp_path / "run")
    shutil.rmtree(workdir / "tensorboard")
    for _ in range(2):
        assert sweep(workdir, *WILD) == 1
        assert "are trained and evaluated" in capsys.readouterr().out
        assert read_board(workdir) == read_board(finished)


@pytest.mark.slow
def test_a_run_that_was_stopped_goes_on_without_doubles(tmp_path):
    workdir, log = tmp_path / "run", tmp_path / "run" / "train.jsonl"
    more = (*SETTINGS, f"--workdir={workdir}", "--config.epochs=200", "--tensorboard")
    process = start("sweep", *more)
    deadline = time.monotonic() + 120
    lines = lambda: len(logs.read_lines(log)) if log.exists() else 0
    while lines() < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 128 + signal.SIGINT
    assert not (workdir / "results.csv").exists()
    assert_same(workdir)
    assert call("sweep", *more) == 0
    assert_same(workdir)
    assert len(in_log(workdir)["member_0000"]) == 100 * 3


def small_study(**axes):
    config = importlib.import_module("configs.digits").get_config("debug")
    config.autoencoder = False
    with config.unlocked():
        config.sweep = axes
    return resolve(config)


def lines_of(members, epoch, **changes):
    """Lines of the log, each with numbers of its own."""
    parts = {"rate": 0.1, "distortion": 1.0, "active_units": 2, **changes}
    return [
        {"program": 0, "member": i, "epoch": epoch, "loss": i + epoch / 7, **parts}
        for i in members
    ]


def log_and_write(workdir, board, lines):
    logs.append_lines(workdir / "train.jsonl", lines)
    board.write(lines)


def test_points_are_on_the_board_as_soon_as_they_are_written(tmp_path):
    board = TensorBoard(tmp_path, small_study(seed=(0, 1)))
    assert not (tmp_path / "tensorboard").exists()
    for epoch in (1, 2, 3):
        log_and_write(tmp_path, board, lines_of(range(2), epoch))
        assert_same(tmp_path)


def test_what_is_null_or_not_finite_is_left_out(tmp_path):
    board = TensorBoard(tmp_path, small_study(seed=(0, 1)))
    log_and_write(tmp_path, board, lines_of([0], 1, rate=None))
    log_and_write(tmp_path, board, lines_of([1], 1, distortion=None, rate=None, loss=None))
    board = read_board(tmp_path)
    assert [tag for tag, _, _ in board["member_0000"][1]] == [
        "loss",
        "distortion",
        "active_units",
    ]
    assert board["member_0001"][1] == [("active_units", 1, 2.0)]


def test_members_set_back_by_a_damaged_checkpoint_are_not_doubled(tmp_path):
    """Their log is cut while the run goes on, and what was cut comes again."""
    board, log = (
        TensorBoard(tmp_path, small_study(seed=(0, 1, 2))),
        tmp_path / "train.jsonl",
    )
    for epoch in (2, 4, 6):
        log_and_write(tmp_path, board, lines_of(range(3), epoch))
    logs.keep_lines(log, lambda line: line["epoch"] <= 2 or line["member"] == 2)
    for epoch in (4, 6, 8):
        log_and_write(tmp_path, board, lines_of(range(2), epoch, rate=0.3))
        assert_same(tmp_path)
    steps = {name: [p[1] for p in points] for name, points in in_log(tmp_path).items()}
    assert steps["member_0000"][::4] == [2, 4, 6, 8]
    assert steps["member_0002"][::4] == [2, 4, 6]


def test_a_damaged_log_still_gives_a_board(tmp_path):
    lines = lines_of(range(2), 1)
    logs.append_lines(tmp_path / "train.jsonl", lines)
    with open(tmp_path / "train.jsonl", "a") as log:
        log.write('{"member": 0}\n{"member": 7, "epoch": 1}\n{"member": -1, "epoch": 1}\n')
        log.write('{"member": "a", "epoch": 1}\n[1]\n{"member": 1, "epo')
    TensorBoard(tmp_path, small_study(seed=(0, 1)))
    board = read_board(tmp_path)
    assert board.keys() == {"member_0000", "member_0001"}
    assert all(len(points) == len(TAGS) for _, points in board.values())


def test_a_field_that_is_no_number_is_text(tmp_path):
    hidden = ((8,), (16, 8))
    study = small_study(**{"network": {"hidden": hidden}, "max_latents": (4, 8)})
    board = TensorBoard(tmp_path, study)
    log_and_write(tmp_path, board, lines_of(range(4), 1))
    values = [values for _, (values, _) in sorted(read_board(tmp_path).items())]
    assert {(v["network.hidden"], v["max_latents"]) for v in values} == {
        (text, most) for text in ("(8,)", "(16, 8)") for most in (4.0, 8.0)
    }
    assert [v["program"] for v in values] == [0.0, 1.0, 2.0, 3.0]


def test_a_few_open_files_do_for_any_number_of_members(tmp_path):
    board = TensorBoard(tmp_path, small_study(seed=tuple(range(300))))
    before = {int(name) for name in os.listdir("/proc/self/fd")}
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before) + 4, limits[1]))
    try:
        for epoch in (1, 2):
            log_and_write(tmp_path, board, lines_of(range(300), epoch))
        board.replay()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert len(os.listdir("/proc/self/fd")) == len(before)
    assert_same(tmp_path)


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    study = small_study(seed=(0,))
    board = TensorBoard(tmp_path, study)
    (tmp_path / "tensorboard").write_text("not a directory")
    with pytest.raises(UserError, match=r"tensorboard/member_0000.*: cannot be written"):
        board.write(lines_of([0], 1))
    with pytest.raises(UserError, match="tensorboard: cannot be removed"):
        TensorBoard(tmp_path, study)


def test_without_the_extra_the_command_says_so_at_once(tmp_path):
    """Before JAX is loaded, and before anything is written."""
    program = (
        "import runpy, sys\n"
        "sys.modules['tensorboardX'] = None\n"
        "try:\n"
        "    runpy.run_path('experiments/sweep.py', run_name='__main__')\n"
        "finally:\n"
        "    assert 'jax' not in sys.modules\n"
    )
    workdir = f"--workdir={tmp_path / 'run'}"
    arguments = command_line("sweep", *SETTINGS, workdir, "--tensorboard")[2:]
    found = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True
    )
    assert found.returncode == 2 and len(found.stderr.splitlines()) == 1
    assert found.stderr.strip().endswith(EXTRA)
    assert not (tmp_path / "run").exists()
