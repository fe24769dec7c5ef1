#!/bin/sh
# Runs a command as root with a /run and a /var/log of its own, which begin as those of the machine: the agents' memory and
# history there stay as they are. Where that cannot be had, for example in a container, the command runs as it is.
set -e
unshare --mount true 2>/dev/null || exec "$@"
exec unshare --mount --propagation private sh -ec '
    mount -t tmpfs own-world /mnt
    for folder in /run /var/log; do
        own=/mnt/$(basename $folder)
        mkdir -p $own/upper $own/work
        mount -t overlay -o lowerdir=$folder,upperdir=$own/upper,workdir=$own/work own-world $folder
    done
    exec "$@"' sh "$@"
