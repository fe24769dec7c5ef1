import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** VMs of one node. */
export const vms = 100;

/** What watching costs while nothing happens, in milliseconds of CPU (user and system). */
export interface WatchCost {
  /** The daemon with all that it starts, in an hour. */
  readonly daemonPerHour: number;
  /** One monitor of ocf:virt:VMWatch. */
  readonly monitor: number;
}

const ticksPerSecond = 100;

/**
 * Lets the daemon of an installed ocf:virt:VMWatch watch 100 VMs for some time, in namespaces of its own.
 *
 * @param env with the stubs of xl and xenstore-watch in the PATH.
 * @param seconds how long; a multiple of 30, which is how often it looks at all VMs.
 */
export async function watchCost(
  folder: string,
  agent: string,
  env: Readonly<Record<string, string>>,
  seconds: number,
): Promise<WatchCost> {
  const script = join(folder, 'idle.sh');
  const monitors = 50;
  await writeFile(
    script,
    `set -e
mount -t tmpfs tmpfs /run
mkdir -m 700 /run/ocf-virt
for number in $(seq ${vms}); do
  name=$(printf 'vm%03d' $number)
  printf '{"name":"%s","xmfile":"/etc/xen/%s.cfg","id":%s}' $name $name $number >/run/ocf-virt/Xen-$name.json
done
'${agent}' start
daemon=$(sed 's/^{"pid":\\([0-9]*\\),.*/\\1/' /run/ocf-virt/vmwatch.pid)
spent() { awk '{ print $14 + $15 + $16 + $17 }' /proc/$daemon/stat; }
sleep 5
before=$(spent)
sleep ${seconds}
after=$(spent)
own() { awk '{ print $16 + $17 }' /proc/$$/stat; }
first=$(own)
for round in $(seq ${monitors}); do '${agent}' monitor; done
last=$(own)
'${agent}' stop
echo $((after - before)) $((last - first))
`,
  );
  const namespaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const { stdout } = await execa('unshare', [...namespaces, 'bash', script], {
    env: { ...env, OCF_RESOURCE_INSTANCE: 'watch', BENCH_DOMAINS: String(vms) },
    extendEnv: false,
    timeout: (seconds + 60) * 1000,
  });
  const [daemon = Number.NaN, all = Number.NaN] = stdout.trim().split(' ').map(Number);
  const milliseconds = (ticks: number) => (ticks * 1000) / ticksPerSecond;
  return { daemonPerHour: (milliseconds(daemon) * 3600) / seconds, monitor: milliseconds(all) / monitors };
}
