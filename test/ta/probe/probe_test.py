"""A TA tries what no TA may do, past the library: it dies of it or is refused, and nobody else notices."""
import functools
import sys

import harness
from harness import Tee, program

PROBE = program("test/ta/probe/probe")
DENIED = "ffff0001"
DEAD = "ffff3024"

# Attempts that are refused by the TEE itself: there is nothing to die of.
REFUSED = {"bad-syscall"}


@functools.cache
def attempts():
    """{name: (result, origin, errno)} of a run of the probe's client in a TEE of its own."""
    with Tee() as tee:
        result = tee.run(PROBE)
        assert result.returncode == 0, result
        tee.await_idle()
    found = {}
    for line in result.stdout.decode().splitlines():
        name, *rest = line.split()
        found[name] = tuple(rest)
    return found


def test_nothing_that_is_forbidden_works():
    found = attempts()
    assert len(found) >= 28, found
    for name, (result, _, error) in found.items():
        assert result in (DENIED, DEAD), f"{name}: {result}"
        if result == DENIED and name not in REFUSED:
            assert int(error) > 0, f"{name}: refused without an errno"


def test_bad_memory_is_death():
    found = attempts()
    for name in ("peek-nothing", "peek-client", "poke-client", "peek-kernel", "peek-after-the-call",
                 "poke-after-the-call", "write-input", "read-behind", "write-own-code",
                 "execute-own-data", "write-constant", "exhaust-stack"):
        assert found[name][:2] == (DEAD, "3"), f"{name}: {found[name]}"


harness.main(sys.modules[__name__])
