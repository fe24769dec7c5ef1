#!/bin/sh
# fence_test_power - fence agent of a test cluster: asks the power switch outside the nodes, through a FIFO that every
# node has, so that fencing works while the network does not.
folder=/run/power
action=reboot
port=
if [ ! -t 0 ]; then # pacemaker hands the options over as name=value lines
    while IFS= read -r line; do
        case $line in
        action=*) action=${line#*=} ;;
        port=* | plug=*) port=${line#*=} ;;
        nodename=*) [ -n "$port" ] || port=${line#*=} ;;
        esac
    done
fi
while getopts o:n: option; do
    case $option in
    o) action=$OPTARG ;;
    n) port=$OPTARG ;;
    *) exit 1 ;;
    esac
done

# ask ACTION NODE: prints on, off or failed
ask() {
    id=$(hostname).$$
    reply=$folder/reply.$id
    rm -f "$reply"
    timeout 5 sh -c 'echo "$1" >"$2"' - "$1 $2 $id" $folder/requests || return 1
    tries=0
    until [ -e "$reply" ]; do
        tries=$((tries + 1))
        [ $tries -lt 400 ] || return 1
        sleep 0.05
    done
    cat "$reply"
    rm -f "$reply"
}

case $action in
metadata)
    cat <<'X'
<?xml version="1.0" ?>
<resource-agent name="fence_test_power" shortdesc="Power switch of a test cluster">
<longdesc>Ends or boots the namespaces that a node is made of.</longdesc>
<parameters>
 <parameter name="action" required="0"><getopt mixed="-o"/><content type="string" default="reboot"/><shortdesc lang="en">off, on, reboot, status, list, monitor</shortdesc></parameter>
 <parameter name="port" required="0"><getopt mixed="-n"/><content type="string"/><shortdesc lang="en">Node to act on</shortdesc></parameter>
</parameters>
<actions>
 <action name="on"/><action name="off"/><action name="reboot"/><action name="status"/>
 <action name="list"/><action name="monitor"/><action name="metadata"/><action name="validate-all"/>
</actions>
</resource-agent>
X
    ;;
off | on | reboot)
    [ -n "$port" ] || { echo "no port given" >&2; exit 1; }
    case $(ask "$action" "$port") in
    on | off) exit 0 ;;
    *) exit 1 ;;
    esac
    ;;
status)
    case $(ask status "$port") in
    on) exit 0 ;;
    off) exit 2 ;;
    *) exit 1 ;;
    esac
    ;;
list) sed -n 's/^10\.89\.0\.[0-9]* \(.*\)/\1,/p' /etc/hosts ;;
monitor | validate-all) [ -p $folder/requests ] ;;
*) exit 1 ;;
esac
