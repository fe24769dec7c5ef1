#!/bin/sh
# A stand-in for virsh, over the simulated xl: what ocf:heartbeat:VirtualDomain calls to start, watch and stop a domain, and
# domxml-to-native, whose output has the form of libvirt's own test data (tests/xlconfigdata/test-pvh-type).
set -eu
while :; do
    case $1 in
    --connect) shift 2 ;;
    --*) shift ;;
    *) break ;;
    esac
done

element() { sed -n "s/.*<$1[^>]*>\([^<]*\)<.*/\1/p" "$2"; }

native() {
    echo "name = \"$(element name "$1")\""
    echo "maxmem = $(($(element memory "$1") / 1024))"
    echo "memory = $(($(element currentMemory "$1") / 1024))"
    echo "vcpus = $(element vcpu "$1")"
    echo 'localtime = 0'
    echo "on_poweroff = \"$(element on_poweroff "$1")\""
    echo "on_reboot = \"$(element on_reboot "$1")\""
    echo "on_crash = \"$(element on_crash "$1")\""
    echo 'type = "pvh"'
    echo "kernel = \"$(element kernel "$1")\""
}

case $1 in
uri) echo xen:///system ;;
list) xl list | sed -n '3,$s/ .*//p' ;;
domstate)
    if xl list "$2" >/dev/null 2>&1; then
        echo running
    else
        echo "error: failed to get domain '$2'" >&2
        exit 1
    fi
    ;;
create)
    native "$2" >/run/virsh.cfg
    xl create /run/virsh.cfg >/dev/null
    echo "Domain '$(element name "$2")' created from $2"
    ;;
shutdown | destroy) xl "$1" "$2" ;;
domxml-to-native)
    [ "$2 $3" = 'xen-xl --xml' ]
    native "$4"
    ;;
*)
    echo "error: unknown command: '$1'" >&2
    exit 1
    ;;
esac
