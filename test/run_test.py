"""A stranger's first commands: postern run, up, down, status, logs, version."""
import os
import subprocess
import sys
import tempfile

import harness
from harness import POSTERN, TA_DIRECTORY, Tee, descendants, finish, program, read_line

CLIENT = program("test/client")
VAULT = program("examples/vault/vault")


def private(*command, stdin=None, options=()):
    """postern run in directories of its own; (result, what is left in them)."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = dict(os.environ, XDG_RUNTIME_DIR=scratch, HOME=scratch)
        for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "POSTERN_TEE"):
            environment.pop(name, None)
        result = subprocess.run([POSTERN, "run", "--ta-path", TA_DIRECTORY, *options, "--", *command],
                                env=environment, input=stdin, capture_output=True,
                                timeout=harness.LIMIT, check=False)
        left = [os.path.join(d, f) for d, _, files in os.walk(scratch) for f in files]
    return result, left


def test_a_private_tee_answers_and_leaves_nothing():
    result, left = private(CLIENT, "0", "40", "2")
    assert result.returncode == 0, result
    assert result.stdout == b"00000000 4 2a 2\n", result
    assert left == [], left


def test_the_exit_status_is_the_commands():
    assert private("sh", "-c", "exit 42")[0].returncode == 42
    assert private("sh", "-c", "kill -9 $$")[0].returncode == 128 + 9


def test_a_command_that_does_not_exist_is_named():
    result, left = private("/no/such/command")
    assert result.returncode == 127
    assert b"/no/such/command" in result.stderr
    assert left == []


def test_what_a_ta_logs_appears_on_standard_error():
    result, _ = private(CLIENT, "10", "heard-on-the-terminal")
    assert result.returncode == 0, result
    assert b"heard-on-the-terminal" in result.stderr, result.stderr


def test_the_development_key_is_announced():
    result, _ = private("true")
    assert b"DEVELOPMENT key" in result.stderr, result.stderr


def test_quiet_is_quiet():
    result, _ = private(CLIENT, "10", "unheard", options=["--quiet"])
    assert result.returncode == 0 and result.stderr == b"", result


def test_the_ladder_shows_every_rpc_and_counts_them():
    result, _ = private(CLIENT, "4", options=["--ladder", "--quiet"])
    ladder = result.stderr.decode()
    for word in ("OPEN_SESSION", "LOAD_TA", "SHM_ALLOC", "GET_TIME", "CLOSE_SESSION",
                 "first answer of a TA"):
        assert word in ladder, f"{word} is missing in:\n{ladder}"


def test_a_vault_gives_back_what_was_put():
    secret = os.urandom(70000)
    with Tee() as tee:
        assert tee.run(VAULT, "put", "secret", stdin=secret).returncode == 0
        assert tee.run(VAULT, "get", "secret").stdout == secret
        stored = os.path.join(tee.state, "postern/default/tee")
        for folder, _, files in os.walk(stored):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    assert secret[:64] not in file.read(), "stored in the clear"
        assert b"secret" in tee.run(VAULT, "ls").stdout
        assert tee.run(VAULT, "rm", "secret").returncode == 0
        assert tee.run(VAULT, "get", "secret").returncode != 0


def test_stored_objects_survive_a_restart():
    with Tee() as tee:
        assert tee.run(VAULT, "put", "kept", stdin=b"still here").returncode == 0
        tee.postern("down", check=True)
        tee.up()
        assert tee.run(VAULT, "get", "kept").stdout == b"still here"


def test_two_tees_live_side_by_side_and_share_nothing():
    with Tee() as one, Tee() as other:
        assert one.run(VAULT, "put", "mine", stdin=b"1").returncode == 0
        assert other.run(VAULT, "get", "mine").returncode != 0
        assert one.status()["pid"] != other.status()["pid"]


def test_up_twice_is_up_once():
    with Tee() as tee:
        first = tee.status()["pid"]
        assert "already" in tee.postern("up", check=True).stdout
        assert tee.status()["pid"] == first


def test_status_counts_what_is_alive():
    with Tee() as tee:
        tee.await_idle()
        client = tee.start(CLIENT, "-l", "0", "1", "2")
        assert read_line(client) == "open"
        census = tee.census()
        assert census["sessions"] == 1 and census["files"] >= 2, census
        client.stdin.write(b"\n")
        client.stdin.close()
        client.stdin = None
        status, out, _ = finish(client)
        assert status == 0 and out.strip() == "00000000 4 3 2"
        tee.await_idle()


def test_down_ends_every_process():
    with Tee() as tee:
        pid = tee.status()["pid"]
        processes = [pid, *descendants(pid)]
        assert len(processes) >= 3, processes
        tee.postern("down", check=True)
        harness.await_gone(processes)
        assert tee.status() == {"running": False}


def test_status_of_nothing_is_an_answer():
    with Tee() as tee:
        result = tee.postern("status", "--name", "nobody")
        assert result.returncode == 3 and "not up" in result.stdout


def test_logs_shows_what_was_said():
    with Tee() as tee:
        tee.run(CLIENT, "10", "for-the-log", check=True)
        tee.await_log("for-the-log")
        assert "for-the-log" in tee.postern("logs", check=True).stdout


def test_wrong_command_lines_are_explained():
    with tempfile.TemporaryDirectory() as scratch:
        environment = dict(os.environ, XDG_RUNTIME_DIR=scratch, HOME=scratch)
        for arguments, word in ((["frobnicate"], "frobnicate"), (["run"], "command"), (["exec"], "program"),
                                (["up", "--name", "../x"], "not a name"),
                                (["up", "--cpus", "many"], "number"), (["ta"], "ta"),
                                (["ta", "inspect", "/no/such.ta"], "/no/such.ta"),
                                (["logs", "--name", "nobody"], "nobody")):
            result = subprocess.run([POSTERN, *arguments], env=environment, capture_output=True,
                                    text=True, timeout=harness.LIMIT, check=False)
            assert result.returncode not in (0, -11, -6), (arguments, result)
            assert word in result.stderr, (arguments, result.stderr)


def test_help_and_version_are_there():
    for command in ([], ["up"], ["down"], ["status"], ["run"], ["exec"], ["logs"], ["ta"]):
        result = subprocess.run([POSTERN, *command, "--help"], capture_output=True, text=True,
                                timeout=harness.LIMIT, check=False)
        assert result.returncode == 0 and "Usage" in result.stdout, (command, result)
    version = subprocess.run([POSTERN, "version"], capture_output=True, text=True, check=True).stdout
    assert version.startswith("postern 0."), version


harness.main(sys.modules[__name__])
