/** The keys of `xl info` as it prints them, for example `xen_version`. A value may hold colons. */
export function parseInfo(stdout: string): ReadonlyMap<string, string> {
  const pairs = stdout.split('\n').flatMap((line) => {
    const [, key, value] = /^(\w+)\s*:\s?(.*)$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value.trim()] as const];
  });
  return new Map(pairs);
}
