"""guest.py - harness.Tee for the guest: the same secure world, under the stock driver.

One machine serves all tests; a Tee is a supplicant with an empty directory, and the clients that a test
starts. What posternd would count is asked of the kernel: where its tasks are, and of the secure world, whether
a secure thread is busy."""
import os
import re
import signal
import subprocess
import time

import machine

TA_LOAD_PATH = "/lib/optee_armtz"
# Looked at before the other one by Debian's tee-supplicant, and by ours when told to.
TA_FIRST_PATH = "/foo/optee_armtz"

SMC_DISABLE_SHM_CACHE = 0xB200000A
SMC_BUSY = 2

# Functions of the kernel in which a task waits.
IN_TEE = r"tee_ioctl|optee_"
IN_SUPPLICANT_QUEUE = r"optee_supp_thrd_req"

TICKS_PER_SECOND = 100
# Kernel time after which a task that runs is taken to be in the secure world: it has nothing else to do.
BUSY_TICKS = 10


class Tee:
    """For the time of a `with` block. `machine`, `libteec` and `supplicant_of` are set for all."""

    machine = None
    libteec = "debian"
    supplicant_of = "debian"
    ta_directory = None
    count = 0

    def __init__(self, *options, state=None, ta_path=None):
        Tee.count += 1
        self.state = state or f"/var/tee.{Tee.count}"
        self.directory = "/dev"
        self.scratch = self.state
        self.ta_path = ta_path or self.ta_directory
        self.with_supplicant = "--no-supplicant" not in options
        self.environment = {"LD_LIBRARY_PATH": f"/{self.libteec}/lib"}
        self.clients, self.supplicant, self.supplicant_pid = [], None, 0

    def __enter__(self):
        self.log_start = len(self.machine.secure_log())
        self.machine.shell("[ -e /dev/tee0 ] || insmod /modules/optee.ko")
        self._put_images()
        if self.with_supplicant:
            self.start_supplicant()
        return self

    def __exit__(self, *_):
        for client in self.clients:
            client.kill()
        for client in self.clients:
            client.wait(machine.LIMIT)
        self.stop_supplicant()
        self.machine.run("rm", "-rf", self.state, TA_FIRST_PATH, check=True)

    def _put_images(self):
        if self.ta_path != self.ta_directory:
            for name in os.listdir(self.ta_path):
                with open(os.path.join(self.ta_path, name), "rb") as image:
                    self.machine.put(image.read(), f"{TA_FIRST_PATH}/{name}")

    # --- The supplicant ---

    def supplicant_command(self):
        command = [f"/{self.supplicant_of}/tee-supplicant", "-f", self.state]
        if self.supplicant_of == "ours":
            command += ["-l", f"{TA_FIRST_PATH}:{TA_LOAD_PATH}"]
        return command

    def start_supplicant(self):
        """Until it has the device open."""
        self.machine.run("mkdir", "-p", self.state, check=True)
        self.supplicant, self.supplicant_pid = self._start(
            self.supplicant_command(), {"LD_LIBRARY_PATH": f"/{self.supplicant_of}/lib"})
        self.machine.shell(f"while [ -e /proc/{self.supplicant_pid}/fd ] && "
                           f"! ls -l /proc/{self.supplicant_pid}/fd | grep -q teepriv; do usleep 10000; done")
        assert self.supplicant.poll() is None, self.supplicant.communicate()

    def stop_supplicant(self, number=signal.SIGKILL):
        if self.supplicant is not None:
            self.supplicant.send_signal(number)
            self.supplicant.wait(machine.LIMIT)
        self.supplicant, self.supplicant_pid = None, 0

    # --- Clients ---

    def _start(self, command, environment):
        """A process, and its number in the guest."""
        process = self.machine.start("sh", "-c", 'echo $$ >&2; exec "$@"', "sh", *command, environment=environment)
        line = b""
        while not line.endswith(b"\n"):
            byte = process.stderr.read(1)
            assert byte, f"{command} does not start"
            line += byte
        return process, int(line)

    def start(self, *command):
        process, process.pid = self._start(command, self.environment)
        self.clients.append(process)
        return process

    def run(self, *command, stdin=None, check=False):
        process = self.start(*command)
        out, errors = process.communicate(stdin, machine.LIMIT)
        self.clients.remove(process)
        result = subprocess.CompletedProcess(command, process.returncode, out, errors)
        assert not check or result.returncode == 0, result
        return result

    def kill(self, pid, number):
        self.machine.run("kill", f"-{int(number)}", str(pid), check=True)

    def postern(self, command, check=False):
        """What the tests use of the postern command."""
        assert command == "down", command
        self.stop_supplicant()
        self.machine.shell("rmmod optee")

    # --- What is going on ---

    def status(self):
        return {"running": True, "supplicant_pid": self.supplicant_pid}

    def stacks(self):
        """Where the kernel is in each task of each client."""
        pids = " ".join(str(client.pid) for client in self.clients if client.poll() is None)
        return self.machine.shell(f"for pid in {pids}; do cat /proc/$pid/task/*/stack 2>/dev/null; done; true")

    def _busy(self):
        """Clients whose tasks spend their time in the kernel, running."""
        pids = " ".join(str(client.pid) for client in self.clients if client.poll() is None)
        stats = self.machine.shell(f"for pid in {pids}; do cat /proc/$pid/stat 2>/dev/null; done; true")
        fields = [line.rsplit(")", 1)[1].split() for line in stats.splitlines()]
        return sum(state[0] == "R" and int(state[12]) >= BUSY_TICKS for state in fields)

    def _now(self, key):
        if key == "calls":
            return min(1, len(re.findall(IN_TEE, self.stacks())) + self._busy())
        if key == "requests_queued":
            return min(1, len(re.findall(IN_SUPPLICANT_QUEUE, self.stacks())))
        if key == "supplicant":
            return int(self.supplicant is not None and self.supplicant.poll() is None)
        raise AssertionError(f"nobody counts {key} here")

    def await_census(self, **wanted):
        deadline = time.monotonic() + machine.LIMIT
        while any(self._now(key) != value for key, value in wanted.items()):
            assert time.monotonic() < deadline, f"never became {wanted}:\n{self.stacks()}\n{self.machine.logs()}"

    def await_idle(self):
        """Until no client is left, and no secure thread is in use."""
        deadline = time.monotonic() + machine.LIMIT
        for client in self.clients:
            client.wait(machine.LIMIT)
        while smc(self.machine, SMC_DISABLE_SHM_CACHE)[0] == SMC_BUSY:
            assert time.monotonic() < deadline, f"a secure thread stays in use:\n{self.machine.logs()}"

    def log(self):
        return self.machine.secure_log()[self.log_start:]

    def await_log(self, text):
        deadline = time.monotonic() + machine.LIMIT
        while text not in self.log():
            assert time.monotonic() < deadline, f"the log never said '{text}':\n{self.log()}"
            time.sleep(0.01)


def smc(of, *registers):
    """The eight registers that a secure monitor call gives back."""
    words = " ".join(f"{register:x}" for register in registers)
    out = of.shell(f"exec 9>/tmp/smc.lock; flock 9; echo {words} >/proc/smc_probe && cat /proc/smc_probe")
    return [int(word, 16) for word in out.split()]
