/* config.h - a CFG_ define in an expression: IS_ENABLED(CFG_FOO) is 1 where CFG_FOO is 1, and 0
 * where it is anything else or nothing. */
#ifndef CONFIG_H
#define CONFIG_H

/* A define that is 1 puts a comma in front of the 1, which makes it the second argument. */
#define __CONFIG_COMMA_1			    ,
#define __CONFIG_SECOND(first_or_junk, second, ...) second
#define __CONFIG_PICK(first_or_junk)		    __CONFIG_SECOND(first_or_junk 1, 0, 0)
#define __CONFIG_PASTE(value)			    __CONFIG_PICK(__CONFIG_COMMA_##value)

#define IS_ENABLED(config)  __CONFIG_PASTE(config)
/* For names that are made up by a macro. */
#define IS_ENABLED2(config) IS_ENABLED(config)

#endif
