/* sign_program.c - postern-sign: signs the TAs of the build, which needs no TEE and no postern. */
#include "normal/tools/sign.h"

int main(int argc, char **argv)
{
	return sign_main(argc, argv);
}
