"""The examples do what their READMEs say."""
import os
import sys

import harness
from harness import Tee, program

HELLO = program("examples/hello/hello")
CLOCK = program("examples/clock/clock")
VAULT = program("examples/vault/vault")

# More than the secure world stores in one object.
TOO_LARGE = 17 << 20


def output(result):
    assert result.returncode == 0, result
    return result.stdout.decode()


def test_hello_shows_every_kind_of_parameter():
    with Tee() as tee:
        assert output(tee.run(HELLO, "Ada")).splitlines() == [
            "Hello, Ada! This is a trusted application.",
            "40 + 2 = 42",
            "1 + ... + 100 = 5050",
            "MEMORY THAT BOTH OF US WRITE",
            "memory that is shared once",
            "6 calls in this session",
        ]
        assert "Hello, world!" in output(tee.run(HELLO))
        refused = tee.run(HELLO, "x" * 33)
        assert refused.returncode == 1 and b"0xffff0006 from origin 4" in refused.stderr, refused
        tee.await_log("a session for Ada")


def test_clock_has_three_clocks():
    with Tee() as tee:
        lines = output(tee.run(CLOCK)).splitlines()
        assert lines[0].startswith("system") and lines[1].startswith("normal world"), lines
        assert lines[2].split(maxsplit=2)[2] == "not set", lines
        assert "1000." in output(tee.run(CLOCK, "set", "1000"))
        # The TA is kept alive, and its time runs on between two clients.
        assert " 100" in output(tee.run(CLOCK)).splitlines()[2]


# covers: RPC_CMD_SUSPEND MSG_CMD_CANCEL
def test_clock_waits_and_loses_patience():
    with Tee() as tee:
        assert output(tee.run(CLOCK, "wait", "10")) == "waited\n"
        assert output(tee.run(CLOCK, "wait", "10", "100000")) == "waited\n"
        cancelled = tee.run(CLOCK, "wait", "3600000", "1")
        assert (cancelled.returncode, cancelled.stdout) == (1, b"cancelled\n"), cancelled
        tee.await_idle()


def test_vault_keeps_files_of_any_size():
    with Tee() as tee:
        for size in (0, 1, 4095, 4096, 1 << 20, (1 << 20) + 1, 3 << 20):
            content = os.urandom(size)
            output(tee.run(VAULT, "put", "file", stdin=content))
            assert tee.run(VAULT, "get", "file", check=True).stdout == content, size
            assert output(tee.run(VAULT, "info", "file")) == f"file: {size} bytes\n"


def test_vault_lists_and_removes():
    with Tee() as tee:
        assert output(tee.run(VAULT, "ls")) == ""
        names = ["z", "a", "n" * 63, "with space", "../../etc/passwd", "fünf"]
        for number, name in enumerate(names):
            output(tee.run(VAULT, "put", name, stdin=b"x" * number))
        listed = [line[12:] for line in output(tee.run(VAULT, "ls")).splitlines()]
        assert listed == sorted(names, key=lambda name: name.encode()), listed
        for name in names:
            output(tee.run(VAULT, "rm", name))
        assert output(tee.run(VAULT, "ls")) == ""


def test_vault_explains_what_it_cannot_do():
    with Tee() as tee:
        for arguments, status, word in ((["get", "nothing"], 1, b"no such file"),
                                        (["rm", "nothing"], 1, b"no such file"),
                                        (["info", "nothing"], 1, b"nothing"),
                                        (["put", ""], 64, b"1 to 63"),
                                        (["put", "x" * 64], 64, b"1 to 63"),
                                        (["put"], 64, b"Usage"), (["frobnicate"], 64, b"Usage")):
            result = tee.run(VAULT, *arguments, stdin=b"")
            assert result.returncode == status and word in result.stderr, (arguments, result)


def test_a_put_that_fails_leaves_the_old_file():
    with Tee() as tee:
        output(tee.run(VAULT, "put", "file", stdin=b"old"))
        large = tee.run(VAULT, "put", "file", stdin=bytes(TOO_LARGE))
        assert large.returncode == 1 and b"larger than the TEE can store" in large.stderr, large
        assert output(tee.run(VAULT, "get", "file")) == "old"
        assert len(output(tee.run(VAULT, "ls")).splitlines()) == 1


def test_without_a_tee_the_examples_say_so():
    with Tee() as tee:
        tee.postern("down", check=True)
        for command in ([HELLO], [CLOCK], [VAULT, "ls"]):
            result = tee.run(*command)
            assert result.returncode == 1 and b"no TEE" in result.stderr, result


harness.main(sys.modules[__name__])
