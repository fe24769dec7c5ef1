/*
 * The fastest xl there is: one running domain, named by the last argument; without one, domain 0 and as many as
 * BENCH_DOMAINS says. The same for every agent that is measured.
 */
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    const char *count = getenv("BENCH_DOMAINS");
    int domains = argc > 2 || count == NULL ? 0 : atoi(count);
    printf("Name                                        ID   Mem VCPUs\tState\tTime(s)\n");
    if (argc > 2) printf("%-40s     2   128     1     -b----       9.2\n", argv[argc - 1]);
    else printf("%-40s     0  1024     1     r-----     100.0\n", "Domain-0");
    for (int domain = 1; domain <= domains; domain++)
        printf("vm%03d%-35s %5d   128     1     -b----       9.2\n", domain, "", domain);
    return 0;
}
