import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * Gives QEMU one command through its monitor socket (QMP).
 *
 * @throws Error when QEMU does not run, refuses the command or does not answer within 10 s.
 */
export function tellQemu(socket: string, command: string, args: Record<string, unknown> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(socket);
    connection.setTimeout(10_000, () => connection.destroy(new Error(`QEMU does not answer to ${command}`)));
    connection.on('error', reject);
    const send = (execute: string, rest: object) => connection.write(`${JSON.stringify({ execute, ...rest })}\n`);
    let answers = 0;
    const lines = createInterface(connection);
    // It repeats the connection's errors, and QEMU that ends resets the connection.
    lines.on('error', reject);
    lines.on('line', (line) => {
      const message = JSON.parse(line) as { QMP?: object; return?: object; error?: { desc: string } };
      if (message.QMP !== undefined) send('qmp_capabilities', {});
      if (message.error !== undefined) connection.destroy(new Error(`QEMU: ${command}: ${message.error.desc}`));
      if (message.return === undefined) return;
      answers += 1;
      if (answers === 1) send(command, { arguments: args });
      else connection.end(resolve);
    });
    // On "quit" QEMU may be gone before it has answered.
    connection.once('close', () => resolve());
  });
}
