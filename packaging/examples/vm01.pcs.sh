#!/bin/sh
# The resource of vm01.crm, for those who have pcs instead of crm.
set -e
pcs resource create vm01 ocf:virt:Xen \
    xmfile=/etc/xen/cluster/vm01.cfg node_ip_attribute=ip_livemigration \
    op monitor interval=30s timeout=30s \
    op migrate_from timeout=600s op migrate_to timeout=600s \
    op start timeout=90s op stop timeout=90s \
    meta allow-migrate=true multiple-active=stop_unexpected
pcs resource defaults update resource-stickiness=100
