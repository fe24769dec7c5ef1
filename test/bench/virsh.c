/* The fastest virsh there is, with one domain that runs when the file $BENCH_STATE exists. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
    const char *state = getenv("BENCH_STATE"), *command = "";
    for (int word = argc - 1; word > 0; word--) if (argv[word][0] != '-') command = argv[word];
    int runs = access(state, F_OK) == 0;
    if (strcmp(command, "create") == 0) return close(open(state, O_CREAT | O_WRONLY, 0600));
    if (strcmp(command, "shutdown") == 0 || strcmp(command, "destroy") == 0) return unlink(state);
    if (strcmp(command, "domstate") == 0) printf(runs ? "running\n" : "error: failed to get domain\n");
    if (strcmp(command, "dumpxml") == 0) printf("<domain><devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices></domain>\n");
    return 0;
}
