/* command.h - the subcommands of postern(1): each gets its own argc and argv (argv[0] is its name) and
 * returns the exit status. */
#ifndef NORMAL_TOOLS_COMMAND_H
#define NORMAL_TOOLS_COMMAND_H

#define EXIT_USAGE 64

int command_up(int argc, char **argv);
int command_down(int argc, char **argv);
int command_status(int argc, char **argv);
int command_run(int argc, char **argv);
int command_exec(int argc, char **argv);
int command_logs(int argc, char **argv);
int command_ta(int argc, char **argv);
int command_rpc(int argc, char **argv);
int command_version(int argc, char **argv);

#endif
