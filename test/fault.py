"""fault.py - clients and a supplicant that a test can stop at any step, and a TEE that they share.

Each is a process of its own that speaks abi/socket.h itself and does what it is told over a pipe, so that
a step is something that was heard of, not a time."""
import array
import json
import os
import select
import signal
import socket
import struct
import sys
import time
import traceback

import harness

VERSION, SHM_ALLOC, OPEN_SESSION, INVOKE = 0x800CA400, 0xC010A401, 0x8010A402, 0x8010A403
SUPPL_RECV, SUPPL_SEND = 0x8010A406, 0x8010A407
ANOTHER, SHM_CLOSE = 1, 2
META, MEMREFS = 0x103, (5, 6, 7)
EVER = 1 << 30
LOAD_TA, CMD_SHM_ALLOC, CMD_SHM_FREE = 0, 6, 7
# Other files of the program that a fault executes in its place.
EXECUTED = ["/bin/sleep", "1000"]

PTA_RPC = bytes.fromhex("3383725116af40a1b72781c0ffc7bad8")
WORKER = bytes.fromhex("3f2f02c5fc424f67a1ece2d127f780c1")
WORKER_RPC = 14
CALL_SIZE, PARAM_SIZE, DATA_SIZE = 208, 48, 4096
KERNEL_MEMORY = 1
TYPES = {"v": 1, "vo": 2, "vio": 3, "mi": 5, "mo": 6, "mio": 7}


