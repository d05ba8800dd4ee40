"""Children end with whoever started them: with a block, with a time limit, and when that is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers.processes import until
from hubpress.children import run_child

SLEEPER = "import os, sys, time; print(os.getpid(), flush=True); time.sleep(600)"
WITH_A_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEPER!r}])"


def has_ended(pid: int) -> bool | None:
    """Return True once a process is gone, or is only waited for; None before."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[-1][0] == "Z" or None
    except OSError:
        return True


def test_code_and_words_come_back() -> None:
    """What is no UTF-8 is shown by a sign, and an end by a signal has the code of shells."""
    done = run_child([sys.executable, "-c", "import os; os.write(1, b'a\\xffb'); os.write(2, b'c'); os._exit(3)"])
    assert (done.returncode, done.stdout, done.stderr) == (3, "a\ufffdb", "c")
    killed = run_child([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
    assert killed.returncode == 137


def test_what_takes_too_long_ends_with_its_own_children(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    code = WITH_A_CHILD.replace("print(os.getpid(), flush=True)", f'open("{file}", "w").write(str(os.getpid()))')
    with pytest.raises(subprocess.TimeoutExpired):
        run_child([sys.executable, "-c", code], timeout=2)
    assert until(lambda: has_ended(int(file.read_text())))


@pytest.mark.parametrize("bound", ["run_child", "end_with_parent"])
def test_nothing_goes_on_when_the_starter_is_killed(bound: str) -> None:
    """kill -9 lets nobody clean up: the child has to notice by itself."""
    if bound == "run_child":
        # Its output is the child's own, so that the number comes through.
        start = (
            "from hubpress.children import start_child; import sys, time;"
            f"start_child([sys.executable, '-c', {WITH_A_CHILD!r}]); time.sleep(600)"
        )
    else:
        joined = f"from hubpress.children import end_with_parent; end_with_parent(); {SLEEPER}"
        start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {joined!r}])"
    with subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout
        child = int(starter.stdout.readline())
        time.sleep(0.1)
        os.kill(child, 0)  # it is there
        starter.kill()
    assert until(lambda: has_ended(child))
