#!/bin/sh
# base.sh FOLDER PACKAGE...: a Debian file system with these packages in FOLDER/rootfs, and the kernel and the
# hypervisor, only unpacked, in FOLDER/boot. FOLDER/sources.list and FOLDER/proxy.conf say where packages come from.
# Runs in mount and process namespaces of its own: whatever ends it, no mount and no process stays behind.
set -eu
folder=$1
shift
root=$folder/rootfs
mirror=$(sed -n 's/^deb //p;q' "$folder/sources.list" | cut -d' ' -f1)
release=$(sed -n 's/^deb //p;q' "$folder/sources.list" | cut -d' ' -f2)
debootstrap --variant=minbase "$release" "$root" "$mirror"
cp "$folder/sources.list" "$root/etc/apt/sources.list"
cp "$folder/proxy.conf" "$root/etc/apt/apt.conf.d/90proxy"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
# No daemon is started here, nothing that nobody reads is unpacked, nothing waits for the disk.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
cat >"$root/etc/dpkg/dpkg.cfg.d/small" <<'D'
force-unsafe-io
path-exclude /usr/share/doc/*
path-exclude /usr/share/man/*
path-exclude /usr/share/locale/*
D
mount -t proc proc "$root/proc"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
chroot "$root" apt-get update -q
chroot "$root" apt-get install -y -q --no-install-recommends "$@"
kernel=$(chroot "$root" apt-cache depends linux-image-amd64 | awk '/Depends:/ { print $2; exit }')
mkdir "$root/unpack"
chroot "$root" sh -c "cd /unpack && apt-get download $kernel xen-hypervisor-4.17-amd64 &&
  for package in *.deb; do dpkg -x \$package . && rm \$package; done"
mv "$root/unpack" "$folder/boot"
depmod -b "$folder/boot" "$(ls "$folder/boot/lib/modules")"
chroot "$root" apt-get clean
umount "$root/proc"
rm -rf "$root"/var/lib/apt/lists/* "$root"/usr/share/doc/* "$root/etc/apt/apt.conf.d/90proxy"
