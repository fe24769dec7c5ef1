import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
const pages = ['README.md', ...docs.map((name) => join('docs', name))].sort();

/** Links to files and headings of the project, as paths from its root. */
function linksOf(page: string): { readonly link: string; readonly file: string; readonly heading: string }[] {
  const text = readFileSync(page, 'utf8').replaceAll(/^```.*?^```$/gms, '');
  return [...text.matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]*))?\)/g)].map(([, path = '', heading = '']) => ({
    link: `${path}#${heading}`,
    file: path === '' ? page : normalize(join(dirname(page), path)),
    heading,
  }));
}

/** The names under which the headings of a page are reached, as GitHub makes them. */
const headingsOf = (page: string) =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(pages)('%s', (page) => {
  it('has no link to a file or a heading that is not there', () => {
    const dead = linksOf(page).filter(
      ({ file, heading }) =>
        !existsSync(file) || (heading !== '' && file.endsWith('.md') && !headingsOf(file).includes(heading)),
    );
    expect(dead.map(({ link }) => link)).toEqual([]);
  });
});

it('every page of docs is in docs/README.md', () => {
  const linked = new Set(linksOf('docs/README.md').map(({ file }) => file));
  expect(pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md' && !linked.has(page))).toEqual(
    [],
  );
});
