import { releases } from '../build/changelog.ts';
import manifest from '../package.json' with { type: 'json' };

/** What all packages say of themselves, and when. */
export interface Product {
  readonly version: string;
  readonly summary: string;
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly maintainer: string;
  /** Of the release, as CHANGELOG.md has it: the time of every file in the packages. */
  readonly date: Date;
  /** For the tools that pack: no time, language or time zone of the machine gets into a package. */
  readonly env: NodeJS.ProcessEnv;
}

export function product(): Product {
  const [{ version, date }] = releases();
  const seconds = String(date.getTime() / 1000);
  return {
    version,
    summary: 'Pacemaker resource agents for virtual machines of Xen and VMware',
    description: [
      'Keeps virtual machines highly available under Pacemaker: ocf:virt:Xen for domains of the xl toolstack, with ' +
        'live migration, ocf:virt:VMware for VMs of VMware Server, Workstation and Player, and ocf-virt, which helps to ' +
        'operate them.',
      'A VM counts as stopped only when the hypervisor itself says so: a toolstack that does not answer never leads to ' +
        'a second running copy.',
    ],
    maintainer: manifest.author,
    date,
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC', SOURCE_DATE_EPOCH: seconds },
  };
}
