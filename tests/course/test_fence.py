"""What keeps marked code in its folder: the hook that says no, and the system's own limits behind it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither these limits nor fork")

SETUP = """
import os, sys
from pathlib import Path
import autodiff_lessons.course.marking.fence as fence
import autodiff_lessons.exercises
folder, said = Path(sys.argv[1]), []
"""


def behind_the_fence(folder: Path, code: str) -> list[str]:
    """What a Python of its own prints that runs this code, in the folder."""
    inside = folder / "inside"
    inside.mkdir(exist_ok=True)
    finished = subprocess.run(
        [sys.executable, "-c", SETUP + textwrap.dedent(code), str(inside)],
        cwd=inside,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return finished.stdout.splitlines()


REFUSED = [
    "open('../out', 'w')",
    "open('../there', 'a')",
    "open('../there', 'r+b')",
    "open('link/out', 'w')",
    "open(b'../out', 'xb')",
    "os.open('../out', os.O_CREAT | os.O_WRONLY)",
    "(folder / '../out').resolve().write_text('x')",
    "os.remove('../there')",
    "os.rename('../there', 'x')",
    "os.rename('mine', '../out')",
    "os.replace('mine', '../there')",
    "os.symlink('/etc/hosts', '../out')",
    "os.link('../there', 'x')",
    "os.mkdir('../out')",
    "os.rmdir('../empty')",
    "os.truncate('../there', 0)",
    "os.chmod('../there', 0)",
    "os.utime('../there')",
    "__import__('shutil').rmtree('../empty')",
    "__import__('shutil').copy('mine', '../out')",
    "__import__('sqlite3').connect('../out')",
    "__import__('sqlite3').connect('file:../out?mode=rwc', uri=True)",
    "__import__('numpy').save('../out', 1)",
    "os.system('true')",
    "os.fork()",
    "os.execv('/bin/true', ['true'])",
    "os.posix_spawn('/bin/true', ['true'], {})",
    "os.popen('true')",
    "__import__('pty').spawn('true')",
    "__import__('subprocess').check_output('true')",
    "__import__('multiprocessing').get_context('fork').Process().start()",
    "__import__('multiprocessing').get_context('spawn').Process().start()",
    "os.kill(os.getppid(), 0)",
    "os.killpg(os.getpgid(0), 0)",
    "__import__('resource').setrlimit(3, (1, 1))",
    "__import__('ctypes').CDLL(None).system",
    "__import__('ctypes').pythonapi.Py_GetVersion",
    "__import__('socket').socket().connect(('127.0.0.1', 9))",
    "__import__('socket').socket().connect_ex(('127.0.0.1', 9))",
    "__import__('socket').socket().bind(('127.0.0.1', 0))",
    "__import__('socket').socket(type=2).sendto(b'x', ('127.0.0.1', 9))",
    "__import__('socket').getaddrinfo('localhost', 80)",
    "__import__('socket').gethostbyname('localhost')",
    "__import__('urllib.request').request.urlopen('http://127.0.0.1:9')",
    "__import__('http.client').client.HTTPConnection('127.0.0.1', 9).request('GET', '/')",
]
ALLOWED = [
    "open('new', 'w')",
    "os.mkdir('folder')",
    "os.rename('mine', 'new')",
    "open(os.devnull, 'w')",
    "open('../there').read()",
    "__import__('tempfile').TemporaryFile(dir='.')",
    "__import__('sqlite3').connect(':memory:')",
    "__import__('sqlite3').connect('mine.sqlite3').execute('CREATE TABLE t (x)')",
    "os.kill(os.getpid(), 0)",
    "__import__('asyncio').run(__import__('asyncio').sleep(0))",
    "__import__('autodiff_lessons.exercises').exercises.get('1.1').check(lambda f, x, h: 1)",
]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What became of each line, all of them tried in one process; the folder outside is as it was."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "there").write_text("there")
    (folder / "empty").mkdir()
    (folder / "inside").mkdir()
    (folder / "inside/link").symlink_to(folder)
    code = f"""
    Path("mine").write_text("mine")
    fence.close(folder, said.append)
    fence._CHANGES.clear(), fence._WHAT.clear()
    for number, line in enumerate({REFUSED + ALLOWED!r}):
        try:
            eval(line)
        except BaseException as error:
            print(number, type(error).__name__, isinstance(error, PermissionError))
        else:
            print(number, "done")
    """
    lines = behind_the_fence(folder, code)
    assert sorted(one.name for one in folder.iterdir()) == ["empty", "inside", "there"]
    assert (folder / "there").read_text() == "there"
    return dict(zip(REFUSED + ALLOWED, (line.partition(" ")[2] for line in lines), strict=True))


@pytest.mark.parametrize("line", REFUSED)
def test_what_is_refused(said: dict[str, str], line: str) -> None:
    assert said[line] == "RefusedError True"


@pytest.mark.parametrize("line", ALLOWED)
def test_what_is_allowed(said: dict[str, str], line: str) -> None:
    assert said[line] == "done"


def test_each_refusal_is_told_once_and_only_so_many(tmp_path: Path) -> None:
    code = """
    fence.close(folder, said.append)
    for path in ["../a", "../a"] + [f"../{n}" for n in range(100)]:
        try:
            open(path, "w")
        except OSError as error:
            last = error
    print(said[0], len(said), len(set(said)))
    print(last)
    """
    first, last = behind_the_fence(tmp_path, code)
    assert first == "write to ../a 20 20"
    assert last == "code that is being marked may not write to ../99; it has an empty folder of its own to write in"


def test_the_limits_are_the_systems_own(tmp_path: Path) -> None:
    code = """
    fence.limit(1000, 5)
    for wanted in (lambda: bytearray(2 * 10**9), lambda: open("x", "wb").write(bytes(20_000_000)),
                   lambda: [open("x") for _ in range(300)]):
        try:
            wanted()
        except (MemoryError, OSError) as error:
            print(type(error).__name__, getattr(error, "errno", ""))
    """
    said = behind_the_fence(tmp_path, code)
    memory = [] if sys.platform == "darwin" else ["MemoryError "]
    assert said == [*memory, f"OSError {errno.EFBIG}", f"OSError {errno.EMFILE}"]


def test_a_loop_ends_with_its_processor_time(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        behind_the_fence(tmp_path, "fence.limit(1000, 0)\nwhile True: pass")


def test_without_a_network_even_where_no_hook_asks(tmp_path: Path) -> None:
    """The connection is to this machine itself, where something listens."""
    code = """
    import socket
    listening = socket.create_server(("127.0.0.1", 0))
    left = fence.leave_the_network()
    try:
        socket.create_connection(listening.getsockname(), timeout=5)
        print(left, "connected")
    except OSError:
        print(left, "no network")
    Path("mine").write_text("mine")
    """
    (said,) = behind_the_fence(tmp_path, code)
    assert said in ("True no network", "False connected")
    assert (tmp_path / "inside/mine").stat().st_uid == os.getuid()
