#!/bin/sh
# pack.sh FOLDER BASE RECIPE NODE: makes the bootable hosts of BASE (see base.sh, with vmlinux beside it):
# FOLDER/xen, vmlinux, initrd, disk.img (shared and read-only: each host writes to a layer of its own) and sshkey.
set -eu
folder=$1 base=$2 recipe=$3 node=$4
root=$folder/rootfs
cp -a "$base/rootfs" "$root"
version=$(ls "$base/boot/lib/modules")
zcat "$base"/boot/boot/xen-4.17-amd64.gz >"$folder/xen"
cp "$base/vmlinux" "$folder/vmlinux"
ln -s "$base/boot" "$folder/boot"

# The files of modules, with what they depend on, in loading order.
modules() {
  for module; do
    modprobe -d "$base/boot" -S "$version" --show-depends "$module" 2>/dev/null | awk '$1 == "insmod" { print $2 }'
  done | awk '!seen[$0]++'
}

# -- initial ramdisk of a host
ramdisk=$folder/initrd.tree
mkdir -p "$ramdisk/bin" "$ramdisk/lib" "$ramdisk/proc" "$ramdisk/sys" "$ramdisk/dev" "$ramdisk/root"
cp "$root/bin/busybox" "$ramdisk/bin/"
install "$recipe/initrd-init" "$ramdisk/init"
for file in $(modules virtio_pci virtio_blk ext4 crc32c_generic); do
  cp "$file" "$ramdisk/lib/"
  basename "$file" >>"$ramdisk/modules"
done
(cd "$ramdisk" && find . | cpio -o -H newc --quiet) >"$folder/initrd"

# -- the test guest
guest=$folder/guest.tree
mkdir -p "$guest/bin" "$guest/sbin" "$guest/proc" "$guest/sys" "$guest/dev" "$root/guest"
cp "$root/bin/busybox" "$guest/bin/"
install "$recipe/guest/init" "$guest/init"
install "$recipe/guest/poweroff" "$recipe/guest/reboot" "$guest/sbin/"
(cd "$guest" && find . | cpio -o -H newc --quiet | gzip -1) >"$root/guest/initrd"
# Not compressed: unpacking a kernel takes seconds under emulation.
cp "$base/vmlinux" "$root/guest/vmlinux"

# -- the disk of a host
# The Node.js that runs this build: Debian 12 has version 18, which is too old for the agents.
install "$node" "$root/usr/local/bin/node"
chroot "$root" node --version || {
  echo "$node does not run on Debian 12: use a build of Node.js that needs no libraries of its own, as nodejs.org's" >&2
  exit 1
}
for file in $(modules virtio_net xen-evtchn xen-gntdev xen-gntalloc xenfs xen-privcmd loop dummy); do
  target=$root/lib/modules/$version${file#*/lib/modules/"$version"}
  mkdir -p "$(dirname "$target")"
  cp "$file" "$target"
done
cp "$base/boot/lib/modules/$version"/modules.builtin* "$base/boot/lib/modules/$version/modules.order" "$root/lib/modules/$version/"
depmod -b "$root" "$version"
cp -r "$recipe/rootfs/." "$root/"
ln -sf /bin/busybox "$root/sbin/init"
ssh-keygen -q -t ed25519 -N '' -C test -f "$folder/sshkey"
rm -f "$root"/etc/ssh/ssh_host_*
ssh-keygen -q -t ed25519 -N '' -C test -f "$root/etc/ssh/ssh_host_ed25519_key"
install -m 600 "$folder/sshkey" "$root/root/.ssh/id_ed25519"
install -m 600 "$folder/sshkey.pub" "$root/root/.ssh/authorized_keys"
chmod 700 "$root/root/.ssh"
chown -R 0:0 "$root/root" "$root/etc/ssh"
# The first CIB: without it a first start waits 20 s for other nodes (dc-deadtime).
chroot "$root" cibadmin --empty | sed -n 1p >"$root/etc/first-cib.xml"
cat >>"$root/etc/first-cib.xml" <<'C'
<configuration><crm_config><cluster_property_set id="cib-bootstrap-options">
<nvpair id="dc-deadtime" name="dc-deadtime" value="4s"/><nvpair id="stonith" name="stonith-enabled" value="true"/>
</cluster_property_set></crm_config><nodes/><resources/><constraints/></configuration><status/></cib>
C
chroot "$root" install -m 600 -o hacluster -g haclient /etc/first-cib.xml /var/lib/pacemaker/cib/cib.xml
size=$(($(du -sk --apparent-size "$root" | cut -f1) * 12 / 10 / 1024 + 700))
truncate -s "${size}M" "$folder/disk.img"
# With a journal: the power of these hosts is cut.
mke2fs -q -t ext4 -J size=16 -E lazy_itable_init=1 -d "$root" "$folder/disk.img"
rm -rf "$root" "$ramdisk" "$guest" "$folder/boot"
