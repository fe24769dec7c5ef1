import { readFileSync } from 'node:fs';
import libraries from './bun-libraries.json' with { type: 'json' };
import type { Component } from './components.ts';

/** The licences whose texts are not repeated for each component. */
export const commonLicences = ['Apache-2.0', 'LGPL-2', 'LGPL-2.1'] as const;

/**
 * Who made what, and under which licence.
 *
 * @param commonFolder where the texts of `commonLicences` are, on the machine that it is installed on.
 */
export function licences(components: readonly Component[], commonFolder: string): string {
  return `ocf-virt

${readFileSync('LICENSE', 'utf8').trim()}

${components.map((component) => section(component, commonFolder)).join('\n\n')}
`;
}

/** The licences of all parts, as SPDX names them. */
export function licenceNames(components: readonly Component[]): string[] {
  const isBun = components.some(({ name }) => name.startsWith('@oven/bun-'));
  const all = [
    'MIT',
    ...components.map(({ licence }) => licence),
    ...(isBun ? libraries.map(([, licence]) => licence) : []),
  ];
  return [...new Set(all.flatMap((expression) => (expression ?? '').split(' AND ')))].sort();
}

const rule = '-'.repeat(78);

function section({ name, version, licence, licenceText }: Component, commonFolder: string): string {
  const head = `${rule}\n${name} ${version}: ${licence}`;
  if (name.startsWith('@oven/bun-')) return `${head}\n\n${bun(commonFolder)}`;
  if (licence === 'Apache-2.0') return `${head}\n\nThe text of the licence is in ${commonFolder}/Apache-2.0.`;
  if (licenceText === undefined) throw new Error(`${name} ${version} comes without the text of its licence`);
  return `${head}\n\n${licenceText}`;
}

/** The npm package of Bun holds no licence; what it says is on the page that is named here. */
function bun(commonFolder: string): string {
  return `The runtime of the native form, copyright Oven and the contributors of Bun.
Bun itself is under the MIT licence; its notice and those of its libraries:
https://github.com/oven-sh/bun/blob/main/LICENSE.md

It is linked statically with the libraries below. Those under the LGPL can be
changed: build Bun with another WebKit as that page says, put it in the place of
node_modules/@oven/bun-linux-x64/bin/bun and run npm run package again.
The text of the licences is in ${commonFolder}/LGPL-2,
${commonFolder}/LGPL-2.1 and
${commonFolder}/Apache-2.0.

${libraries.map(([name, licence, url]) => `  ${name}: ${licence}\n    ${url}`).join('\n')}`;
}
