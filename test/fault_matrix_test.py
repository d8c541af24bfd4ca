"""The fault matrix: {client, TA, supplicant} x {SIGKILL, SIGSTOP and SIGCONT, exit, close of the device, exec}
x each step of each RPC x {1, 8 clients}. After each cell: the documented result, and nothing left.

The rows are those of abi/rpc_table.h, so that an RPC is covered when its row is there. The steps are those
of a request to the supplicant: queued, taken, answered; of a wait in the driver: inside; of an RPC that the
driver answers at once, there is only what comes after. Of a TA there are two faults: a TA has no device to
close, and its filter lets it neither exit nor exec. Each cell has a supplicant of its own."""
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import fault
import harness
from fault import Client, Supplicant, await_census, await_nothing, status
from harness import Tee, descendants, name_of, program

# As many at a time; a cell mostly waits for processes to begin and end.
LANES = 4
COUNTS = (1, 8)
THREADS = 12
FAULTS = ("kill", "stop", "exit", "close", "exec")
TA_FAULTS = ("kill", "stop")
STEPS = {"supplicant": ("queued", "taken", "answered"), "waiting": ("inside",), "driver": ("answered",)}

LONG_MS = 600000
ITEM_NOT_FOUND = 0xFFFF0008
COMMANDS_LOOKED_AT = 64
# What a client hears: errno, result of the call, its origin, result of the RPC.
ANSWERED = "0 00000000 4 ffff0008"
NOT_SUPPORTED = "0 00000000 4 ffff000a"
SUPPLICANT_GONE = "0 00000000 4 ffff000e"
# The RPC was answered all the same, and that is in the memory of the client.
TA_DEAD = "0 ffff3024 3 ffff0008"


class Row:
    """A line of abi/rpc_table.h."""

    def __init__(self, line):
        self.server, self.name, command, sub, *self.params = line.split()
        self.command, self.sub = int(command), int(sub)

    def first(self, key):
        """a, b, c of the first parameter, where that is a value; `key` is for notifications."""
        if self.name == "suspend":
            return LONG_MS, 0, 0
        if self.name.startswith("notification-"):
            return self.sub, key, LONG_MS
        if self.name.startswith("shm-"):
            return self.sub, 4096, 0
        return self.sub, 0, 0

    def is_request(self, request):
        function, _, params = request
        has_sub = self.name.startswith(("fs-", "socket-"))
        return function == self.command and (not has_sub or params[0][1] == self.sub)

    def result(self, outcome):
        """What a client hears of `outcome`, in the words of this RPC."""
        if self.name == "shm-alloc":
            # Whatever the supplicant said: there was no memory.
            return outcome[:-8] + "ffff000c"
        if self.name == "shm-free":
            # The secure world gave something away: nobody asks whether it was wanted.
            return outcome[:-8] + "00000000"
        return outcome


ROWS = [Row(line) for line in subprocess.run([program("test/rpc_rows")], capture_output=True, text=True,
                                             check=True).stdout.splitlines()]


def asked(row):
    """The row that a client calls to make this one happen."""
    if row.name == "shm-free":
        return next(other for other in ROWS if other.name == "shm-alloc")
    return row


