/* The fastest xl there is: one running domain, named by the last argument. The same for every agent that is measured. */
#include <stdio.h>
int main(int argc, char **argv) {
    printf("Name                                        ID   Mem VCPUs\tState\tTime(s)\n%-40s     2   128     1     -b----       9.2\n",
           argc > 2 ? argv[argc - 1] : "Domain-0");
    return 0;
}
