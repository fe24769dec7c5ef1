# kernel_folders ROOT: /proc, /sys and a small /dev for a root that is entered in namespaces of its own.
kernel_folders() {
    mount -t proc -o nosuid,nodev,noexec proc "$1/proc"
    # Pacemaker may panic a host by writing to sysrq-trigger, and that file belongs to no namespace: it would reboot the
    # real machine. /proc/sys is the machine's own for the most part.
    [ ! -e "$1/proc/sysrq-trigger" ] || mount --bind /dev/null "$1/proc/sysrq-trigger"
    mount --bind "$1/proc/sys" "$1/proc/sys"
    mount -o remount,bind,ro "$1/proc/sys"
    mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$1/sys"
    mount -t tmpfs -o nosuid,mode=755,size=64k dev "$1/dev"
    for device in null zero full random urandom tty; do
        touch "$1/dev/$device"
        mount --bind "/dev/$device" "$1/dev/$device"
    done
    mkdir "$1/dev/pts" "$1/dev/shm"
    mount -t tmpfs -o mode=1777,size=512m shm "$1/dev/shm" # ring buffers of corosync and pacemaker: 45 to 60 MiB
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$1/dev/pts"
    ln -s pts/ptmx "$1/dev/ptmx"
    ln -s /proc/self/fd "$1/dev/fd"
    ln -s fd/0 "$1/dev/stdin"
    ln -s fd/1 "$1/dev/stdout"
    ln -s fd/2 "$1/dev/stderr"
}
