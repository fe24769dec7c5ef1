/*
 * Runs a program once and prints what it took with all that it has waited for: nanoseconds, microseconds of CPU (user and
 * system), peak resident memory in KiB of the largest process, exit code.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
extern char **environ;
int main(int argc, char **argv) {
    (void)argc;
    posix_spawn_file_actions_t nowhere;
    posix_spawn_file_actions_init(&nowhere);
    for (int file = 0; file < 3; file++) posix_spawn_file_actions_addopen(&nowhere, file, "/dev/null", O_RDWR, 0);
    struct timespec before, after;
    struct rusage used;
    pid_t child;
    int status;
    clock_gettime(CLOCK_MONOTONIC, &before);
    if (posix_spawn(&child, argv[1], &nowhere, NULL, argv + 1, environ) != 0) return 1;
    wait4(child, &status, 0, &used);
    clock_gettime(CLOCK_MONOTONIC, &after);
    printf("%ld %ld %ld %d\n", (after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec,
           (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000L + used.ru_utime.tv_usec + used.ru_stime.tv_usec,
           used.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 0;
}
