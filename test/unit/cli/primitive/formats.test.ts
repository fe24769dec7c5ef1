import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asCrm } from '../../../../cli/primitive/as-crm.ts';
import { asPcs } from '../../../../cli/primitive/as-pcs.ts';
import { asXml } from '../../../../cli/primitive/as-xml.ts';
import { type Design, idFrom, oneVm } from '../../../../cli/primitive/design.ts';
import { parseCib } from '../../../../lib/cluster/cib.ts';

const design = (value: string): Design => ({
  ...oneVm({
    id: 'vm01',
    agent: { class: 'ocf', provider: 'virt', type: 'Xen' },
    parameters: { xmfile: value },
    operations: [{ name: 'start', interval: 0, timeout: 90 }],
    meta: { 'allow-migrate': 'true' },
    utilization: { hv_memory: '512' },
  }),
});
const withClone: Design = {
  primitives: [
    ...['dlm', 'locks'].map((id) => ({
      id,
      agent: { class: 'systemd', type: id },
      parameters: {},
      operations: [],
      meta: {},
      utilization: {},
    })),
    ...design('/vm01.cfg').primitives,
  ],
  groups: [{ id: 'storage', members: ['dlm', 'locks'] }],
  clones: [{ id: 'storage-clone', of: 'storage', meta: { interleave: 'true' } }],
  orders: [{ id: 'o', first: 'storage-clone', second: 'vm01' }],
  colocations: [{ id: 'c', resource: 'vm01', beside: 'storage-clone' }],
};

/** A path that a configuration file may have: anything without control characters. */
const hostile = fc.oneof(
  fc.stringMatching(/^\/[^\p{C}]{0,40}$/u),
  fc.constantFrom(
    '/a b.cfg',
    "/it's.cfg",
    '/$(reboot).cfg',
    '/`reboot`;reboot|&.cfg',
    '/"x".cfg',
    '/-x=y.cfg',
    '/<&>.cfg',
    '/~*?[a].cfg',
  ),
);

describe('hostile values', () => {
  it('in XML are read back by a parser of XML as they are', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (value) => {
        const cib = await parseCib(`<cib>${asXml(design(value))}</cib>`);
        expect(cib.resources.map(({ parameters }) => parameters['xmfile'])).toEqual([value]);
      }),
    );
  });

  /** Many at once: a process for each would take most of the time. */
  const many = fc.array(hostile, { minLength: 30, maxLength: 30 });

  it('for pcs are one word of a shell each, and no command', () => {
    fc.assert(
      fc.property(many, (values) => {
        // The functions take the place of the programs, and print their words.
        const stubs = 'pcs() { printf "%s\\0" pcs "$@"; }; cp() { :; }; rm() { :; }\n';
        const input = stubs + values.map((value) => asPcs(design(value), 'vm01.xml')).join('');
        const words = execFileSync('/bin/sh', { input, encoding: 'utf8' }).split('\0');
        expect(words.filter((word) => word.startsWith('xmfile='))).toEqual(values.map((value) => `xmfile=${value}`));
        expect(words.filter((word) => word === 'pcs')).toHaveLength(4 * values.length);
      }),
      { numRuns: 4 },
    );
  });

  it('for crm are read back by the splitter that crmsh uses, or refused', () => {
    const python = 'import shlex, sys; sys.stdout.write("\\0".join(shlex.split(sys.stdin.read())))';
    fc.assert(
      fc.property(many, (values) => {
        const isTaken = (value: string) => /^[\x20-\x7e]*$/.test(value) && !value.includes('\\');
        for (const value of values.filter((one) => !isTaken(one))) {
          expect(() => asCrm(design(value))).toThrow('crmsh cannot take the value');
        }
        const taken = values.filter(isTaken);
        const input = taken.map((value) => asCrm(design(value)).replaceAll(' \\\n', ' ')).join('');
        const words = execFileSync('python3', ['-c', python], { input, encoding: 'utf8' }).split('\0');
        expect(words.filter((word) => word.startsWith('xmfile='))).toEqual(taken.map((value) => `xmfile=${value}`));
      }),
      { numRuns: 4 },
    );
  });
});

describe('dependencies', () => {
  it('are the same in each format', async () => {
    const cib = await parseCib(`<cib>${asXml(withClone)}</cib>`);
    expect(cib.resources.map(({ id, within, isClone }) => [id, within, isClone])).toEqual([
      ['vm01', [], false],
      ['dlm', ['storage-clone', 'storage'], true],
      ['locks', ['storage-clone', 'storage'], true],
    ]);
    expect(cib.constraints.map(({ kind, resources }) => [kind, resources])).toEqual([
      ['colocation', ['vm01', 'storage-clone']],
      ['order', ['storage-clone', 'vm01']],
    ]);
    expect(asCrm(withClone)).toMatch(
      /primitive dlm systemd:dlm\n.*group storage dlm locks\nclone storage-clone storage \\\n {4}meta interleave="true"\norder o Mandatory: storage-clone vm01\ncolocation c inf: vm01 storage-clone\n/s,
    );
    const pcs = asPcs(withClone, 'f');
    expect(pcs).toContain('pcs -f f resource group add storage dlm locks\n');
    expect(pcs).toContain('pcs -f f resource clone storage storage-clone interleave=true\n');
    expect(pcs).toContain('pcs -f f constraint order storage-clone then vm01 kind=Mandatory id=o\n');
    expect(pcs).toContain('pcs -f f constraint colocation add vm01 with storage-clone INFINITY id=c\n');
  });
});

it('any text becomes a name of XML', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(idFrom(text)).toMatch(/^[A-Za-z_][A-Za-z0-9_.-]*$/);
    }),
  );
  expect([idFrom('máquina 1'), idFrom('01'), idFrom('vm01')]).toEqual(['ma-quina-1', 'vm-01', 'vm01']);
});
