#!/bin/sh
# An OCF agent that writes down how it is run: /run/agent/INSTANCE.ACTION.INTERVAL. It "runs" while its file is there.
state=/run/agent/$OCF_RESOURCE_INSTANCE.running
mkdir -p /run/agent
case $1 in
meta-data)
    cat <<'X'
<?xml version="1.0"?>
<resource-agent name="Env" version="1.0"><version>1.1</version>
<longdesc lang="en">writes down how it is run</longdesc><shortdesc lang="en">for tests</shortdesc>
<parameters>
<parameter name="words"><longdesc lang="en">any</longdesc><shortdesc lang="en">any</shortdesc><content type="string"/></parameter>
<parameter name="failing"><longdesc lang="en">an action that fails</longdesc><shortdesc lang="en">any</shortdesc><content type="string"/></parameter>
</parameters>
<actions><action name="start" timeout="20s"/><action name="stop" timeout="20s"/>
<action name="monitor" timeout="20s" interval="10s" depth="0"/>
<action name="migrate_to" timeout="20s"/><action name="migrate_from" timeout="20s"/>
<action name="validate-all" timeout="20s"/><action name="meta-data" timeout="5s"/></actions>
</resource-agent>
X
    exit 0
    ;;
esac
umask_now=$(umask)
env -0 | sort -z | tr '\0\n' '\n~' >"/run/agent/$OCF_RESOURCE_INSTANCE.$1.${OCF_RESKEY_CRM_meta_interval:-0}"
echo "umask=$umask_now folder=$(pwd) input=$(readlink /proc/$$/fd/0)" >>"/run/agent/$OCF_RESOURCE_INSTANCE.$1.${OCF_RESKEY_CRM_meta_interval:-0}"
if [ "$1" = "$OCF_RESKEY_failing" ]; then
    echo "INFO: about to fail" >&2
    echo "ocf-exit-reason:the test wants $1 to fail" >&2
    exit 5
fi
if [ "$1" = "hang" ]; then sleep 60; fi
case $1 in
start | migrate_from) : >"$state" ;;
stop | migrate_to) rm -f "$state" ;;
monitor) [ -e "$state" ] || exit 7 ;;
validate-all | hang) ;;
*) exit 3 ;;
esac
exit 0
