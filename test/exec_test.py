"""postern exec: programs that know only /dev/tee0 and /dev/teepriv0, on posternd."""
import os
import signal
import subprocess
import sys
import tempfile

import harness
from harness import POSTERN, TA_DIRECTORY, Tee, descendants, finish, name_of, program, read_line

RAW = program("test/exec_raw")
STATIC = program("test/exec_raw_static")
CLIENT = program("test/client")
SUPPLICANT = program("normal/supplicant/tee-supplicant")
CHECKS = subprocess.run([RAW, "--list"], capture_output=True, text=True, check=True).stdout.split()
ADD = (CLIENT, "0", "40", "2")
ADDED = b"00000000 4 2a 2\n"


def execute(tee, *command, **options):
    return tee.run(POSTERN, "exec", "--", *command, **options)


def start(tee, *command):
    return tee.start(POSTERN, "exec", "--", *command)


def go_on(client):
    client.stdin.write(b"\n")
    client.stdin.flush()


def passes(result, checks):
    out = result.stdout.decode()
    assert result.returncode == 0 and out == "".join(f"ok {name}\n" for name in checks), result


def check_all(raw):
    client = [name for name in CHECKS if not name.startswith("supplicant")]
    supplicant = [name for name in CHECKS if name.startswith("supplicant")]
    assert client and supplicant
    with Tee() as tee:
        passes(execute(tee, raw, *client), client)
        tee.await_idle()
    with Tee("--no-supplicant") as tee:
        passes(execute(tee, raw, *supplicant), supplicant)
        tee.await_idle()
        tee.await_census(supplicant=0)


# covers: TEE_IOC_VERSION TEE_IOC_SHM_ALLOC TEE_IOC_SHM_REGISTER TEE_IOC_SHM_REGISTER_FD TEE_IOC_OPEN_SESSION TEE_IOC_INVOKE TEE_IOC_CANCEL TEE_IOC_CLOSE_SESSION TEE_IOC_OBJECT_INVOKE
def test_every_ioctl_of_a_dynamic_program():
    check_all(RAW)


def test_every_ioctl_of_a_static_program():
    check_all(STATIC)


def supplicant_command(tee):
    return SUPPLICANT, "-f", os.path.join(tee.scratch, "fs"), "-l", tee.ta_path


def test_libteec_and_supplicant_on_devices_and_on_sockets():
    for supplicant_on_devices in (False, True):
        with Tee("--no-supplicant") as tee:
            if supplicant_on_devices:
                supplicant = start(tee, *supplicant_command(tee), "/dev/teepriv0")
            else:
                supplicant = tee.start(*supplicant_command(tee),
                                       os.path.join(tee.directory, "teepriv0"))
            tee.await_census(supplicant=1)
            for run in (tee.run, lambda *command: execute(tee, *command)):
                assert run(*ADD).stdout == ADDED
                assert run(CLIENT, "5", "7", "70000").stdout.startswith(b"00000000 4"), "store"
                assert run(CLIENT, "6", "7", "70000").stdout.startswith(b"00000000 4"), "load"
            supplicant.terminate()
            finish(supplicant)
            tee.await_census(supplicant=0)
            tee.await_idle()


def test_a_storm_on_devices_leaves_nothing():
    with Tee() as tee:
        result = execute(tee, CLIENT, "storm", "16", "1")
        assert result.returncode == 0, result
        tee.await_idle()


def test_a_program_killed_in_a_call_leaves_nothing():
    with Tee() as tee:
        client = start(tee, CLIENT, "-l", "2", "600000")
        assert read_line(client) == "open"
        go_on(client)
        tee.await_census(calls=1)
        pids = [pid for pid in descendants(client.pid) if name_of(pid) == "client"]
        assert len(pids) == 1, pids
        os.kill(pids[0], signal.SIGKILL)
        status, _, _ = finish(client)
        assert status == 128 + signal.SIGKILL, status
        tee.await_idle()
        assert execute(tee, *ADD).stdout == ADDED


def test_a_call_ends_with_its_program_although_another_has_the_file():
    with Tee("--no-supplicant") as tee:
        client = start(tee, RAW, "hold", "shared")
        assert read_line(client) == "waiting"
        tee.await_census(requests_queued=1)
        go_on(client)
        assert read_line(client) == "killed"
        tee.await_census(requests_queued=0, calls=0)
        go_on(client)
        assert finish(client)[0] == 0


