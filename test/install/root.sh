#!/bin/sh
# root.sh RELEASE FOLDER SOURCES PROXY: a clean Debian in FOLDER, as debootstrap makes it, with apt ready to use.
# Runs in mount and process namespaces of its own: whatever ends it, no mount and no process stays behind.
set -eu
release=$1 root=$2 sources=$3 proxy=$4
mirror=$(sed -n 's/^deb //p;q' "$sources" | cut -d' ' -f1)
debootstrap "$release" "$root" "$mirror"
cp "$sources" "$root/etc/apt/sources.list"
cp "$proxy" "$root/etc/apt/apt.conf.d/90proxy"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
# No daemon is started where nobody is pid 1, and nothing waits for the disk.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
# dpkg of Debian 13 writes to a terminal of apt's that nobody empties here, and waits for ever.
echo 'Dpkg::Use-Pty "0";' >"$root/etc/apt/apt.conf.d/90no-pty"
mount -t proc proc "$root/proc"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
chroot "$root" apt-get update -q
chroot "$root" apt-get clean
umount "$root/proc"
