"""machine.py - QEMU with the firmware and Debian's kernel, and programs that run in it.

A Machine is up from `with` to its end; start() runs a program in the guest and gives back a Process, which is
as much of a Popen as the tests need. Everything ends on an event: QEMU's end, an answer of the agent
(agent.c); BOOT_LIMIT and LIMIT only turn a hang into a failure."""
import os
import queue
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

BOOT_LIMIT = int(os.environ.get("POSTERN_BOOT_LIMIT", "120"))
LIMIT = int(os.environ.get("POSTERN_TEST_LIMIT", "60"))

START, INPUT, KILL, READY, OUTPUT, ERRORS, EXIT = range(7)
FRAME = struct.Struct("<III")
FRAME_MAX = 1 << 19

# Where things lie in the normal world's memory; the boot block is abi/boot.h's.
KERNEL, BOOT_BLOCK, INITRD = 0x42200000, 0x47FF0000, 0x48000000
BOOT_MAGIC, BOOT_VERSION, ARGUMENTS_MAX = 0x544F4F42, 1, 2048
MEMORY_MIB = 512

# Without a secure world only the guest's own part can be tried: POSTERN_FIRMWARE=none.
NO_FIRMWARE = "none"


def boot_block(initrd_size, arguments):
    line = arguments.encode()
    assert len(line) < ARGUMENTS_MAX
    return struct.pack("<IIQQQ", BOOT_MAGIC, BOOT_VERSION, KERNEL, INITRD,
                       INITRD + initrd_size) + line.ljust(ARGUMENTS_MAX, b"\0")


def command_line(firmware, guest, block, arguments, cpus=2, extra=()):
    """QEMU's words, but for where the serial lines go. `guest` is what scripts/build-guest made; the boot
    block is written to the file `block`."""
    kernel, initrd = os.path.join(guest, "kernel"), os.path.join(guest, "initrd")
    command = ["qemu-system-aarch64", "-cpu", "max,pauth-impdef=on", "-smp", str(cpus), "-m", str(MEMORY_MIB), "-nodefaults",
               "-display", "none", "-no-reboot"]
    if firmware == NO_FIRMWARE:
        return [*command, "-machine", "virt,gic-version=3,acpi=off", "-kernel", kernel, "-initrd", initrd,
                "-append", arguments, *extra]
    with open(block, "wb") as file:
        file.write(boot_block(os.path.getsize(initrd), arguments))
    command += ["-machine", "virt,secure=on,gic-version=3,acpi=off,virtualization=off", "-bios", firmware]
    for path, address in ((kernel, KERNEL), (initrd, INITRD), (block, BOOT_BLOCK)):
        command += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
    return [*command, *extra]


class Pump:
    """Bytes into a pipe, without ever making the one who brings them wait."""

    def __init__(self):
        reader, self.writer = os.pipe()
        self.file = os.fdopen(reader, "rb", buffering=0)
        self.waiting = queue.SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    def put(self, data):
        self.waiting.put(data)

    def _run(self):
        while True:
            data = self.waiting.get()
            if data is None:
                break
            try:
                while data:
                    data = data[os.write(self.writer, data):]
            except OSError:
                break
        os.close(self.writer)


class Input:
    """What is written to a process."""

    def __init__(self, process):
        self.process = process
        self.closed = False

    def write(self, data):
        for at in range(0, len(data), FRAME_MAX):
            self.process.machine.send(INPUT, self.process.id, data[at:at + FRAME_MAX])

    def flush(self):
        pass

    def close(self):
        if not self.closed:
            self.closed = True
            self.process.machine.send(INPUT, self.process.id, b"")


class Process:
    """A program in the guest."""

    def __init__(self, machine, number, args):
        self.machine, self.id, self.args = machine, number, args
        self.returncode = None
        self.ended = threading.Event()
        self._out, self._errors = Pump(), Pump()
        self.stdin, self.stdout, self.stderr = Input(self), self._out.file, self._errors.file

    def received(self, kind, data):
        if kind == EXIT:
            status = struct.unpack("<I", data)[0] if data else 0xFF00
            self.returncode = -(status & 0x7F) if status & 0x7F else status >> 8
            self._out.put(None)
            self._errors.put(None)
            self.ended.set()
        else:
            (self._out if kind == OUTPUT else self._errors).put(data)

    def poll(self):
        return self.returncode if self.ended.is_set() else None

    def wait(self, timeout=None):
        if not self.ended.wait(timeout):
            raise subprocess.TimeoutExpired(self.args, timeout)
        return self.returncode

    def send_signal(self, number):
        self.machine.send(KILL, self.id, struct.pack("<I", number))

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def communicate(self, data=None, timeout=None):
        if self.stdin is not None:
            if data:
                self.stdin.write(data)
            self.stdin.close()
        self.wait(timeout or LIMIT)
        return self.stdout.read(), self.stderr.read()


