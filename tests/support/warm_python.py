"""Commands in processes of their own, without the ten seconds that TensorFlow takes to be imported in each.

A process imports once, and every command runs in a fork of it: with its own arguments, environment, folder, output and
exit status, as if it had been started from nothing. Whether the imports themselves work, and what happens without them,
is for commands that are really started from nothing.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, Self, TextIO


class WarmPython:
    """A Python that has imported some modules, until its context ends.

    Args:
        imports: names of modules, in order.
        environment: variables that have to be there when they are imported.
    """

    def __init__(self, imports: Sequence[str], **environment: str) -> None:
        self._imports, self._environment = imports, environment
        self._server: subprocess.Popen[str] | None = None

    def run(
        self, code: str, *arguments: str | Path, killed_after: float | None = None
    ) -> subprocess.CompletedProcess[str]:
        """As `python -c CODE ARGUMENTS...` in the folder and with the environment that are now.

        Args:
            code: Python.
            arguments: `sys.argv[1:]` there.
            killed_after: seconds after which it is killed without notice, if it is still running.
        """
        server = self._started()
        assert server.stdin
        assert server.stdout
        with tempfile.TemporaryDirectory() as folder:
            outputs = [str(Path(folder) / name) for name in ("out", "err")]
            # A child may be killed before it does anything at all.
            for path in outputs:
                Path(path).touch()
            texts = list(map(str, arguments))
            environment = {**os.environ, **self._environment}
            job = {"code": code, "argv": texts, "cwd": str(Path.cwd()), "env": environment, "outputs": outputs}
            job["killed_after"] = killed_after
            server.stdin.write(json.dumps(job) + "\n")
            server.stdin.flush()
            status = int(server.stdout.readline())
            return subprocess.CompletedProcess(texts, status, *(Path(path).read_text() for path in outputs))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._server:
            self._server.communicate()

    def _started(self) -> subprocess.Popen[str]:
        if self._server is None:
            self._server = subprocess.Popen(
                [sys.executable, __file__, *self._imports],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, **self._environment, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        return self._server


def _next_job(jobs: TextIO) -> dict[str, Any] | None:
    """Wait for jobs and fork; returns one in every child, and None at the end in the parent."""
    for line in jobs:
        job: dict[str, Any] = json.loads(line)
        child = os.fork()
        if child == 0:
            return job
        print(_wait_for(child, job["killed_after"]), flush=True)
    return None


def _wait_for(child: int, killed_after: float | None) -> int:
    if killed_after is not None:
        deadline = time.monotonic() + killed_after
        # Until somebody has waited for it, its number is nobody else's.
        while os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
                break
            time.sleep(0.001)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _become(job: dict[str, Any]) -> None:
    os.environ.clear()
    os.environ.update(job["env"])
    os.chdir(job["cwd"])
    for target, path in enumerate([os.devnull, *job["outputs"]]):
        opened = os.open(path, os.O_RDWR)
        os.dup2(opened, target)
        os.close(opened)
    sys.stdin = os.fdopen(0)
    sys.argv = ["-c", *job["argv"]]


def _status_of(code: str) -> int:
    try:
        exec(compile(code, "<command>", "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _end_with(status: int) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    # Taking the imported modules down would take as long as importing them: all that memory is shared until it changes.
    os._exit(status)


if __name__ == "__main__":
    # The folder of this file is none that a started command would look in.
    del sys.path[0]
    for name in sys.argv[1:]:
        importlib.import_module(name)
    wanted = _next_job(sys.stdin)
    if wanted:
        _become(wanted)
    _end_with(_status_of(wanted["code"]) if wanted else 0)
