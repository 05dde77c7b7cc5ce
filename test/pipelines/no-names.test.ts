import { platform } from '../support/platform.ts';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const examples = readdirSync(join(root, 'pipelines')).flatMap((file) => /^(.*)\.ts$/.exec(file)?.[1] ?? []);

/** A file without its comments and the examples of its help, which may well name one. */
const codeOf = (file: string): string =>
  readFileSync(file, 'utf8')
    .replace(/^ +example: '.*',$/gm, '')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '');

describe('the platform', () => {
  it('names no pipeline: what it can do for one, it can do for any', () => {
    assert.ok(examples.length >= 2);
    const named = platform.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .map((name) => join(root, folder, name))
        .filter((file) => /\.(ts|js|sql)$/.test(file) && statSync(file).isFile())
        .filter((file) => examples.some((name) => codeOf(file).includes(`'${name}'`))),
    );
    assert.deepEqual(named, []);
  });
});
