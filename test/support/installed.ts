import { execa } from 'execa';

/** The two forms that are built and installed. */
export const forms = ['native', 'node'] as const;
export type Form = (typeof forms)[number];

/** The built agent of a form. */
export const builtAgent = (form: Form, name = 'Xen') =>
  `${process.cwd()}/dist/${form}/usr/lib/ocf/resource.d/virt/${name}`;

/**
 * Runs a shell script in mount and process namespaces of its own, where the agents of a form are installed under
 * /usr/lib/ocf/resource.d/virt, /run is empty, and the simulated Xen tools come first in PATH. Nothing of it is left, and
 * no process of another test is seen, whose `xl create` an agent would take for that of its own VM.
 */
export async function withInstalled(form: Form, simFolder: string, script: string) {
  const preamble = `set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/lock /run/resource-agents /run/agents/virt
cp -a /usr/lib/ocf/resource.d/. /run/agents
cp -aL dist/${form}/usr/lib/ocf/resource.d/virt/. /run/agents/virt
mount --bind /run/agents /usr/lib/ocf/resource.d
printf 'name = "vm01"\\nmemory = 128\\n' > /run/vm01.cfg
set +e
`;
  const namespaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'];
  return execa('unshare', [...namespaces, 'bash', '-c', preamble + script], {
    reject: false,
    all: true,
    env: { PATH: `${simFolder}:${process.env['PATH']}`, OCF_ROOT: '/usr/lib/ocf' },
    timeout: 100_000,
  });
}
