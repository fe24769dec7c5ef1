#include <stdio.h>

void *xtl_createlogger_stdiostream(FILE *file, int level, unsigned flags) {
    return level >= 0 && flags == 0 ? file : NULL;
}