class Cell:
    """One place of the matrix, with the processes in it."""

    def __init__(self, tee, row, count, party):
        self.tee, self.row, self.count, self.party = tee, row, count, party
        self.clients = []
        self.supplicant = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in [*self.clients, self.supplicant]:
            if one is not None:
                one.end()

    def begin(self, step):
        """Until every client is at `step`, and no further."""
        through_ta = self.party == "ta"
        self.supplicant = Supplicant(self.tee, self.row, ITEM_NOT_FOUND)
        if through_ta or step != "queued":
            self.supplicant.tell("receive")
        self.clients = [Client(self.tee, asked(self.row), through_ta, key) for key in range(self.count)]
        if through_ta and step == "queued":
            self.supplicant.end()
            self.supplicant = Supplicant(self.tee, self.row, ITEM_NOT_FOUND)
        if step != "queued":
            self.supplicant.tell("hold")
        for client in self.clients:
            client.tell("call")
        if step == "queued":
            if asked(self.row) is not self.row:
                # What comes first: all of it is there before any of what follows.
                await_census(self.tee, requests_queued=self.count)
                self.supplicant.tell(f"receive {self.count}")
                self.supplicant.expect("served")
            await_census(self.tee, requests_queued=self.count, requests_taken=0)
        elif self.row.server == "supplicant":
            for _ in self.clients:
                self.supplicant.expect("taken")
        elif step == "inside":
            await_census(self.tee, calls=self.count)
        if step == "answered":
            self.answer()
            self.hear(ANSWERED)

    def answer(self, errors=0):
        if self.row.server == "supplicant":
            self.supplicant.tell("answer")
            self.supplicant.expect("answered" + f" {errors}" * self.count)

    def take_and_answer(self):
        self.supplicant.tell("hold")
        for _ in self.clients:
            self.supplicant.expect("taken")
        self.answer()

    def hear(self, outcome):
        for client in self.clients:
            heard = client.hear()
            if self.row.server == "supplicant":
                client_expects = self.row.result(outcome)
                assert heard == client_expects, f"'{heard}' instead of '{client_expects}'"
            else:
                assert heard.startswith("0 00000000 4 "), heard

    def wake(self):
        """Send the notification that each client waits for."""
        row = next(other for other in ROWS if other.name == "notification-send")
        for key in range(self.count):
            self.clients.append(Client(self.tee, row, key=key))
            self.clients[-1].tell("call")
            assert self.clients[-1].hear() == "0 00000000 4 00000000"
            self.clients[-1].end()

    def clients_end(self):
        for client in self.clients:
            client.end()


# --- What happens after a fault -------------------------------------------------------------------


def client_fault(cell, step, how):
    for client in cell.clients:
        client.fault(how)
    if how == "stop":
        if step == "queued":
            cell.take_and_answer()
        elif step == "taken":
            cell.answer()
        for client in cell.clients:
            client.resume()
        if step in ("queued", "taken"):
            cell.hear(ANSWERED)
        cell.clients_end()
        if cell.row.name == "notification-wait":
            cell.wake()
    elif step == "taken":
        # Nobody waits for what the supplicant holds; its answer finds that out, and goes on.
        await_census(cell.tee, calls=0, sessions=0, requests_taken=cell.count)
        cell.answer(errors=9)
    elif step == "inside" and cell.row.name == "notification-wait":
        # Nobody may be woken from this but by whom it waits for: the secure world's locks rely on it.
        await_census(cell.tee, calls=cell.count)
        cell.wake()
    elif step == "queued":
        await_census(cell.tee, calls=0, sessions=0)
        # What gives something back is left for the supplicant that is there; the rest is withdrawn.
        cell.supplicant.tell("receive")


def supplicant_fault(cell, step, how):
    cell.supplicant.fault(how)
    if how == "stop":
        cell.supplicant.resume()
        if step == "queued":
            cell.take_and_answer()
        elif step == "taken":
            cell.answer()
    if step in ("queued", "taken"):
        cell.hear(ANSWERED if how == "stop" else SUPPLICANT_GONE)
    cell.clients_end()
    if how != "stop":
        await_census(cell.tee, supplicant=False)


def ta_fault(cell, step, how):
    secure = status(cell.tee)["secure_pid"]
    pids = [pid for pid in descendants(secure) if name_of(pid).startswith("postern-ta")]
    assert len(pids) == cell.count, pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL if how == "kill" else signal.SIGSTOP)
    if step == "queued":
        cell.take_and_answer()
    elif step == "taken":
        cell.answer()
    if how == "stop":
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    if step in ("queued", "taken"):
        cell.hear(TA_DEAD if how == "kill" else ANSWERED)
    cell.clients_end()


