import { execa } from 'execa';

/** What `npm audit --json` says: known vulnerabilities by package; or why it says nothing. */
export type Audit =
  | { readonly kind: 'told'; readonly vulnerable: readonly string[] }
  | { readonly kind: 'skipped'; readonly why: string };

/** The meaning of what `npm audit --json` printed: a registry that cannot be reached, or has no advisories, tells nothing. */
export function judgeAudit(stdout: string): Audit {
  let answer: {
    vulnerabilities?: Record<string, { severity?: string; range?: string } | null> | null;
    metadata?: { vulnerabilities?: { total?: number } | null } | null;
    error?: { summary?: string; detail?: string } | null;
    message?: string;
  };
  try {
    answer = JSON.parse(stdout);
  } catch {
    return { kind: 'skipped', why: 'npm audit printed no answer' };
  }
  const { vulnerabilities, metadata, error, message } = answer ?? {};
  const total = metadata?.vulnerabilities?.total;
  if (typeof total !== 'number' || vulnerabilities === null || typeof vulnerabilities !== 'object' || error) {
    return { kind: 'skipped', why: message || error?.summary || error?.detail || 'the registry has no advisories' };
  }
  const named = Object.entries(vulnerabilities).map(
    ([name, known]) => `${name} ${known?.range ?? ''} (${known?.severity ?? 'unknown'})`,
  );
  return { kind: 'told', vulnerable: total > 0 && named.length === 0 ? [`${total} without a name`] : named };
}

if (process.argv[1] === import.meta.filename) {
  const { stdout } = await execa('npm', ['audit', '--json'], { reject: false, timeout: 60_000 });
  const audit = judgeAudit(stdout ?? '');
  if (audit.kind === 'skipped') {
    console.log(`skipped: ${audit.why.replaceAll(/https?:\/\/\S+/g, 'the registry')}`);
    process.exit(77);
  }
  console.log(audit.vulnerable.length === 0 ? 'no package has a known vulnerability' : audit.vulnerable.join('\n'));
  process.exit(audit.vulnerable.length === 0 ? 0 : 1);
}
