# The newcomer's face of the build. Meson does the work; each target installs what it needs first and
# says so. `make help` lists the targets.

BUILD ?= build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)

RELEASE = $(BUILD)/release
ADDRESS = $(BUILD)/address
THREAD = $(BUILD)/thread
FIRMWARE = $(BUILD)/firmware
FLASH = $(FIRMWARE)/monitor/postern.bin

.PHONY: help build firmware guest qemu qemu-test qemu-bench run test check bench format install clean
.DEFAULT_GOAL := help

help:
	@echo 'make run      build, start a private TEE, seal a file with a TA, show each RPC'
	@echo 'make test     build with sanitizers and pass all tests'
	@echo 'make check    layers, coverage, formatting, headers, undefined symbols, clang-tidy, cross build'
	@echo 'make bench    measure; prints a table and writes $(BUILD)/bench.json (TRANSPORT=ffa: by FF-A)'
	@echo 'make firmware build the aarch64 firmware for QEMU into $(FIRMWARE)'
	@echo 'make qemu     the firmware and the kernel of Debian under QEMU, with a shell'
	@echo 'make qemu-test    all tests of the guest; make qemu-bench   count instructions of the firmware'
	@echo 'make install  install below PREFIX ($(PREFIX))'
	@echo 'make build    build only     make format   format the sources     make clean'

build:
	@scripts/install-packages build test
	@scripts/configure $(RELEASE) --buildtype=debugoptimized
	@ninja -C $(RELEASE) -j $(JOBS)

firmware:
	@scripts/install-packages build firmware
	@scripts/firmware-libraries $(BUILD)/firmware-libraries
	@scripts/configure-firmware $(FIRMWARE) $(BUILD)/firmware-libraries
	@ninja -C $(FIRMWARE) -j $(JOBS)

# The guest: Debian's arm64 kernel, drivers, tee-supplicant and libteec, and our programs for arm64.
guest: firmware
	@scripts/install-packages cross
	@scripts/build-arm64 $(BUILD)/arm64
	@scripts/build-guest $(BUILD)/guest $(BUILD)/arm64

qemu: guest
	@scripts/qemu-run $(FLASH) $(BUILD)/guest

qemu-test: guest
	@python3 test/qemu/run_tests.py $(FLASH) $(BUILD)/guest $(BUILD)/arm64/build

qemu-bench: guest
	@scripts/qemu-plugin $(BUILD)/qemu-plugin
	@bench/qemu/run $(FIRMWARE) $(BUILD)/guest $(BUILD)/arm64/build $(BUILD)/qemu-plugin/count.so \
		$(BUILD)/qemu-bench.json

run: build
	@scripts/main-job $(RELEASE)

test:
	@scripts/install-packages build test firmware cross
	@scripts/run-tests $(BUILD) $(JOBS)

check:
	@scripts/install-packages build test check cross
	@scripts/check $(BUILD)

bench: build
	@scripts/install-packages bench
	@bench/run $(RELEASE) $(BUILD)/bench$(TRANSPORT:%=-%).json $(TRANSPORT)

format:
	@scripts/install-packages check
	@scripts/check-format --fix

install: build
	@meson configure $(RELEASE) --prefix=$(PREFIX)
	@meson install -C $(RELEASE)

clean:
	@rm -rf $(BUILD)
