import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asShellLine } from '../../../../cli/change.ts';
import {
  bansOf,
  clearCommand,
  describe as describeConstraint,
  isSameConstraint,
  leftBehind,
  moveCommand,
  preferenceOf,
} from '../../../../cli/migration/move-constraint.ts';
import { parseCib } from '../../../../lib/cluster/cib.ts';
import { splitWords } from '../../../../lib/system/shell-words.ts';

const cibWith = (constraints: string) =>
  parseCib(`<cib><configuration><constraints>${constraints}</constraints></configuration></cib>`);
const preference = (vm: string, end: string) => `<rsc_location id="cli-prefer-${vm}" rsc="${vm}" role="Started">
  <rule id="r" score="INFINITY" boolean-op="and"><expression id="e" attribute="#uname" operation="eq" value="node3"/>
  <date_expression id="d" operation="lt" end="${end}"/></rule></rsc_location>`;
const ban = (vm: string, node: string) =>
  `<rsc_location id="cli-ban-${vm}-on-${node}" rsc="${vm}" node="${node}" score="-INFINITY"/>`;

it('what an earlier move left behind is in the way only where this one would overwrite it', async () => {
  const cib = await cibWith(
    ban('vm01', 'node2') + ban('vm01', 'node3') + preference('vm02', 'x') + ban('vm011', 'node2'),
  );
  expect(leftBehind('vm01', 'node2', cib).map(({ what }) => what)).toEqual([
    'the constraint cli-ban-vm01-on-node2 (keeps away from node2) is there from an earlier move, and this one would overwrite it',
  ]);
  expect(leftBehind('vm01', 'node1', cib)).toEqual([]);
  expect(leftBehind('vm02', 'node1', cib).map(({ remedy }) => remedy)).toEqual([
    'if it is not wanted any more: crm_resource --clear --resource vm02',
  ]);
  expect(bansOf('vm01', cib).map(describeConstraint)).toEqual(['keeps away from node2', 'keeps away from node3']);
});

it('a constraint is that of another move when its life ends at another time, or never', async () => {
  const of = async (xml: string) => preferenceOf('vm01', await cibWith(xml));
  const own = await of(preference('vm01', '2026-11-21 10:51:00Z'));
  const same = await of(preference('vm01', '2026-11-21 10:51:00Z'));
  const later = await of(preference('vm01', '2026-11-21 11:51:00Z'));
  const lasting = await of('<rsc_location id="cli-prefer-vm01" rsc="vm01" node="node3" score="INFINITY"/>');
  if (!own || !same || !later || !lasting) throw new Error('not parsed');
  expect(describeConstraint(own)).toBe('prefers node3');
  expect(isSameConstraint(own, same)).toBe(true);
  expect(isSameConstraint(own, later)).toBe(false);
  expect(isSameConstraint(own, lasting)).toBe(false);
});

it('names stay single words, in the command and in what a dry run prints', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.nat(1e6), (vm, node, seconds) => {
      for (const command of [moveCommand(vm, node, seconds), clearCommand(vm, node)]) {
        const isWhole = command[3] === vm && command[5] === node;
        const typed = splitWords(asShellLine({ why: '', command }));
        if (!isWhole || JSON.stringify(typed) !== JSON.stringify(command)) throw new Error(JSON.stringify(command));
      }
    }),
  );
});
