/*
 * The least that an agent can be: each action is the one xl command that it takes, and nothing is looked at before or after.
 * What Pacemaker, xl and its ssh need by themselves.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
extern char **environ;
static int is(const char *word, const char *other) { return strcmp(word, other) == 0; }
static int xl(char *one, char *two, char *three) {
    char *argv[] = {"xl", one, two, three, NULL};
    posix_spawn_file_actions_t nowhere;
    pid_t child;
    int status;
    posix_spawn_file_actions_init(&nowhere);
    for (int file = 0; file < 3; file++) posix_spawn_file_actions_addopen(&nowhere, file, "/dev/null", O_RDWR, 0);
    if (posix_spawnp(&child, "xl", &nowhere, NULL, argv, environ) != 0) return 1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
static void metadata(void) {
    const char *actions[] = {"start", "stop", "monitor", "migrate_to", "migrate_from", "meta-data"};
    puts("<?xml version=\"1.0\"?>\n<resource-agent name=\"Bare\" version=\"1\"><version>1.0</version>"
         "<longdesc lang=\"en\">xl alone</longdesc><shortdesc lang=\"en\">xl alone</shortdesc><parameters>"
         "<parameter name=\"xmfile\"><longdesc lang=\"en\">file</longdesc><shortdesc lang=\"en\">file</shortdesc>"
         "<content type=\"string\"/></parameter></parameters><actions>");
    for (int at = 0; at < 6; at++) printf("<action name=\"%s\" timeout=\"60s\"/>\n", actions[at]);
    puts("</actions></resource-agent>");
}
int main(int argc, char **argv) {
    const char *action = argc > 1 ? argv[1] : "";
    char *vm = getenv("OCF_RESOURCE_INSTANCE");
    if (is(action, "meta-data")) metadata();
    else if (is(action, "monitor")) return xl("list", vm, NULL) == 0 ? 0 : 7;
    else if (is(action, "start")) return xl("create", getenv("OCF_RESKEY_xmfile"), NULL);
    else if (is(action, "stop")) xl("destroy", vm, NULL);
    else if (is(action, "migrate_to")) return xl("migrate", vm, getenv("OCF_RESKEY_CRM_meta_migrate_target"));
    else if (!is(action, "migrate_from")) return 3;
    return 0;
}
