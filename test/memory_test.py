"""Memory of every size, at every alignment, lent in every way: the TA sees it all and touches nothing else."""
import sys

import harness
from harness import Tee, finish, program

MEMORY = program("test/memory")


def shapes(tee):
    """(name, size, offset, result) of each."""
    status, out, errors = finish(tee.start(MEMORY), 2 * harness.LIMIT)
    assert status == 0, (status, out, errors)
    return [line.split()[:4] for line in out.splitlines()]


def test_memory_of_any_size_and_place_arrives_and_comes_back():
    with Tee() as tee:
        found = shapes(tee)
        tee.await_idle()
    lent = [shape for shape in found if shape[0] != "short"]
    assert len(lent) >= 90, found
    assert {shape[0] for shape in lent} == {"temporary", "registered", "allocated", "whole"}
    assert max(int(shape[1]) for shape in lent) == 8 << 20
    bad = [shape for shape in lent if shape[3] != "00000000"]
    assert not bad, bad
    assert ["short", "100", "0", "ffff0010"] in found, found[-1]


harness.main(sys.modules[__name__])
