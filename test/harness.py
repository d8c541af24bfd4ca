"""harness.py - what the end-to-end tests share: a TEE of their own, and TAP.

A test file is a list of functions named test_*; their docstrings are the promises. Nothing here waits for
a time to pass: waits end on an event, and LIMIT only turns a hang into a failure."""
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

# Seconds after which something that has to happen is taken not to happen; sanitizers are slow.
LIMIT = int(os.environ.get("POSTERN_TEST_LIMIT", "60"))

BUILD = os.environ["POSTERN_BUILD"]
SOURCE = os.environ["POSTERN_SOURCE"]
POSTERN = os.path.join(BUILD, "normal/tools/postern")
TA_DIRECTORY = os.path.join(BUILD, "ta")


def program(*parts):
    """A program of the build, by its path below the build directory."""
    return os.path.join(BUILD, *parts)


class Tee:
    """A TEE with directories of its own, up for the time of a `with` block."""

    def __init__(self, *options, state=None, ta_path=TA_DIRECTORY):
        self.options = list(options)
        self.scratch = tempfile.mkdtemp(prefix="ptest.")
        self.state = state or os.path.join(self.scratch, "state")
        self.ta_path = ta_path
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=self.scratch, XDG_STATE_HOME=self.state,
                                XDG_DATA_HOME=self.scratch, HOME=self.scratch)
        self.directory = os.path.join(self.scratch, "postern/default")
        self.environment["POSTERN_TEE"] = self.directory

    def __enter__(self):
        self.up()
        return self

    def __exit__(self, *_):
        self.postern("down")
        shutil.rmtree(self.scratch)

    def up(self):
        self.postern("up", "--quiet", "--ta-path", self.ta_path, *self.options, check=True)

    def postern(self, *arguments, check=False):
        return subprocess.run([POSTERN, *arguments], env=self.environment, check=check,
                              capture_output=True, text=True, timeout=LIMIT)

    def run(self, *command, stdin=None, check=False):
        return subprocess.run(command, env=self.environment, input=stdin, check=check,
                              capture_output=True, timeout=LIMIT)

    def start(self, *command):
        """A client that goes on while the test does."""
        return subprocess.Popen(command, env=self.environment, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def status(self):
        """What `postern status --json` says; {"running": False} when it is not up."""
        return json.loads(self.postern("status", "--json").stdout)

    def census(self):
        return self.status()["census"]

    def log(self):
        with open(os.path.join(self.directory, "log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def await_census(self, **wanted):
        """Until the census has these values."""
        deadline = time.monotonic() + LIMIT
        while True:
            census = self.census()
            if all(census[key] == value for key, value in wanted.items()):
                return census
            assert time.monotonic() < deadline, f"census never became {wanted}: {census}"

    def await_idle(self):
        """Until nothing of any client is left."""
        return self.await_census(sessions=0, shm=0, calls=0, threads_busy=0, requests_queued=0,
                                 requests_taken=0)

    def await_log(self, text):
        deadline = time.monotonic() + LIMIT
        while text not in self.log():
            assert time.monotonic() < deadline, f"the log never said '{text}':\n{self.log()}"

    def await_down(self):
        deadline = time.monotonic() + LIMIT
        while self.status()["running"]:
            assert time.monotonic() < deadline, "the TEE does not end"


def read_line(process, limit=LIMIT):
    """The next line that a client writes; fails instead of hanging."""
    ready, _, _ = select.select([process.stdout], [], [], limit)
    assert ready, "the client says nothing"
    return process.stdout.readline().decode().strip()


def finish(process, limit=LIMIT):
    """(status, output, errors) of a client that is to end by itself."""
    try:
        out, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise AssertionError(f"{process.args} does not end") from None
    return process.returncode, out.decode(), errors.decode()


def descendants(pid):
    found = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as children:
                for child in children.read().split():
                    found += [int(child), *descendants(int(child))]
    return found


def name_of(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(f"/proc/{pid}/comm", encoding="ascii") as name:
            return name.read().strip()
    return ""


def await_gone(pids):
    """Until none of these processes exists, zombies not counted."""
    deadline = time.monotonic() + LIMIT
    for pid in pids:
        while True:
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                    if stat.read().rsplit(")", 1)[1].split()[0] == "Z":
                        break
            except (FileNotFoundError, ProcessLookupError):
                break
            assert time.monotonic() < deadline, f"process {pid} ({name_of(pid)}) is still there"


def main(module):
    """Run the test functions of `module`, or those named on the command line, in order."""
    tests = [(name, function) for name, function in vars(module).items()
             if name.startswith("test_") and (len(sys.argv) < 2 or name in sys.argv[1:])]
    print(f"1..{len(tests)}", flush=True)
    failed = False
    for number, (name, function) in enumerate(tests, 1):
        try:
            function()
            print(f"ok {number} - {name}", flush=True)
        except Exception:
            failed = True
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
            print(f"not ok {number} - {name}", flush=True)
    sys.exit(1 if failed else 0)


__all__ = ["BUILD", "SOURCE", "POSTERN", "TA_DIRECTORY", "LIMIT", "Tee", "program", "read_line", "finish",
           "descendants", "name_of", "await_gone", "main", "signal"]
