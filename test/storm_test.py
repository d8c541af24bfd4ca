"""64 threads on 4 secure threads, sharing and not sharing contexts and sessions: every call is answered,
none starves."""
import os
import sys

import harness
from harness import Tee, finish, program

CLIENT = program("test/client")
SECONDS = os.environ.get("STORM_SECONDS", "10")


def test_sixty_four_threads_on_four_secure_threads():
    with Tee("--threads", "4") as tee:
        client = tee.start(CLIENT, "storm", "64", SECONDS)
        status, out, errors = finish(client, harness.LIMIT + 5 * int(SECONDS))
        assert status == 0, (status, out, errors)
        total, fewest = (int(word) for word in out.split())
        assert fewest > 0, f"a thread starved: {total} calls in all"
        tee.await_idle()
        log = tee.log()
        assert "Sanitizer" not in log, log


harness.main(sys.modules[__name__])
