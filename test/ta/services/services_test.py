"""What a TA gets from outside: sockets on this machine, plug-ins, a key of its own, profiles."""
import contextlib
import os
import shutil
import socket
import sys
import tempfile
import threading

import harness
from harness import Tee, finish, program

SERVICES = program("test/ta/services/services")
SUPPLICANT = program("normal/supplicant/tee-supplicant")
PLUGIN = program("normal/supplicant/libfake_plugin_echo.so")
ECHO = "9d8a3d2c-1b4f-4c11-8e57-6021aa4b0f73"
UUID = "226a4e70-5914-403e-91d9-310f60edbd7b"

SUCCESS = "00000000"
BAD_PARAMETERS = "ffff0006"
NOT_FOUND = "ffff0008"
NOT_SUPPORTED = "ffff000a"
COMMUNICATION = "ffff000e"
SECURITY = "ffff000f"
PROTOCOL = "f1007001"
TIMEOUT = "f1007003"
HOSTNAME = 0xf1007007
TARGET_DEAD = "ffff3024"


def start_supplicant(tee):
    return tee.start(SUPPLICANT, "-f", os.path.join(tee.scratch, "fs"), "-l", tee.ta_path, "-p",
                     os.path.join(tee.scratch, "plugins"), "--profile-path", tee.profiles,
                     os.path.join(tee.directory, "teepriv0"))


@contextlib.contextmanager
def tee_with_supplicant():
    """A TEE whose supplicant has a plug-in, and puts profiles where the test sees them."""
    with Tee("--no-supplicant") as tee:
        plugins = os.path.join(tee.scratch, "plugins")
        tee.profiles = os.path.join(tee.scratch, "profiles")
        os.mkdir(plugins)
        os.mkdir(tee.profiles)
        shutil.copy(PLUGIN, plugins)
        tee.supplicant = start_supplicant(tee)
        try:
            tee.await_census(supplicant=1)
            yield tee
        finally:
            tee.supplicant.terminate()
            finish(tee.supplicant)


def steps(tee, *words):
    """[(result, number, data)], one for each word."""
    result = tee.run(SERVICES, *words)
    lines = result.stdout.decode().splitlines()
    assert result.returncode == 0 and len(lines) == len(words), result
    return [(parts[1], int(parts[2]), parts[3] if len(parts) > 3 else "")
            for parts in (line.split(" ", 3) for line in lines)]


class Server:
    """One connection, or one datagram, on a free port of `host`."""

    def __init__(self, host="127.0.0.1", kind=socket.SOCK_STREAM):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, kind)
        self.socket.settimeout(harness.LIMIT)
        self.socket.bind((host, 0))
        if kind == socket.SOCK_STREAM:
            self.socket.listen()
        self.port = self.socket.getsockname()[1]
        self.thread = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.thread is not None:
            self.thread.join()
        self.socket.close()

    def serve(self, work):
        """work(connection) beside the test."""
        def body():
            connection, _ = self.socket.accept()
            with connection:
                connection.settimeout(harness.LIMIT)
                work(connection)

        self.thread = threading.Thread(target=body)
        self.thread.start()


# covers: RPC_CMD_SOCKET RPC_SOCKET_OPEN RPC_SOCKET_SEND RPC_SOCKET_RECV
def test_a_ta_talks_over_tcp():
    for host, version in ("127.0.0.1", 1), ("::1", 2), ("localhost", 0):
        address = "127.0.0.1" if host == "localhost" else host
        try:
            server = Server(address)
        except OSError:
            assert address == "::1"  # a machine without IPv6
            continue
        with tee_with_supplicant() as tee, server:
            server.serve(lambda connection: connection.sendall(connection.recv(100).upper()))
            result = steps(tee, f"open,tcp,{version},{host},{server.port}", "send,-1,hello", "recv,-1,100",
                           "recv,-1,100", "error", "close")
            assert result == [(SUCCESS, 0, ""), (SUCCESS, 5, ""), (SUCCESS, 5, "HELLO"), (SUCCESS, 0, ""),
                              (SUCCESS, 0, ""), (SUCCESS, 0, "")], result
            tee.await_idle()


