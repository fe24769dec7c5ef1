/*
 * The fastest xl of a host with many domains: a file for each in a folder, 0.3 s for a create and for a migration, which goes
 * over the real ssh. Each look at one domain is noted with its time, so that late monitors can be counted. The same for every
 * agent that is measured.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#define FOLDER "/run/bench-xl"
static int is(const char *word, const char *other) { return strcmp(word, other) == 0; }
static char *path(const char *name) {
    static char text[512];
    snprintf(text, sizeof text, FOLDER "/%s", name);
    return text;
}
static void row(const char *name, const struct stat *found) {
    printf("%-40s %5d   128     1     -b----       9.2\n", name, (int)(found->st_ino % 30000) + 1);
}
static int make(const char *name) { return close(open(path(name), O_CREAT | O_WRONLY, 0600)); }
static void note(const char *name) {
    struct timespec now;
    char text[256];
    clock_gettime(CLOCK_MONOTONIC, &now);
    int length = snprintf(text, sizeof text, "%s %ld.%03ld\n", name, now.tv_sec, now.tv_nsec / 1000000);
    int file = open("/run/bench-xl.log", O_CREAT | O_APPEND | O_WRONLY, 0600);
    if (write(file, text, length) < 0) exit(1);
}
int main(int argc, char **argv) {
    const char *command = argc > 1 ? argv[1] : "", *last = argv[argc - 1];
    struct stat found;
    mkdir(FOLDER, 0700);
    if (is(command, "receive")) return make(last);
    if (is(command, "shutdown") || is(command, "destroy")) return unlink(path(last));
    if (is(command, "create")) {
        char line[256], name[200] = "";
        FILE *config = fopen(argv[2], "r");
        while (config != NULL && fgets(line, sizeof line, config) != NULL) sscanf(line, "name = \"%199[^\"]", name);
        usleep(300000);
        return make(name);
    }
    if (is(command, "migrate")) {
        char words[4096];
        const char *ssh = is(argv[2], "-s") ? argv[3] : "ssh", *name = argv[argc - 2];
        snprintf(words, sizeof words, "%s %s xl receive %s", ssh, last, name);
        usleep(300000);
        return system(words) != 0 || unlink(path(name));
    }
    if (!is(command, "list")) return 1;
    if (argc > 2) {
        note(last);
        if (stat(path(last), &found) != 0) {
            fprintf(stderr, "%s is an invalid domain identifier (rc=-6)\n", last);
            return 1;
        }
    }
    printf("Name                                        ID   Mem VCPUs\tState\tTime(s)\n");
    if (argc > 2) row(last, &found);
    else {
        printf("%-40s     0  1024     1     r-----     100.0\n", "Domain-0");
        DIR *folder = opendir(FOLDER);
        for (struct dirent *one; (one = readdir(folder)) != NULL;)
            if (one->d_name[0] != '.' && stat(path(one->d_name), &found) == 0) row(one->d_name, &found);
    }
    return 0;
}
