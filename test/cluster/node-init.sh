#!/bin/bash
# node-init.sh NODE NUMBER RUNFOLDER ROOT - pid 1 of a node: its mounts, host name, network, sshd, corosync, pacemaker.
# Runs in fresh mount, pid, ipc, uts and network namespaces. When it is killed, the node is off.
set -eu
. "$(dirname "$0")/../support/kernel-folders.sh"
node=$1 number=$2 run=$3 lower=$4
own=$run/nodes/$node
root=$own/root
read -r hostpid _ </proc/self/stat # /proc is still the machine's

# Root: what is installed for the test, over the machine's own / or another. Changes stay in $own/upper over reboots.
rm -rf "$own/work"
mkdir -p "$root" "$own/upper" "$own/work"
mount -t overlay -o "lowerdir=$run/image:$lower,upperdir=$own/upper,workdir=$own/work" node-root "$root"
kernel_folders "$root"
mount -t tmpfs -o mode=755,size=64m run "$root/run"
mount -t tmpfs -o mode=1777,size=256m tmp "$root/tmp"
# The numbers of users are the root's, not the machine's.
hacluster=$(chroot "$root" id -u hacluster)
haclient=$(chroot "$root" id -g hacluster)
# What systemd-tmpfiles makes on a host. crm dies without its log folder.
mkdir -p "$root/run/lock" "$root/run/sshd" "$root/run/power" "$root/shared"
install -d -m 1755 "$root/run/resource-agents"
install -d -m 750 -o "$hacluster" -g "$haclient" "$root/run/crm"
install -d "$own/log" "$own/log/corosync"
install -d -m 775 -o "$hacluster" -g "$haclient" "$own/log/crmsh"
install -d -m 770 -o "$hacluster" -g "$haclient" "$own/log/pacemaker"
mount --bind "$own/log" "$root/var/log"
mount --bind "$run/shared" "$root/shared"
mount --bind "$run/power" "$root/run/power"

echo "$node" >"$root/etc/hostname"
echo "$node" >/proc/sys/kernel/hostname
# The keys and the .bashrc of the machine's own root are not the node's.
mount -t tmpfs -o mode=700,size=16m home "$root/root"
cp -r "$run/image/root/.ssh" "$root/root/.ssh"
if [ ! -e "$root/.booted" ]; then # the machine's own cluster state, if it has one, is not the node's
    rm -rf "$root"/var/lib/corosync/* "$root"/var/lib/pacemaker/{cib,pengine,blackbox}/*
    install -m 600 -o "$hacluster" -g "$haclient" "$run/image/etc/first-cib.xml" "$root/var/lib/pacemaker/cib/cib.xml"
    touch "$root/.booted"
fi

mkdir -p "$root/mnt"
cd "$root"
pivot_root . mnt
umount -l /mnt
# The power switch waits for this, then lays the cables.
echo "$hostpid" >/run/power/.pid.$node
mv /run/power/.pid.$node /run/power/pid.$node
tries=0
for card in eth0 eth1; do
    until ip link show $card >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 500 ] || { echo "no cable came for $card" >&2; exit 1; }
        sleep 0.02
    done
done
ip -batch - <<X
link set lo up
addr add 10.89.0.1$number/24 dev eth0
addr add 10.89.1.1$number/24 dev eth1
link set eth0 up
link set eth1 up
X

set -a
. /etc/default/pacemaker
set +a
export HOME=/root USER=root LANG=C.UTF-8
cd /
. /etc/at-boot.sh
/usr/sbin/sshd -f /etc/ssh/sshd_config -E /var/log/sshd.log
corosync -f >/var/log/corosync/stdout 2>&1 &
corosync=$!
until corosync-cmapctl -g nodelist.local_node_pos >/dev/null 2>&1; do
    kill -0 $corosync || { cat /var/log/corosync/stdout >&2; echo "corosync did not start" >&2; break; }
    sleep 0.05
done
# As systemd does it (Restart=on-failure), when a signal has killed it: the new one takes over the daemons of the old one.
while
    pacemakerd >>/var/log/pacemaker/stdout 2>&1
    [ $? -gt 128 ]
do sleep 0.1; done &
# bash reaps orphans by itself, as pid 1 must.
set +e
while :; do
    sleep 3600 &
    wait $!
done
