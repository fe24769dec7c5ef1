#!/bin/bash
# Brings a host up, without systemd: under emulation that alone would take longer than all of this.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t tmpfs -o mode=755 run /run
mkdir -p /run/lock /run/sshd /run/xen /dev/shm /dev/pts
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -o remount,rw / 2>/dev/null
# What systemd-tmpfiles would make for Pacemaker; crm dies without its log folder.
install -d -m 1755 /run/resource-agents
install -d -m 750 -o hacluster -g haclient /run/crm
install -d -m 775 -o hacluster -g haclient /var/log/crmsh /var/log/pacemaker

number=$(sed -n 's/.*\bnode=\([0-9]\).*/\1/p' /proc/cmdline)
hostname "node$number"
echo "node$number" >/etc/hostname

for module in virtio_net xen-evtchn xen-gntdev xen-gntalloc xenfs xen-privcmd; do modprobe $module 2>/dev/null; done
mount -t xenfs xenfs /proc/xen
ip link set lo up
for card in /sys/class/net/*; do
  case $(cat "$card/address") in
    52:54:00:00:00:*) address=10.0.2.15/24 ;;            # to the machine outside: ssh and the power switch
    52:54:00:00:01:*) address=192.168.77.$number/24 ;;   # cluster
    52:54:00:00:02:*) address=192.168.78.$number/24 ;;   # migration
    *) continue ;;
  esac
  ip address add "$address" dev "${card##*/}"
  ip link set "${card##*/}" up
done
/usr/sbin/sshd
/etc/init.d/xen start
xl list
echo "HOST-UP $(cut -d' ' -f1 /proc/uptime)"