def test_a_ta_talks_over_udp():
    with tee_with_supplicant() as tee, Server(kind=socket.SOCK_DGRAM) as server:
        client = tee.start(SERVICES, f"open,udp,1,127.0.0.1,{server.port}", "send,-1,question", "pause",
                           "recv,-1,0", "recv,-1,4", "recv,0,4", "close")
        data, peer = server.socket.recvfrom(100)
        assert data == b"question"
        server.socket.sendto(b"answer", peer)
        client.stdin.write(b"go\n")
        client.stdin.flush()
        status, out, errors = finish(client)
        lines = out.splitlines()
        assert status == 0, errors
        # What waits; a datagram of which there was room for a part; and then nothing.
        assert lines[3] == f"recv {SUCCESS} 6 ", out
        assert lines[4].startswith(f"recv {SUCCESS} ") and lines[4].endswith(" answ"), out
        assert int(lines[4].split()[2]) > 4, out
        assert lines[5].startswith(f"recv {TIMEOUT} 4"), out


def test_a_wait_ends_when_its_time_is_up():
    with tee_with_supplicant() as tee, Server() as server:
        result = steps(tee, f"open,tcp,1,127.0.0.1,{server.port}", "recv,20,16", "error", "recv,0,16")
        assert result[1] == (TIMEOUT, 16, ""), result
        assert result[2] == (SUCCESS, int(TIMEOUT, 16), ""), result
        assert result[3][0] == TIMEOUT, result


def test_what_cannot_be_reached_says_so():
    with tee_with_supplicant() as tee:
        with Server() as server:
            port = server.port
        result = steps(tee, f"open,tcp,1,127.0.0.1,{port}", "open,tcp,1,no.such.host.invalid,1", "send,0,x")
        assert result[0][0] == COMMUNICATION, result
        assert result[1][:2] == (PROTOCOL, HOSTNAME), result
        assert result[2][0] == "ffff0007", result


# covers: RPC_SOCKET_IOCTL
def test_ioctls_reach_the_socket():
    with tee_with_supplicant() as tee, Server() as server:
        result = steps(tee, f"open,tcp,1,127.0.0.1,{server.port}", "ioctl,0x65f00000,int,4096",
                       "ioctl,0x65f00001,int,4096", "ioctl,5,int,1")
        assert [r[0] for r in result] == [SUCCESS] * 4, result
    with tee_with_supplicant() as tee, Server(kind=socket.SOCK_DGRAM) as server:
        with Server(kind=socket.SOCK_DGRAM) as other:
            result = steps(tee, f"open,udp,1,127.0.0.1,{server.port}",
                           f"ioctl,0x66000002,port,{other.port}", "send,-1,moved")
            assert [r[0] for r in result] == [SUCCESS] * 3, result
            assert other.socket.recv(100) == b"moved"


def test_much_data_goes_in_parts():
    size = 150000
    with tee_with_supplicant() as tee, Server() as server:
        got = []

        def drain(connection):
            while data := connection.recv(65536):
                got.append(len(data))

        server.serve(drain)
        result = steps(tee, f"open,tcp,1,127.0.0.1,{server.port}", f"send,-1,*{size}", "close")
        server.thread.join()
        assert result[1][0] == SUCCESS and 0 < result[1][1] <= 131072, result
        assert sum(got) == result[1][1], got


# covers: RPC_SOCKET_CLOSE_ALL
def test_a_tas_sockets_are_closed_when_it_dies():
    with tee_with_supplicant() as tee, Server() as server:
        ended = []
        server.serve(lambda connection: ended.append(connection.recv(100)))
        result = steps(tee, f"open,tcp,1,127.0.0.1,{server.port}", "panic")
        server.thread.join()
        assert result[1][0] == TARGET_DEAD, result
        assert ended == [b""]
        tee.await_idle()


def test_a_tas_sockets_are_closed_when_its_client_is_killed():
    with tee_with_supplicant() as tee, Server() as server:
        ended = []
        server.serve(lambda connection: ended.append(connection.recv(100)))
        client = tee.start(SERVICES, f"open,tcp,1,127.0.0.1,{server.port}", "pause")
        assert harness.read_line(client) == f"open {SUCCESS} 0"
        client.kill()
        finish(client)
        server.thread.join()
        assert ended == [b""]
        tee.await_idle()


