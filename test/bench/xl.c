/*
 * The fastest xl there is, with one domain that runs when the file $BENCH_STATE exists, and, in the list of all domains, as
 * many others as $BENCH_DOMAINS says. Called as ssh it is the xl of another host, which runs nothing; called as cibadmin, a
 * cluster that remembers nothing. The same for every agent that is measured.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static const char *state;
static void row(const char *name) { printf("%-40s     2   128     1     -b----       9.2\n", name); }
static int runs(void) { return state == NULL || access(state, F_OK) == 0; }
static int is(const char *word, const char *other) { return strcmp(word, other) == 0; }
int main(int argc, char **argv) {
    const char *self = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    const char *command = argc > 1 ? argv[1] : "", *count = getenv("BENCH_DOMAINS");
    state = getenv("BENCH_STATE");
    if (is(self, "cibadmin")) return 105;
    if (is(command, "create")) return state == NULL || close(open(state, O_CREAT | O_WRONLY, 0600));
    if (is(command, "shutdown") || is(command, "destroy") || is(command, "migrate")) return state == NULL || unlink(state);
    if (!is(command, "list") && !is(self, "ssh")) return 1;
    if (!is(self, "ssh") && argc > 2) {
        if (!runs()) {
            fprintf(stderr, "%s is an invalid domain identifier (rc=-6)\n", argv[2]);
            return 1;
        }
        printf("Name                                        ID   Mem VCPUs\tState\tTime(s)\n");
        row(argv[2]);
        return 0;
    }
    printf("Name                                        ID   Mem VCPUs\tState\tTime(s)\n");
    printf("%-40s     0  1024     1     r-----     100.0\n", "Domain-0");
    if (!is(self, "ssh") && state != NULL && runs()) row(getenv("BENCH_VM"));
    for (int domain = 1; domain <= (count == NULL ? 0 : atoi(count)); domain++)
        printf("vm%03d%-35s %5d   128     1     -b----       9.2\n", domain, "", domain);
    return 0;
}
