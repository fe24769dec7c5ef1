/*
 * A wall clock of its own for the programs of a node: the file of $NODE_CLOCK holds, as text, by how many seconds it is
 * ahead, and is looked at each time. Preloaded into the cluster's programs and the agents; the monotonic clocks stay.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *ahead;

__attribute__((constructor)) static void map_file(void)
{
    const char *name = program_invocation_short_name, *file = getenv("NODE_CLOCK");
    /* The simulated hypervisors tell the truth, and that has one clock. */
    if (!file || !strncmp(name, "xl", 2) || !strncmp(name, "xenstore", 8) || !strncmp(name, "vm", 2) ||
        !strncmp(name, "ocf-virt-sim", 12) || !strcmp(name, "date"))
        return;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    const char *mapped = mmap(NULL, 16, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped != MAP_FAILED)
        ahead = mapped;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    long failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && ahead && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += strtol(ahead, NULL, 10);
    return failed ? -1 : 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &exact))
        return -1;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now)
        *now = exact.tv_sec;
    return exact.tv_sec;
}
