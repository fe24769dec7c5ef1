const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The environment of every tool: its messages are parsed, so they must be English; an agent run with an empty
 * environment still finds the tools in the folders that Pacemaker's own PATH has.
 */
export function toolEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: process.env['PATH'] || defaultPath, LC_ALL: 'C', LANG: 'C' };
}