def test_a_killed_supervisor_leaves_nothing():
    with Tee() as tee:
        client = start(tee, CLIENT, "-l", *ADD[1:])
        assert read_line(client) == "open"
        supervisor = descendants(client.pid)[0]
        os.kill(supervisor, signal.SIGKILL)
        status, _, errors = finish(client)
        assert status == 1 and "gone" in errors, (status, errors)
        tee.await_idle()


def test_a_signal_reaches_the_program():
    with Tee("--no-supplicant") as tee:
        for number in (signal.SIGTERM, signal.SIGHUP):
            client = start(tee, *ADD)
            tee.await_census(requests_queued=1)
            client.send_signal(number)
            assert finish(client)[0] == 128 + number
            tee.await_idle()


def test_a_supplicant_on_the_device_stops_when_told():
    with Tee("--no-supplicant") as tee:
        supplicant = start(tee, *supplicant_command(tee), "/dev/teepriv0")
        tee.await_census(supplicant=1)
        supplicant.terminate()
        finish(supplicant)
        tee.await_census(supplicant=0)


def test_memory_keeps_its_file_and_the_sessions_as_long_as_it_is_mapped_or_open():
    for kind in ("mapping", "registered"):
        with Tee() as tee:
            client = start(tee, RAW, "hold", kind)
            assert read_line(client) in ("mapped", "registered")
            tee.await_census(sessions=1, shm=1)
            go_on(client)
            assert read_line(client) in ("unmapped", "closed")
            tee.await_census(sessions=0, shm=0)
            go_on(client)
            assert finish(client)[0] == 0


def test_sessions_live_on_over_exec_as_the_descriptor_does():
    with Tee() as tee:
        client = start(tee, RAW, "hold", "exec")
        assert read_line(client) == "open"
        tee.await_census(sessions=1)
        go_on(client)
        assert read_line(client) == "executed"
        tee.await_census(sessions=1)
        go_on(client)
        assert finish(client)[0] == 0
        tee.await_idle()


def test_a_session_whose_opener_cannot_be_told_is_closed():
    with Tee() as tee:
        client = start(tee, RAW, "hold", "unheard")
        assert read_line(client) == "open"
        tee.await_census(sessions=0)
        go_on(client)
        assert finish(client)[0] == 0


def test_what_a_program_leaves_running_keeps_the_devices():
    with Tee() as tee:
        script = f"({CLIENT} -l 0 40 2 >$2 2>&1 <$1 &) ; exit 5"
        fifo, out = os.path.join(tee.scratch, "fifo"), os.path.join(tee.scratch, "out")
        os.mkfifo(fifo)
        # What is left holds what it inherited, so nothing of ours is to wait for the end of that.
        status = subprocess.run([POSTERN, "exec", "--", "sh", "-c", script, "sh", fifo, out],
                                env=tee.environment, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, timeout=harness.LIMIT, check=False).returncode
        assert status == 5, status
        with open(fifo, "w", encoding="ascii") as line:
            tee.await_census(sessions=1)
            line.write("\n")
        tee.await_idle()
        with open(out, "rb") as said:
            assert said.read() == b"open\n" + ADDED


def test_a_private_tee_with_devices():
    with tempfile.TemporaryDirectory() as scratch:
        environment = dict(os.environ, XDG_RUNTIME_DIR=scratch, HOME=scratch)
        for raw in (RAW, STATIC):
            result = subprocess.run([POSTERN, "run", "--exec", "--quiet", "--ta-path", TA_DIRECTORY, "--",
                                     raw, "invoke"], env=environment, capture_output=True,
                                    timeout=harness.LIMIT, check=False)
            passes(result, ["invoke"])
        for command, status in ((("sh", "-c", "exit 42"), 42), (("sh", "-c", "kill -9 $$"), 137),
                                (("/no/such/program",), 127)):
            result = subprocess.run([POSTERN, "run", "--exec", "--quiet", "--", *command], env=environment,
                                    capture_output=True, timeout=harness.LIMIT, check=False)
            assert result.returncode == status, result


def test_without_a_tee_there_is_no_device():
    with Tee() as tee:
        tee.postern("down", check=True)
        result = execute(tee, RAW, "version")
        assert result.returncode == 1 and b"/dev/tee0: No such file" in result.stderr, result


def test_one_exec_in_another_is_refused():
    with Tee() as tee:
        result = execute(tee, POSTERN, "exec", "--", "true")
        assert result.returncode == 1 and b"inside another exec" in result.stderr, result


harness.main(sys.modules[__name__])