PARTIES = {"client": (FAULTS, client_fault), "supplicant": (FAULTS, supplicant_fault),
           "ta": (TA_FAULTS, ta_fault)}


def cells_of(row):
    for party, (faults, run) in PARTIES.items():
        if row.server != "supplicant" and party != "client":
            continue
        for step in STEPS[row.server]:
            for how in faults:
                for count in COUNTS:
                    yield party, step, how, count, run


def run_row(tee, row):
    """How many cells, and the seconds of the longest."""
    cells, longest = 0, 0.0
    for party, step, how, count, run in cells_of(row):
        begun = time.monotonic()
        try:
            with Cell(tee, row, count, party) as cell:
                cell.begin(step)
                run(cell, step, how)
                await_nothing(tee)
        except BaseException as error:
            raise AssertionError(f"{row.name}: {party} {how} when {step}, {count} clients") from error
        await_census(tee, files=0, supplicant=False)
        cells, longest = cells + 1, max(longest, time.monotonic() - begun)
    return cells, longest


# --- Running it -----------------------------------------------------------------------------------


def lane(number, rows, out):
    with tempfile.TemporaryDirectory() as scratch, \
            Tee("--no-supplicant", "--threads", str(THREADS), "--rpmb", os.path.join(scratch, "rpmb")) as tee:
        for row in rows[number::LANES]:
            try:
                cells, longest = run_row(tee, row)
                line = f"ok {row.name} # {cells} cells, the longest {longest:.2f} s"
            except Exception:
                line = f"not ok {row.name}"
                for text in traceback.format_exc().splitlines():
                    line += f"\n# {text}"
                tee.postern("down")
                tee.up()
            os.write(out, line.encode() + b"\n\0")
        census = tee.census()
        assert not any(census[key] for key in ("sessions", "shm", "calls", "threads_busy",
                                               "requests_queued", "requests_taken")), census


def nothing_else_is_answered():
    """A command without a row is not supported: so what is answered has a row, and is in the matrix."""
    with Tee() as tee:
        known = {row.command for row in ROWS}
        for command in set(range(COMMANDS_LOOKED_AT)) - known:
            client = Client(tee, Row(f"supplicant unknown {command} 0 v"))
            client.tell("call")
            heard = client.hear()
            client.end()
            assert heard == NOT_SUPPORTED, (command, heard)
        await_nothing(tee)


def main():
    rows = [row for row in ROWS if len(sys.argv) < 2 or row.name in sys.argv[1:]]
    print(f"1..{len(rows) + 2}", flush=True)
    failed = False
    try:
        nothing_else_is_answered()
        print("ok 1 - nothing is answered that has no row", flush=True)
    except Exception:
        failed = True
        for line in traceback.format_exc().splitlines():
            print(f"# {line}", flush=True)
        print("not ok 1 - nothing is answered that has no row", flush=True)
    ours, theirs = os.pipe()
    lanes = []
    for number in range(LANES):
        pid = os.fork()
        if pid == 0:
            os.close(ours)
            code = 1
            with contextlib.suppress(Exception):
                lane(number, rows, theirs)
                code = 0
            os._exit(code)
        lanes.append(pid)
    os.close(theirs)
    number = 1
    with os.fdopen(ours, "rb") as results:
        for result in iter(lambda: read_result(results), ""):
            number += 1
            verdict, rest = result.split(" ", 1) if result.startswith("ok") else ("not ok", result[7:])
            failed = failed or verdict != "ok"
            print(f"{verdict} {number} - {rest}", flush=True)
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in lanes]
    clean = number == len(rows) + 1 and not any(codes)
    print(f"{'ok' if clean else 'not ok'} {len(rows) + 2} - every row was run, and every TEE ends clean",
          flush=True)
    sys.exit(0 if clean and not failed else 1)


def read_result(stream):
    result = b""
    while not result.endswith(b"\n\0"):
        byte = stream.read(1)
        if byte == b"":
            return ""
        result += byte
    return result[:-2].decode()


main()
