/* constructor.h - what a TA's image wants run before and after everything else. */
#ifndef TA_LIBUTEE_CONSTRUCTOR_H
#define TA_LIBUTEE_CONSTRUCTOR_H

/* In the order of the image; the destructors backwards. */
void utee_constructors_run(void);
void utee_destructors_run(void);

#endif
