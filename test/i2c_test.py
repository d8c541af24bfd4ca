"""An emulated EEPROM on an I2C bus, asked by the secure world."""
import os
import sys
import tempfile

import harness
from harness import Tee


def transfer(tee, *words):
    return tee.postern("rpc", "i2c-transfer", *words)


# covers: RPC_CMD_I2C_TRANSFER RPC_I2C_READ RPC_I2C_WRITE
def test_an_eeprom_keeps_what_is_written_when_it_has_a_file():
    with tempfile.TemporaryDirectory(prefix="pi2c.") as directory:
        chip = "--i2c=1:0x50=eeprom,file=" + os.path.join(directory, "eeprom")
        with Tee(chip) as tee:
            assert transfer(tee, "write", "1", "0x50", "x106b657074").returncode == 0
        with Tee(chip) as tee:
            assert transfer(tee, "write", "1", "0x50", "x10").returncode == 0
            read = transfer(tee, "read", "1", "0x50", "4")
            assert read.returncode == 0 and "kept" in read.stdout, read
            tee.await_idle()


def test_what_is_not_on_a_bus_does_not_answer():
    with Tee("--i2c=1:0x50=eeprom") as tee:
        assert "0xffff000e" in transfer(tee, "read", "1", "0x51", "4").stdout
        assert "0xffff0006" in transfer(tee, "read", "2", "0x50", "4").stdout
    with Tee() as tee:
        assert "0xffff000a" in transfer(tee, "read", "1", "0x50", "4").stdout


harness.main(sys.modules[__name__])
