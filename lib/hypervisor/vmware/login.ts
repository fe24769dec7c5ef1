import { badArguments } from '../../ocf/error.ts';
import { fs } from '../../system/bun.ts';
import { withRegularFile } from '../../system/regular-file.ts';
import type { Toolstack } from './toolstack.ts';

/** How the tools of VMware log in: parameters of ocf:virt:VMware. */
export interface Login {
  readonly vmrun_type: string;
  readonly host_url?: string | undefined;
  readonly user?: string | undefined;
  readonly password_file?: string | undefined;
}

/**
 * The options of a tool that say what it talks to, and as whom.
 *
 * @throws OcfError exit 2 when there is a password and no way to hand it over that other users do not see.
 */
export async function toolOptions(toolstack: Toolstack, login: Login): Promise<readonly string[]> {
  const { vmrun_type, host_url, user, password_file } = login;
  if (toolstack === 'vmware-cmd') return [];
  const isVmrun = toolstack === 'vmrun';
  const kind = isVmrun ? ['-T', vmrun_type] : [];
  if (isVmrun && !vmrun_type.startsWith('server')) return kind;
  return [
    ...kind,
    ...(isVmrun && host_url !== undefined ? ['-h', host_url] : []),
    ...(user === undefined ? [] : [isVmrun ? '-u' : '-U', user]),
    ...(password_file === undefined ? [] : [isVmrun ? '-p' : '-P', await readPassword(toolstack, password_file)]),
  ];
}

async function readPassword(toolstack: Toolstack, file: string): Promise<string> {
  const { commandLinesAreHidden } = await import('../../system/hidden-command-lines.ts');
  if (!commandLinesAreHidden()) {
    throw badArguments(
      `password_file is set, but ${toolstack} takes a password on its command line only, which every user of this node can see`,
      'mount /proc with hidepid=2 on this node, or allow root the use of the service without a password',
    );
  }
  let password: string | undefined;
  try {
    password = withRegularFile(file, 'followed', ({ descriptor, mode, uid }) => {
      if ((mode & 0o077) !== 0 || uid !== process.getuid?.()) {
        throw badArguments(`password_file ${file} can be read by others than root`, `chmod 600 ${file}`);
      }
      return fs().readFileSync(descriptor, 'utf8').split(/\r?\n/, 1)[0];
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw badArguments(`password_file ${file} cannot be read on this node (${error.code})`, 'put the file there');
  }
  if (password) return password;
  throw badArguments(`password_file ${file} is empty`, 'write the password on its first line');
}
