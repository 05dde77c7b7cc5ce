import { repository } from '../support/processes/programs.ts';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(join(repository, 'SECURITY.md'), 'utf8');
const [protectedPart, notProtected] = page.split('## What is not protected yet');
const claims = protectedPart!.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Claim'));

/** Tests by the titles in their source, with "..." for what is filled in. */
function titlesIn(file: string): string[] {
  const source = readFileSync(join(repository, file), 'utf8');
  return [...source.matchAll(/\bit\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g)].map(([, , title]) =>
    title!.replaceAll(/\$\{[^}]*\}/g, '...').replaceAll(/\\(['"`])/g, '$1'),
  );
}

describe('SECURITY.md', () => {
  it('names a test for each claim', () => {
    assert.ok(claims.length > 0);
    for (const claim of claims) assert.match(claim, /\| \[[^\]]+\]\(test\/[\w/-]+\.test\.ts\)/, claim);
    assert.ok(notProtected, 'and says what is not protected');
  });

  it('names only tests that are there', () => {
    for (const [, title, file] of page.matchAll(/\[([^\]]+)\]\((test\/[^)]+)\)/g)) {
      assert.ok(existsSync(join(repository, file!)), `${file} is not there`);
      assert.ok(titlesIn(file!).includes(title!), `${file} has no test "${title}"`);
    }
  });
});
