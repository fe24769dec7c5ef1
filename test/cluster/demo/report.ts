import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { operator, type Stage } from './stage.ts';

const page = '.cache/demo-report.html';

/** Writes what happened to the VMs as a page for a browser, from what the nodes themselves have kept. */
export async function writeReport(stage: Stage): Promise<string> {
  const { cluster } = stage;
  await cluster.waitOnline();
  await operator(stage, 'ocf-virt', 'report', '--since', '1h', '--output', '/shared/report.html');
  mkdirSync('.cache', { recursive: true });
  copyFileSync(join(cluster.sharedFolder, 'report.html'), page);
  return page;
}