class Connection:
    """An open file of posternd's."""

    def __init__(self, directory, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(os.path.join(directory, name))
        magic, _, error, _ = struct.unpack("<IIiI", self.socket.recv(64))
        assert magic == 0x4E545350
        if error != 0:
            raise OSError(error, os.strerror(error))

    def begin(self, operation, payload):
        self.socket.send(struct.pack("<II", operation, len(payload)) + payload)

    def end(self):
        """(errno, payload, descriptor or None) of the reply."""
        answer, ancillary, _, _ = self.socket.recvmsg(8192, socket.CMSG_SPACE(16))
        if answer == b"":
            raise EOFError
        error, _ = struct.unpack("<iI", answer[:8])
        fds = array.array("i")
        for _, _, data in ancillary:
            fds.frombytes(data)
        for fd in fds:
            os.set_inheritable(fd, False)
        return -error, answer[8:], fds[0] if fds else None

    def call(self, operation, payload):
        self.begin(operation, payload)
        return self.end()

    def another(self):
        error, _, fd = self.call(ANOTHER, b"")
        assert error == 0
        other = Connection.__new__(Connection)
        other.socket = socket.socket(fileno=fd)
        return other

    def shm(self, size):
        """(id, descriptor) of memory."""
        error, reply, fd = self.call(SHM_ALLOC, struct.pack("<QIi", size, 0, 0))
        assert error == 0, error
        return struct.unpack("<QIi", reply)[2], fd


def say(pipe, line):
    pipe.sendall(line.encode() + b"\n")


def listen(pipe):
    """The next line, and no byte more of what comes then."""
    line = b""
    while not line.endswith(b"\n"):
        byte = pipe.recv(1)
        if byte == b"":
            os._exit(0)
        line += byte
    return line[:-1].decode()


class Party:
    """A process that goes through body(pipe) and hears and says lines on it."""

    def __init__(self, body):
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                ours.close()
                os.set_inheritable(theirs.fileno(), False)
                body(theirs)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(99)
        theirs.close()
        self.pipe = ours
        self.pipe.settimeout(harness.LIMIT)
        self.said = b""
        self.gone = False

    def tell(self, word):
        self.pipe.sendall(word.encode() + b"\n")

    def hear(self):
        """The next line; None when the other end is closed."""
        while b"\n" not in self.said:
            more = self.pipe.recv(4096)
            if more == b"":
                return None
            self.said += more
        line, self.said = self.said.split(b"\n", 1)
        return line.decode()

    def expect(self, word):
        line = self.hear()
        assert line == word, f"'{line}' instead of '{word}'"

    def fault(self, how):
        """Do it, and return when it is done; SIGSTOP is taken back by resume()."""
        if how == "kill":
            os.kill(self.pid, signal.SIGKILL)
            self.reap()
        elif how == "stop":
            os.kill(self.pid, signal.SIGSTOP)
            os.waitpid(self.pid, os.WUNTRACED)
        elif how == "exit":
            self.tell("exit")
            self.reap()
        else:
            self.tell(how)
            # Close is reported; exec closes the pipe, and with it every other descriptor.
            assert self.hear() == ("closed" if how == "close" else None)

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

    def reap(self):
        if not self.gone:
            os.waitpid(self.pid, 0)
            self.gone = True

    def end(self):
        if not self.gone:
            os.kill(self.pid, signal.SIGKILL)
            self.reap()
        self.pipe.close()


def fault_self(word, connections):
    """What a party does to itself when told; True: go on without the device."""
    if word == "exit":
        os._exit(0)
    if word == "exec":
        os.execv(EXECUTED[0], EXECUTED)
    if word == "close":
        for connection in connections:
            connection.socket.close()
        return True
    raise AssertionError(word)


# --- Clients ------------------------------------------------------------------------------------


def call_bytes(row, key):
    """struct pta_rpc_call of a row (abi/pta_rpc.h), its memory the kernel's."""
    params = b""
    offset = 0
    for number, kind in enumerate(row.params):
        a, b, c, size, memory = 0, 0, 0, 0, 0
        if number == 0:
            a, b, c = row.first(key)
        if kind[0] == "m":
            size, memory = 512, KERNEL_MEMORY
        params += struct.pack("<IIQQQQQ", TYPES[kind], memory, a, b, c, size, offset)
        offset += size
    return (struct.pack("<IIII", row.command, len(row.params), 0, 0) + params).ljust(CALL_SIZE, b"\0")


class Client(Party):
    """Opens a session of the pseudo-TA, or of the worker TA that calls it, and says "open"; told "call", it
    calls, and says what came back: the ioctl's errno, result and origin, and what the RPC gave."""

    def __init__(self, tee, row, through_ta=False, key=0):
        def body(pipe):
            device = Connection(tee.directory, "tee0")
            shm, fd = device.shm(CALL_SIZE + DATA_SIZE)
            error, reply, _ = device.call(OPEN_SESSION, struct.pack(
                "<16s16sIIIIII", WORKER if through_ta else PTA_RPC, b"", 0, 0, 0, 0, 0, 0))
            session, result, origin = struct.unpack("<III", reply[40:52])
            assert (error, result) == (0, 0), (error, hex(result), origin)
            os.pwrite(fd, call_bytes(row, key), 0)
            say(pipe, "open")
            word = listen(pipe)
            if word == "call":
                params = struct.pack("<QQQQ", 7, 0, CALL_SIZE, shm) + struct.pack(
                    "<QQQQ", 7, CALL_SIZE, DATA_SIZE, shm)
                device.begin(INVOKE, struct.pack("<IIIIII", WORKER_RPC if through_ta else 0,
                                                 session, 0, 0, 0, 2) + params)
                ready, _, _ = select.select([device.socket, pipe], [], [])
                if device.socket in ready:
                    error, reply, _ = device.end()
                    result, origin = struct.unpack("<II", reply[12:20]) if error == 0 else (0, 0)
                    say(pipe, f"{error} {result:08x} {origin} "
                          f"{struct.unpack('<I', os.pread(fd, 4, 8))[0]:08x}")
                word = listen(pipe)
            fault_self(word, [device])
            say(pipe, "closed")
            listen(pipe)

        super().__init__(body)
        self.expect("open")


# --- The supplicant -----------------------------------------------------------------------------


class Supplicant(Party):
    """Says "ready" when it has the device. Told "receive", it takes requests and answers them, or as many as
    it is told and then says "served"; told "hold",
    it holds those of `row` and says "taken" of each. Told "answer", it answers what it holds with `answer`, and
    says "answered" with the errno of each."""

    def __init__(self, tee, row, answer=0):
        def body(pipe):
            device = self.connect(tee)
            sender = device.another()
            memory = {}
            held = []
            # Requests still to be taken.
            receiving, holding = 0, False
            say(pipe, "ready")
            while True:
                waiting = [device.socket, pipe] if receiving > 0 else [pipe]
                ready, _, _ = select.select(waiting, [], [])
                if pipe in ready:
                    word = listen(pipe)
                    if word.split()[0] in ("receive", "hold"):
                        holding = holding or word == "hold"
                        if receiving == 0:
                            self.receive(device)
                        receiving = int(word.split()[1]) if word.startswith("receive ") else EVER
                    elif word == "answer":
                        holding = False
                        errors = [self.serve(sender, request, memory, tee, answer) for request in held]
                        held = []
                        say(pipe, "answered" + "".join(f" {error}" for error in errors))
                    elif fault_self(word, [device, sender]):
                        say(pipe, "closed")
                        listen(pipe)
                        return
                    continue
                error, reply, _ = device.end()
                assert error == 0, error
                request = self.parse(reply)
                if holding and row.is_request(request):
                    held.append(request)
                    say(pipe, "taken")
                else:
                    self.serve(sender, request, memory, tee, 0)
                receiving -= 1
                if receiving > 0:
                    self.receive(device)
                else:
                    say(pipe, "served")

        super().__init__(body)
        self.expect("ready")

    @staticmethod
    def connect(tee):
        """Its predecessor may just be going."""
        deadline = time.monotonic() + harness.LIMIT
        while True:
            try:
                return Connection(tee.directory, "teepriv0")
            except OSError as error:
                if error.errno != 16 or time.monotonic() > deadline:
                    raise
                time.sleep(0.001)

    @staticmethod
    def receive(device):
        device.begin(SUPPL_RECV, struct.pack("<II", 0, 6) + struct.pack("<QQQQ", 0x100, 0, 0, 0) +
                     bytes(5 * 32))

    @staticmethod
    def parse(reply):
        function, count = struct.unpack("<II", reply[:8])
        params = [list(struct.unpack("<QQQQ", reply[8 + 32 * i:40 + 32 * i])) for i in range(count)]
        assert params[0][0] == META
        return function, params[0][1], params[1:]

    @staticmethod
    def answer(sender, request, result):
        _, identity, params = request
        error, _, _ = sender.call(SUPPL_SEND, struct.pack("<II", result, len(params) + 1) + struct.pack(
            "<QQQQ", META, identity, 0, 0) + b"".join(struct.pack("<QQQQ", *p) for p in params))
        return error

    def serve(self, sender, request, memory, tee, result):
        """Answer with `result`; with memory and TA images, which a call needs besides what it is about, where
        that is success. The errno of the answer."""
        function, _, params = request
        if function == CMD_SHM_FREE:
            # It is closed before the answer, as the secure world has let go of it.
            sender.call(SHM_CLOSE, struct.pack("<i", params[0][2]))
            os.close(memory.pop(params[0][2]))
        elif function == CMD_SHM_ALLOC and result == 0:
            params[0][3], memory_fd = sender.shm(params[0][2])
            memory[params[0][3]] = memory_fd
        elif function == LOAD_TA and result == 0:
            name = struct.pack("<QQ", *params[0][1:3]).hex()
            name = "-".join((name[:8], name[8:12], name[12:16], name[16:20], name[20:])) + ".ta"
            with open(os.path.join(tee.ta_path, name), "rb") as file:
                image = file.read()
            if params[1][3] in memory and params[1][2] >= len(image):
                os.pwrite(memory[params[1][3]], image, params[1][1])
            params[1][2] = len(image)
        return self.answer(sender, request, result)


# --- The TEE ------------------------------------------------------------------------------------


def status(tee):
    """As `postern status --json` has it, from where that has it."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    control.settimeout(harness.LIMIT)
    control.connect(os.path.join(tee.directory, "control"))
    control.sendall(b'{"do": "status"}\n')
    answer = b""
    while not answer.endswith(b"\n"):
        more = control.recv(8192)
        assert more != b"", "no answer from the TEE"
        answer += more
    control.close()
    return json.loads(answer)


def await_census(tee, **wanted):
    deadline = time.monotonic() + harness.LIMIT
    while True:
        census = status(tee)["census"]
        if all(census[key] == value for key, value in wanted.items()):
            return census
        assert time.monotonic() < deadline, f"census never became {wanted}: {census}"
        time.sleep(0.001)


def await_nothing(tee):
    """Until nothing of any client is left, nor a request of one."""
    return await_census(tee, sessions=0, shm=0, calls=0, threads_busy=0, requests_queued=0, requests_taken=0)