class Machine:
    """QEMU, from `with` to its end."""

    def __init__(self, firmware, guest, arguments="", cpus=2, extra=()):
        self.scratch = tempfile.mkdtemp(prefix="pqemu.")
        self.console = os.path.join(self.scratch, "console")
        self.secure = os.path.join(self.scratch, "secure")
        self.lock = threading.Lock()
        self.processes, self.numbers = {}, 0
        self.ready, self.over = threading.Event(), threading.Event()
        port = os.path.join(self.scratch, "agent")
        arguments = f"console=ttyAMA0 loglevel=8 panic=-1 postern.agent {arguments}".strip()
        self.command = command_line(firmware, guest, os.path.join(self.scratch, "block"), arguments, cpus, [
            "-serial", f"file:{self.console}", "-serial", f"file:{self.secure}",
            "-chardev", f"socket,id=agent,path={port},server=on,wait=on",
            "-device", "virtio-serial-device", "-device", "virtserialport,chardev=agent,name=agent", *extra])
        self.port = port

    def __enter__(self):
        self.started = time.monotonic()
        self.qemu = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT)
        try:
            self._connect()
            threading.Thread(target=self._receive, daemon=True).start()
            deadline = time.monotonic() + BOOT_LIMIT
            while not self.ready.wait(0.1):
                if self.over.is_set() or time.monotonic() > deadline:
                    raise AssertionError("the guest does not start:\n" + self.logs())
        except BaseException:
            self.__exit__()
            raise
        self.boot_seconds = time.monotonic() - self.started
        return self

    def __exit__(self, *_):
        self.qemu.kill()
        self.qemu.wait()
        self.qemu.stdout.close()
        self.over.set()
        shutil.rmtree(self.scratch)

    def _connect(self):
        self.socket = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + BOOT_LIMIT
        while True:
            try:
                self.socket.connect(self.port)
                return
            except OSError:
                if self.qemu.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError("QEMU does not start: " + self.qemu.stdout.read().decode()) from None
                time.sleep(0.01)

    def _read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def _receive(self):
        try:
            while True:
                kind, number, size = FRAME.unpack(self._read(FRAME.size))
                data = self._read(size)
                if kind == READY:
                    self.ready.set()
                    continue
                process = self.processes.pop(number) if kind == EXIT else self.processes[number]
                process.received(kind, data)
        except (EOFError, OSError):
            self.over.set()
            for process in list(self.processes.values()):
                process.received(EXIT, b"")

    def send(self, kind, number, data):
        with self.lock:
            if not self.over.is_set():
                try:
                    self.socket.sendall(FRAME.pack(kind, number, len(data)) + data)
                except OSError:
                    self.over.set()

    def start(self, *command, environment=None):
        with self.lock:
            self.numbers += 1
            process = Process(self, self.numbers, command)
            self.processes[process.id] = process
        variables = {"PATH": "/bin:/sbin:/usr/bin:/usr/sbin", "HOME": "/", **(environment or {})}
        words = [*command, "", *(f"{name}={value}" for name, value in variables.items())]
        self.send(START, process.id, b"".join(word.encode() + b"\0" for word in words))
        if self.over.is_set():
            raise AssertionError("the guest is gone:\n" + self.logs())
        return process

    def run(self, *command, data=None, environment=None, check=False, limit=LIMIT):
        """A subprocess.CompletedProcess of a program that ends by itself."""
        process = self.start(*command, environment=environment)
        try:
            out, errors = process.communicate(data, limit)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"{command} does not end:\n{self.logs()}") from None
        if self.over.is_set():
            raise AssertionError("the guest is gone:\n" + self.logs())
        result = subprocess.CompletedProcess(command, process.returncode, out, errors)
        assert not check or result.returncode == 0, result
        return result

    def shell(self, script, check=True):
        """What a shell in the guest writes."""
        return self.run("sh", "-c", script, check=check).stdout.decode()

    def put(self, data, path):
        self.run("sh", "-c", f"mkdir -p $(dirname {path}) && cat >{path}", data=data, check=True)

    def normal_log(self):
        return self._text(self.console)

    def secure_log(self):
        return self._text(self.secure)

    def _text(self, path):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def logs(self, lines=60):
        tail = [line for name, path in (("normal", self.console), ("secure", self.secure))
                for line in [f"--- {name} console ---", *self._text(path).splitlines()[-lines:]]]
        return "\n".join(tail)
