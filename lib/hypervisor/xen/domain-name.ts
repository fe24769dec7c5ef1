import { isPlainWord } from '../../system/letters.ts';

/**
 * What keeps a text from being the name of a domain that is told from all others in what xl prints; undefined when
 * nothing does.
 *
 * A configuration file may set any name. One with a line end would add rows to `xl list`, one that begins with a dash is
 * an option to xl, and those that a migration makes are copies of another domain, which a stop of that one destroys.
 */
export function domainNameProblem(name: string): string | undefined {
  if (name.startsWith('-')) return 'it begins with a dash';
  if (isPlainWord(name) && !name.includes('--') && name !== 'Domain-0' && name.length <= 200) return undefined;
  if (/^\s|\s$/.test(name)) return 'it begins or ends with a blank';
  if (/[\p{C}\u2028\u2029]/u.test(name)) return 'it has characters that cannot be printed';
  if (name === '(null)' || name === 'Domain-0') return 'xl has another meaning for it';
  if (/--(incoming|migratedaway)$/.test(name)) return 'xl gives such a name to the copies of a migration';
  // Files are named after it, and no file's name may be longer than 255 bytes.
  return encodeURIComponent(name).length > 200 ? 'it is too long' : undefined;
}
