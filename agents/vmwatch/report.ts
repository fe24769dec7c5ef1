import { createConnection, createServer, type Server } from 'node:net';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { fs } from '../../lib/system/bun.ts';

/** What a daemon says of itself. */
export interface Report {
  readonly pid: number;
  /** Whether it hears of Xen domains: `listening`, `not installed`, or why not. */
  readonly xen: string;
  /** How many VMs it watches. */
  readonly vms: number;
}

const socketIn = (runFolder: string) => `${runFolder}/vmwatch.sock`;

/** Answers whoever connects with a report, so that a daemon that hangs is told from one that works. */
export function serveReports(runFolder: string, report: () => Report): Server {
  const path = socketIn(runFolder);
  fs().rmSync(path, { force: true });
  const server = createServer((connection) => {
    connection.on('error', () => {});
    connection.end(`${JSON.stringify(report())}\n`);
  });
  server.listen(path);
  return server;
}

/** Asks the daemon of this node; undefined when it does not answer before the deadline. */
export function askReport(runFolder: string, deadline: Deadline): Promise<Report | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const connection = createConnection(socketIn(runFolder));
    const timer = setTimeout(() => over(), deadline.remaining());
    const over = () => {
      clearTimeout(timer);
      connection.destroy();
      resolve(parse(text));
    };
    connection.setEncoding('utf8');
    connection.on('data', (more: string) => {
      text += more;
    });
    connection.on('end', over).on('error', over);
  });
}

function parse(text: string): Report | undefined {
  try {
    const { pid, xen, vms } = JSON.parse(text);
    return typeof pid === 'number' && typeof xen === 'string' && typeof vms === 'number'
      ? { pid, xen, vms }
      : undefined;
  } catch {
    return undefined;
  }
}