def test_sockets_of_one_ta_cannot_be_used_by_another():
    """Both have handle 0 of their own; what one closes stays open for the other."""
    with tee_with_supplicant() as tee, Server() as server:
        server.serve(lambda connection: connection.sendall(connection.recv(100)))
        client = tee.start(SERVICES, f"open,tcp,1,127.0.0.1,{server.port}", "pause", "send,-1,mine",
                           "recv,-1,10")
        assert harness.read_line(client) == f"open {SUCCESS} 0"
        with Server() as second:
            result = steps(tee, f"open,tcp,1,127.0.0.1,{second.port}", "close")
            assert [r[0] for r in result] == [SUCCESS] * 2, result
        client.stdin.write(b"go\n")
        client.stdin.flush()
        status, out, _ = finish(client)
        assert status == 0 and out.splitlines()[-1] == f"recv {SUCCESS} 4 mine", out


# covers: RPC_CMD_SUPP_PLUGIN RPC_PLUGIN_INVOKE
def test_a_plugin_is_invoked():
    with tee_with_supplicant() as tee:
        result = steps(tee, f"plugin,{ECHO},0,0,abcd", f"plugin,{ECHO},0x1234,1,abcd", f"plugin,{ECHO},0,0",
                       f"plugin,{UUID},0,0,abcd")
        assert result[0] == (SUCCESS, 4, "dcba"), result
        assert result[1] == ("00001234", 4, "edcb"), result
        assert result[2] == (SUCCESS, 0, ""), result
        assert result[3][0] == NOT_FOUND, result
        tee.await_idle()


def test_a_ta_has_a_key_of_its_own():
    with tempfile_state() as state:
        keys = []
        for _ in range(2):
            with Tee(state=state) as tee:
                result = steps(tee, "key,32", "key,16", "key,32,extra", "key,15", "key,33",
                               "key-away,32")
                assert [r[0] for r in result] == [SUCCESS] * 3 + [BAD_PARAMETERS] * 2 + [SECURITY], result
                keys.append([r[2] for r in result[:3]])
        assert keys[0] == keys[1], "the same device, the same key"
        assert len(keys[0][0]) == 64 and keys[0][1] == keys[0][0][:32], keys
        assert keys[0][2] != keys[0][0], keys
    with Tee() as tee:
        assert steps(tee, "key,32")[0][2] != keys[0][0], "another device, another key"


@contextlib.contextmanager
def tempfile_state():
    state = tempfile.mkdtemp(prefix="ptest.")
    try:
        yield state
    finally:
        shutil.rmtree(state)


# covers: RPC_CMD_GPROF
def test_a_profile_becomes_a_file():
    with tee_with_supplicant() as tee:
        result = steps(tee, "profile,0,first", "profile,1,more", "profile,0,second", "profile,101,x", "sample")
        assert result[:3] == [(SUCCESS, 1, ""), (SUCCESS, 1, ""), (SUCCESS, 2, "")], result
        assert result[3][0] == BAD_PARAMETERS and result[4][0] == NOT_SUPPORTED, result
        with open(os.path.join(tee.profiles, f"gmon-{UUID}.out"), encoding="ascii") as first:
            assert first.read() == "firstmore"
        with open(os.path.join(tee.profiles, f"gmon-{UUID}.1.out"), encoding="ascii") as second:
            assert second.read() == "second"
        tee.await_log("the program counter cannot be sampled here")


def test_a_supplicant_that_dies_takes_the_sockets_along():
    """Who waits gets an error; the next supplicant knows nothing of them, and everything ends."""
    with tee_with_supplicant() as tee, Server() as server:
        server.serve(lambda connection: connection.recv(100))
        client = tee.start(SERVICES, f"open,tcp,1,127.0.0.1,{server.port}", "pause", "recv,-1,16", "close")
        assert harness.read_line(client) == f"open {SUCCESS} 0"
        client.stdin.write(b"go\n")
        client.stdin.flush()
        tee.await_census(requests_taken=1)
        tee.supplicant.kill()
        finish(tee.supplicant)
        second = start_supplicant(tee)
        try:
            status, out, _ = finish(client)
            assert status == 0, out
            assert out.splitlines()[1:] == [f"recv {COMMUNICATION} 16 ", f"close {BAD_PARAMETERS} 0 "], out
            tee.await_idle()
        finally:
            second.terminate()
            finish(second)


harness.main(sys.modules[__name__])
