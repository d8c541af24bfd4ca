"""Without a supplicant, clients wait for one, and Ctrl-C always works."""
import os
import signal
import sys

import harness
from harness import Tee, finish, program

CLIENT = program("test/client")
SUPPLICANT = program("normal/supplicant/tee-supplicant")


def test_a_client_waits_until_there_is_a_supplicant():
    with Tee("--no-supplicant") as tee:
        client = tee.start(CLIENT, "0", "1", "2")
        tee.await_census(requests_queued=1)
        supplicant = tee.start(SUPPLICANT, "-f", os.path.join(tee.scratch, "fs"), "-l", tee.ta_path,
                               os.path.join(tee.directory, "teepriv0"))
        status, out, _ = finish(client)
        assert status == 0 and out == "00000000 4 3 2\n", out
        supplicant.terminate()
        finish(supplicant)
        tee.await_census(supplicant=0)


def test_ctrl_c_ends_a_client_that_waits_for_a_supplicant():
    with Tee("--no-supplicant") as tee:
        client = tee.start(CLIENT, "0", "1", "2")
        tee.await_census(requests_queued=1)
        client.send_signal(signal.SIGINT)
        assert finish(client)[0] == -signal.SIGINT
        tee.await_idle()


def test_a_second_supplicant_is_refused():
    with Tee() as tee:
        tee.await_census(supplicant=1)
        result = tee.run(SUPPLICANT, "-f", tee.scratch, os.path.join(tee.directory, "teepriv0"))
        assert result.returncode != 0
        assert b"busy" in result.stderr.lower(), result.stderr


def test_a_frozen_supplicant_fails_what_it_does_not_answer_in_time():
    with Tee("--supplicant-timeout=300") as tee:
        tee.await_census(supplicant=1)
        pid = tee.status()["supplicant_pid"]
        os.kill(pid, signal.SIGSTOP)
        try:
            status, out, _ = finish(tee.start(CLIENT, "0", "1", "2"))
            assert status != 0, out
            assert tee.census()["sessions"] == 0
        finally:
            os.kill(pid, signal.SIGCONT)
        # What it was late with does no harm, and the next client is served.
        tee.await_idle()
        status, out, _ = finish(tee.start(CLIENT, "0", "1", "2"))
        assert status == 0 and out == "00000000 4 3 2\n", out


harness.main(sys.modules[__name__])
