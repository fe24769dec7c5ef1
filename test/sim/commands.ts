import type { Work } from './clock.ts';
import { list } from './xl/list.ts';

/** A command: its exit code, or work that ends with it. */
export type Command = (args: readonly string[]) => number | Promise<number> | Work<number>;

/** xl's sub-commands. Only `list` is loaded at once: it is what a monitor waits for. */
export const xl: Record<string, () => Command | Promise<Command>> = {
  list: () => list,
  create: async () => (await import('./xl/create.ts')).create,
  destroy: async () => (await import('./xl/end.ts')).destroy,
  domid: async () => (await import('./xl/names.ts')).domid,
  domname: async () => (await import('./xl/names.ts')).domname,
  help: async () => (await import('./xl/help.ts')).help,
  info: async () => (await import('./xl/info.ts')).info,
  'mem-max': async () => (await import('./xl/memory.ts')).memMax,
  'mem-set': async () => (await import('./xl/memory.ts')).memSet,
  migrate: async () => (await import('./xl/migrate.ts')).migrate,
  'migrate-receive': async () => (await import('./xl/migrate-receive.ts')).migrateReceive,
  pause: async () => (await import('./xl/pause.ts')).pause,
  reboot: async () => (await import('./xl/end.ts')).reboot,
  rename: async () => (await import('./xl/names.ts')).rename,
  restore: async () => (await import('./xl/save.ts')).restore,
  save: async () => (await import('./xl/save.ts')).save,
  shutdown: async () => (await import('./xl/end.ts')).shutdown,
  sysrq: async () => (await import('./xl/end.ts')).sysrq,
  trigger: async () => (await import('./xl/end.ts')).trigger,
  unpause: async () => (await import('./xl/pause.ts')).unpause,
  uptime: async () => (await import('./xl/uptime.ts')).uptime,
  'vcpu-list': async () => (await import('./xl/uptime.ts')).vcpuList,
};

/** The tools of xenstore. */
export const xenstore: Record<string, () => Promise<Command>> = {
  'xenstore-list': async () => (await import('./xenstore.ts')).list,
  'xenstore-ls': async () => (await import('./xenstore.ts')).ls,
  'xenstore-read': async () => (await import('./xenstore.ts')).read,
  'xenstore-watch': async () => (await import('./xenstore-watch.ts')).watch,
};
