import { execa } from 'execa';

/**
 * The lines of a sources.list for a release of Debian: the mirrors that apt of this machine is set up with where they
 * carry that release, else Debian's own.
 */
export async function aptSources(release: 'bookworm' | 'trixie'): Promise<string> {
  const format = '$(CREATED_BY)|$(ORIGIN)|$(CODENAME)|$(COMPONENT)|$(SITE)';
  const { stdout } = await execa('apt-get', ['indextargets', '--format', format], { reject: false });
  const own = String(stdout)
    .split('\n')
    .map((line) => line.split('|'))
    .filter(([kind, origin, , component]) => kind === 'Packages' && origin === 'Debian' && component === 'main')
    .map(([, , codename, , site]) => ({ codename: codename ?? '', site: (site ?? '').replace(/\/$/, '') }));
  const mirror = (codename: string, other: string) => own.find((entry) => entry.codename === codename)?.site ?? other;
  return [
    `deb ${mirror(release, 'http://deb.debian.org/debian')} ${release} main`,
    `deb ${mirror(`${release}-security`, 'http://deb.debian.org/debian-security')} ${release}-security main`,
    '',
  ].join('\n');
}

/** This machine's proxy settings of apt, in its configuration syntax. */
export async function aptProxy(): Promise<string> {
  const { stdout } = await execa('apt-config', ['dump'], { reject: false });
  return `${String(stdout)
    .split('\n')
    .filter((line) => /^Acquire::https?::Proxy\b.* ".+";$/i.test(line))
    .join('\n')}\n`;
}
