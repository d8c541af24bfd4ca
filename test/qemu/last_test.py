"""After everything else, in the same machine: what all of it left in the kernel's log."""
import re

from harness import Tee

# All that the drivers may say.
SAID = (r"optee: probing for conduit method\.", r"optee: revision \d+\.\d+.*", r"optee: Asynchronous notifications enabled",
        r"optee: dynamic shared memory is enabled", r"optee: initialized driver",
        r"Modules linked in.*", r"random: .*")


def test_the_drivers_have_warned_of_nothing():
    lines = [re.sub(r"^\[ *[\d.]+\] ", "", line) for line in Tee.machine.normal_log().splitlines()]
    ours = [line for line in lines if re.search(r"\b(op)?tee\b", line)]
    assert len(ours) >= 5, ours
    bad = [line for line in ours if not any(re.fullmatch(said, line) for said in SAID)]
    assert not bad, bad


def test_the_kernel_has_not_stumbled():
    log = Tee.machine.normal_log()
    for word in ("BUG:", "WARNING:", "rcu_sched", "soft lockup", "Call trace", "hung task", "Internal error"):
        assert word not in log, log[max(0, log.index(word) - 2000):][:4000]
