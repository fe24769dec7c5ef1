/* The part of libxl that resuming a domain needs, on the simulated host: the real library cannot be loaded there. */
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int libxl_ctx_alloc(void **context, int version, unsigned flags, void *logger) {
    static int simulated;
    *context = &simulated;
    return version == 0 && flags == 0 && logger != NULL ? 0 : -6;
}

int libxl_domain_resume(void *context, uint32_t domid, int suspend_cancel, const void *how) {
    char id[16];
    int status;
    if (context == NULL || suspend_cancel != 1 || how != NULL) return -6;
    snprintf(id, sizeof id, "%u", domid);
    pid_t child = fork();
    if (child == 0) {
        execlp("ocf-virt-sim", "ocf-virt-sim", "resume", id, (char *)NULL);
        _exit(127);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : -3;
}
