/* An xenstore-watch that hears nothing: every path once, as the real one, then silence. */
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv) {
    for (int path = 1; path < argc; path++) printf("%s\n", argv[path]);
    fflush(stdout);
    for (;;) pause();
}
