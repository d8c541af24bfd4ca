/* smc_probe.c - secure monitor calls from a shell, for the tests in the guest.
 *
 *	echo "A0 [A1 ... A7]" >/proc/smc_probe; cat /proc/smc_probe
 *
 * in hexadecimal; what is read is the eight registers that the last call gave back, at its end: an interrupt
 * in the middle of it does not show. Registers that
 * were not named are zero. */
#include <linux/arm-smccc.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#define LINE_MAX  256
#define REGISTERS 8

#define RPC_FOREIGN_INTR 0xFFFF0004u
#define RETURN_FROM_RPC	 0x32000003u

static DEFINE_MUTEX(probe_mutex);
static struct arm_smccc_1_2_regs last;

static int probe_show(struct seq_file *file, void *unused)
{
	mutex_lock(&probe_mutex);
	seq_printf(file, "%lx %lx %lx %lx %lx %lx %lx %lx\n", last.a0, last.a1, last.a2, last.a3,
		   last.a4, last.a5, last.a6, last.a7);
	mutex_unlock(&probe_mutex);
	return 0;
}

static int probe_open(struct inode *inode, struct file *file)
{
	return single_open(file, probe_show, NULL);
}

static bool parse(char *line, struct arm_smccc_1_2_regs *regs)
{
	unsigned long *const where[REGISTERS] = { &regs->a0, &regs->a1, &regs->a2, &regs->a3,
						  &regs->a4, &regs->a5, &regs->a6, &regs->a7 };
	char *word;
	int count = 0;

	while ((word = strsep(&line, " \n")) != NULL) {
		if (*word == '\0') {
			continue;
		}
		if (count == REGISTERS || kstrtoul(word, 16, where[count++]) != 0) {
			return false;
		}
	}
	return count > 0;
}

static ssize_t probe_write(struct file *file, const char __user *from, size_t size, loff_t *place)
{
	struct arm_smccc_1_2_regs regs = {};
	char line[LINE_MAX];

	if (size >= sizeof(line)) {
		return -EINVAL;
	}
	if (copy_from_user(line, from, size) != 0) {
		return -EFAULT;
	}
	line[size] = '\0';
	if (!parse(line, &regs)) {
		return -EINVAL;
	}
	mutex_lock(&probe_mutex);
	arm_smccc_1_2_smc(&regs, &last);
	while ((u32)last.a0 == RPC_FOREIGN_INTR) {
		/* The interrupt was taken on the way; the secure thread waits to go on. */
		regs = (struct arm_smccc_1_2_regs){ .a0 = RETURN_FROM_RPC, .a3 = last.a3 };
		arm_smccc_1_2_smc(&regs, &last);
	}
	mutex_unlock(&probe_mutex);
	return (ssize_t)size;
}

static const struct proc_ops probe_ops = {
	.proc_open = probe_open,
	.proc_read = seq_read,
	.proc_write = probe_write,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

static int __init probe_init(void)
{
	return proc_create("smc_probe", 0600, NULL, &probe_ops) != NULL ? 0 : -ENOMEM;
}

static void __exit probe_exit(void)
{
	remove_proc_entry("smc_probe", NULL);
}

module_init(probe_init);
module_exit(probe_exit);
MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("Secure monitor calls for Postern's tests");
