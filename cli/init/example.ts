/** A list of hosts with everything that there may be. */
export const exampleList = `# The hosts of a cluster, for ocf-virt init.
cluster: vms
hypervisor: xen                   # or vmware

networks:
  cluster: 10.0.0.0/24            # corosync; hosts without disks boot over it
  second: 10.0.1.0/24             # corosync's second link, if there is one
  migration: 192.168.1.0/24       # live migrations; may be one of the others

# One device for each host; what stands with the host comes on top.
fencing:
  agent: fence_ipmilan
  parameters:
    username: admin
    password_script: /etc/ipmi-password
    lanplus: 1

# Where all nodes mount the files of the VMs; left out for logical volumes.
storage:
  nfs: 10.0.0.1:/srv/vms
  directory: /vms

# Only for hosts without disks.
boot:
  server: 10.0.0.1                # DHCP, TFTP and NFS
  router: 10.0.0.254
  dns: 10.0.0.254
  roots: /srv/netboot/roots       # a root file system for each host
  tftp: /srv/netboot/tftp
  dom0_memory: 4096               # MiB, for Xen

hosts:
  - name: node1
    mac: 52:54:00:10:00:11        # of the card that it boots from
    addresses: { cluster: 10.0.0.11, second: 10.0.1.11 }
    fencing: { ip: 10.0.9.11 }
  - name: node2
    mac: 52:54:00:10:00:12
    addresses: { cluster: 10.0.0.12, second: 10.0.1.12 }
    fencing: { ip: 10.0.9.12 }
  - name: node3
    mac: 52:54:00:10:00:13
    addresses: { cluster: 10.0.0.13, second: 10.0.1.13 }
    fencing: { ip: 10.0.9.13 }
`;
