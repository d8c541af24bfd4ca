"""A client that does not use libteec but writes what it likes on the socket: answered with the error of
the ioctl, and nobody else notices."""
import array
import os
import socket
import struct
import sys

import harness
from harness import Tee, program

CLIENT = program("test/client")
EINVAL, EFAULT = 22, 14

# The numbers of the ioctls (abi/device.h) and of the socket's own operations (abi/socket.h).
VERSION, SHM_ALLOC, OPEN_SESSION, INVOKE = 0x800CA400, 0xC010A401, 0x8010A402, 0x8010A403
CANCEL, CLOSE_SESSION, SUPPL_RECV, SHM_REGISTER = 0x8008A404, 0x8004A405, 0x8010A406, 0xC018A409
ANOTHER, SHM_CLOSE = 1, 2


class Connection:
    def __init__(self, tee, name="tee0"):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(harness.LIMIT)
        self.socket.connect(os.path.join(tee.directory, name))
        magic, version, error, _ = struct.unpack("<IIiI", self.socket.recv(64))
        assert (magic, version) == (0x4E545350, 1)
        self.error = error

    def send(self, data, fds=()):
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.socket.sendmsg([data], ancillary)

    def call(self, operation, payload=b"", size=None, fds=()):
        """(error, payload) of the answer."""
        self.send(struct.pack("<II", operation, len(payload) if size is None else size) + payload, fds)
        answer, _, _, _ = self.socket.recvmsg(8192, socket.CMSG_SPACE(16))
        error, length = struct.unpack("<iI", answer[:8])
        assert length == len(answer) - 8
        return -error, answer[8:]


def alloc(size, flags=0):
    return struct.pack("<QIi", size, flags, 0)


def test_unknown_operations_are_einval():
    with Tee() as tee:
        client = Connection(tee)
        for operation in (0, 3, 0xFFFFFFFF, 0x8010A40A, SUPPL_RECV):
            assert client.call(operation, b"\0" * 16)[0] == EINVAL, hex(operation)


def test_wrong_sizes_are_einval_and_the_connection_goes_on():
    with Tee() as tee:
        client = Connection(tee)
        for operation in (VERSION, SHM_ALLOC, OPEN_SESSION, INVOKE, CANCEL, CLOSE_SESSION, SHM_REGISTER):
            for size in (0, 1, 3, 7, 4000):
                assert client.call(operation, b"\0" * size)[0] == EINVAL, (hex(operation), size)
        assert client.call(VERSION, b"\0" * 12, size=11)[0] == EINVAL
        error, version = client.call(VERSION, b"\0" * 12)
        assert error == 0 and struct.unpack("<III", version)[0] == 1


def test_a_packet_larger_than_any_request_is_einval():
    with Tee() as tee:
        client = Connection(tee)
        assert client.call(OPEN_SESSION, b"\0" * 9000)[0] == EINVAL
        assert client.call(VERSION, b"\0" * 12)[0] == 0


def test_less_than_a_header_ends_the_connection():
    with Tee() as tee:
        client = Connection(tee)
        client.send(b"\1\2")
        assert client.socket.recv(64) == b""
        assert Connection(tee).call(VERSION, b"\0" * 12)[0] == 0


def test_shared_memory_of_senseless_size_or_flags_is_refused():
    with Tee() as tee:
        client = Connection(tee)
        assert client.call(SHM_ALLOC, alloc(0))[0] == EINVAL
        assert client.call(SHM_ALLOC, alloc(4096, flags=1))[0] == EINVAL
        assert client.call(SHM_ALLOC, alloc(1 << 62))[0] != 0
        assert client.call(SHM_CLOSE, struct.pack("<i", 77))[0] == EINVAL
        tee.await_idle()


def test_memory_that_could_shrink_cannot_be_registered():
    with Tee() as tee:
        client = Connection(tee)
        register = struct.pack("<QQIi", 0, 4096, 0, 0)
        unsealed = os.memfd_create("unsealed", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(unsealed, 4096)
        assert client.call(SHM_REGISTER, register, fds=[unsealed])[0] == EFAULT
        assert client.call(SHM_REGISTER, register)[0] == EFAULT
        null = os.open("/dev/null", os.O_RDWR)
        assert client.call(SHM_REGISTER, register, fds=[null])[0] == EFAULT
        os.close(unsealed)
        os.close(null)
        tee.await_idle()


def test_anothers_session_and_memory_are_out_of_reach():
    with Tee() as tee:
        owner = tee.start(CLIENT, "-l", "0", "1", "2")
        assert harness.read_line(owner) == "open"
        thief = Connection(tee)
        for session in range(1, 8):
            invoke = struct.pack("<IIIIII", 0, session, 0, 0, 0, 0)
            assert thief.call(INVOKE, invoke)[0] == EINVAL, session
            assert thief.call(CLOSE_SESSION, struct.pack("<I", session))[0] == EINVAL
        for identity in range(0, 16):
            assert thief.call(SHM_CLOSE, struct.pack("<i", identity))[0] == EINVAL
        owner.stdin.write(b"\n")
        owner.stdin.close()
        owner.stdin = None
        assert harness.finish(owner)[0] == 0


def test_many_descriptors_at_once_do_not_stay_open():
    with Tee() as tee:
        client = Connection(tee)
        pid = tee.status()["pid"]
        before = len(os.listdir(f"/proc/{pid}/fd"))
        null = os.open("/dev/null", os.O_RDWR)
        for _ in range(50):
            assert client.call(VERSION, b"\0" * 12, fds=[null, null, null])[0] == 0
        os.close(null)
        assert len(os.listdir(f"/proc/{pid}/fd")) <= before + 1


def test_control_answers_nonsense_with_an_error():
    with Tee() as tee:
        for line in (b"\n", b"{}\n", b"[1,2\n", b'{"do": "dance"}\n', b"\xff\xfe\n"):
            control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            control.settimeout(harness.LIMIT)
            control.connect(os.path.join(tee.directory, "control"))
            control.sendall(line)
            assert b"error" in control.recv(4096), line
            control.close()
        assert tee.status()["running"]


harness.main(sys.modules[__name__])
