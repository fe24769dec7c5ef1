#!/bin/sh
# enter.sh BASE FOLDER PACKAGES COMMAND...: runs a command in a Debian whose files are those of BASE; changes go to
# FOLDER/upper. Runs in fresh namespaces for all but the network, of which systemd as COMMAND wants its own as well.
set -eu
. "$(dirname "$0")/../support/kernel-folders.sh"
base=$1 folder=$2 packages=$3
shift 3
root=$folder/root
mount --make-rprivate /
rm -rf "$folder/work"
mkdir -p "$root" "$folder/work"
mount -t overlay -o "lowerdir=$base,upperdir=$folder/upper,workdir=$folder/work" debian "$root"
kernel_folders "$root"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mkdir "$root/run/lock" "$root/run/packages"
mount --bind "$packages" "$root/run/packages"
mount -o remount,bind,ro "$root/run/packages"
hostname debian
cd "$root"
pivot_root . mnt
umount -l /mnt
exec env -i HOME=/root TERM=dumb LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive container=other \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
