#include "normal/daemon/options.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/gate.h"

#define THREADS_LIMIT		  128
#define SUPPLICANT_TIMEOUT_MAX_MS 86400000 /* a day */
#define THREADS_FOR_EACH_CPU	  2

enum {
	KEY_SECURE = 256,
	KEY_SUPPLICANT,
	KEY_TA_PATH,
	KEY_RPMB,
	KEY_SUPPLICANT_RPMB,
	KEY_THROW_AWAY,
	KEY_READY_FD,
	KEY_DETACH,
	KEY_TRANSPORT,
	KEY_SUPPLICANT_TIMEOUT,
	KEY_I2C,
};

static const struct argp_option option_table[] = {
	{ "directory", 'd', "DIR", 0, "Put the sockets and the log here (must exist)", 0 },
	{ "state", 's', "DIR", 0, "Keep the device key and the stored files here (must exist)", 0 },
	{ "secure", KEY_SECURE, "PROGRAM", 0, "The secure world's program", 0 },
	{ "supplicant", KEY_SUPPLICANT, "PROGRAM", 0, "Keep this tee-supplicant running", 0 },
	{ "i2c", KEY_I2C, "N:ADDRESS=eeprom[,OPTION...]", 0, "Put an emulated chip on I2C bus N",
	  0 },
	{ "supplicant-timeout", KEY_SUPPLICANT_TIMEOUT, "MS", 0,
	  "Fail what the supplicant does not answer in time (default: never)", 0 },
	{ "ta-path", KEY_TA_PATH, "DIR:...", 0, "Where the supplicant finds TA images", 0 },
	{ "rpmb", KEY_RPMB, "FILE[,OPTION...]", 0,
	  "Give the driver an emulated RPMB device, kept in FILE", 0 },
	{ "supplicant-rpmb", KEY_SUPPLICANT_RPMB, "FILE[,OPTION...]", 0, "Give the supplicant one",
	  0 },
	{ "cpus", 'c', "N", 0, "CPUs of the secure world (default: those online)", 0 },
	{ "threads", 't', "N", 0, "Secure threads (default: 2 for each CPU)", 0 },
	{ "log-level", 'l', "N", 0, "0 none, 1 errors, 2 information (default), 3 debug, 4 flow",
	  0 },
	{ "transport", KEY_TRANSPORT, "smc|ffa", 0,
	  "How driver and secure world speak: raw SMC (default) or FF-A", 0 },
	{ "quiet", 'q', NULL, 0, "Only errors go to standard error", 0 },
	{ "detach", KEY_DETACH, NULL, 0, "Let go of standard error once clients can come", 0 },
	{ "throw-away", KEY_THROW_AWAY, NULL, 0, "Stored files need not survive a power cut", 0 },
	{ "ready-fd", KEY_READY_FD, "FD", 0, "Write a byte there when clients can come", 0 },
	{ 0 },
};

static uint32_t number(const char *text, long low, long high, const char *what,
		       struct argp_state *state)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value < low || value > high) {
		argp_error(state, "%s must be a number from %ld to %ld, not '%s'", what, low, high,
			   text);
	}
	return (uint32_t)value;
}

static enum driver_transport transport(const char *text, struct argp_state *state)
{
	if (strcmp(text, "ffa") == 0) {
		return DRIVER_FFA;
	}
	if (strcmp(text, "smc") != 0) {
		argp_error(state, "--transport must be smc or ffa, not '%s'", text);
	}
	return DRIVER_SMC;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'd':
		options->directory = argument;
		break;
	case 's':
		options->state = argument;
		break;
	case KEY_SECURE:
		options->secure = argument;
		break;
	case KEY_SUPPLICANT:
		options->supplicant = argument;
		break;
	case KEY_TA_PATH:
		options->ta_path = argument;
		break;
	case KEY_RPMB:
		if (options->rpmb_count == DRIVER_RPMB_MAX) {
			argp_error(state, "there may be %u RPMB devices", DRIVER_RPMB_MAX);
		}
		options->rpmb[options->rpmb_count++] = argument;
		break;
	case KEY_SUPPLICANT_RPMB:
		options->supplicant_rpmb = argument;
		break;
	case 'c':
		options->cpus = number(argument, 1, GATE_CPUS_MAX, "--cpus", state);
		break;
	case 't':
		options->threads = number(argument, 1, THREADS_LIMIT, "--threads", state);
		break;
	case 'l':
		options->log_level = number(argument, 0, 4, "--log-level", state);
		break;
	case KEY_I2C:
		if (options->i2c_count == DRIVER_I2C_MAX) {
			argp_error(state, "--i2c: %u chips at most", DRIVER_I2C_MAX);
		}
		options->i2c[options->i2c_count++] = argument;
		break;
	case KEY_SUPPLICANT_TIMEOUT:
		options->supplicant_timeout_ms = number(argument, 1, SUPPLICANT_TIMEOUT_MAX_MS,
							"--supplicant-timeout", state);
		break;
	case KEY_TRANSPORT:
		options->transport = transport(argument, state);
		break;
	case 'q':
		options->quiet = true;
		break;
	case KEY_DETACH:
		options->detach = true;
		break;
	case KEY_THROW_AWAY:
		options->throw_away = true;
		break;
	case KEY_READY_FD:
		options->ready_fd = (int)number(argument, 3, 1 << 20, "--ready-fd", state);
		break;
	case ARGP_KEY_END:
		if (options->directory == NULL || options->state == NULL ||
		    options->secure == NULL) {
			argp_error(state, "--directory, --state and --secure are needed");
		}
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.doc = "posternd - the normal world of a TEE: driver, secure world and supplicant\v"
	       "Usually started by postern(1).",
};

static uint32_t cpus_online(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	if (online < 1) {
		return 1;
	}
	return online < (long)GATE_CPUS_MAX ? (uint32_t)online : GATE_CPUS_MAX;
}

void options_parse(int argc, char **argv, struct options *options)
{
	*options = (struct options){ .log_level = 2, .ready_fd = -1, .cpus = cpus_online() };
	argp_parse(&parser, argc, argv, 0, NULL, options);
	if (options->threads == 0) {
		options->threads = options->cpus * THREADS_FOR_EACH_CPU;
	}
}
