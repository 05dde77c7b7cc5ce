import { folderPerTest } from '../support/folders.ts';
import { repository, start } from '../support/processes/programs.ts';
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const main = `import { words } from './words.ts';
interface Nothing {}
const of: Nothing | string = process.argv.slice(1).join(' ');
if (process.argv[2] === 'fail') throw new Error(words);
console.log(words, of, import.meta.url);
`;

describe('bin/run.js', () => {
  const folder = folderPerTest();
  const file = (path: string) => join(folder(), path);
  const builds = () => (existsSync(file('.built')) ? readdirSync(file('.built')) : []);

  beforeEach(() => {
    cpSync(join(repository, 'bin'), file('bin'), { recursive: true });
    symlinkSync(join(repository, 'node_modules'), file('node_modules'));
    writeFileSync(file('package.json'), '{ "type": "module" }');
    mkdirSync(file('product'));
    writeFileSync(file('product/main.ts'), main);
    writeFileSync(file('product/words.ts'), `export const words: string = 'hello';`);
  });

  async function run(args: string[], program = 'product/main.ts') {
    const { ended, stdout, stderr } = start(process.execPath, ['bin/run.js', program, ...args], { cwd: folder() });
    return { code: await ended, out: stdout().trim(), err: stderr() };
  }

  it('runs a program as if Node ran its source: by its arguments and its place', async () => {
    const expected = `hello ${file('product/main.ts')} --now file://${file('product/main.ts')}`;
    for (const time of ['first', 'second'])
      assert.deepEqual(await run(['--now']), { code: 0, out: expected, err: '' }, time);
  });

  it('builds once for the same sources, and again when any of them has changed, even by a byte at the same time', async () => {
    const at = new Date();
    await run([]);
    await run([]);
    assert.deepEqual(builds(), ['product-main', 'product-main.json']);
    assert.equal(readdirSync(file('.built/product-main')).length, 1);
    for (const words of ['hallo', 'hullo', 'hello']) {
      writeFileSync(file('product/words.ts'), `export const words: string = '${words}';`);
      utimesSync(file('product/words.ts'), at, at);
      assert.match((await run([])).out, new RegExp(`^${words} `));
    }
    assert.equal(readdirSync(file('.built/product-main')).length, 3);
  });

  it('starts correctly when many processes start it at once for the first time', async () => {
    const all = await Promise.all([1, 2, 3, 4, 5].map((each) => run([String(each)])));
    assert.deepEqual(
      all.map(({ code, out, err }) => ({ code, words: out.split(' ')[0], err })),
      all.map(() => ({ code: 0, words: 'hello', err: '' })),
    );
  });

  it('keeps what it has just built, however new other builds are, and what others are building', async () => {
    const all = (name: string) => join(file('.built/product-main'), name);
    const inFuture = new Date(Date.now() + 3_600_000);
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    const builtLater = ['a', 'b', 'c'].map((letter) => letter.repeat(32));
    const drafts = ['draft-1', 'draft-2', 'draft-3'];
    for (const name of [...builtLater, ...drafts, 'draft-of-the-dead']) mkdirSync(all(name), { recursive: true });
    for (const name of [...builtLater, ...drafts]) utimesSync(all(name), inFuture, inFuture);
    utimesSync(all('draft-of-the-dead'), longAgo, longAgo);

    assert.match((await run([])).out, /^hello /);
    const left = readdirSync(file('.built/product-main'));
    assert.deepEqual(left.filter((name) => name.startsWith('draft')).sort(), drafts);
    const isOurs = (name: string) => !drafts.includes(name) && !builtLater.includes(name);
    assert.deepEqual([left.length, left.filter(isOurs).length], [drafts.length + 3, 1]);
  });

  it('names source files in a stack', async () => {
    const { code, err } = await run(['fail']);
    assert.equal(code, 1);
    assert.ok(err.includes(`${file('product/main.ts')}:4`), err);
  });

  it('says where a mistake is', async () => {
    writeFileSync(file('product/words.ts'), `export const words: string = 'hello`);
    const { code, err } = await run([]);
    assert.equal(code, 1);
    assert.ok(err.includes(`${file('product/words.ts')}:1`), err);
  });

  it('runs a program where nothing can be written', async () => {
    writeFileSync(file('.built'), 'not a folder');
    assert.match((await run([])).out, /^hello /);
  });

  it('finds out that nothing can be written before it builds', async () => {
    writeFileSync(file('.built'), 'not a folder');
    writeFileSync(file('product/words.ts'), `export const words: string = 'hello`);
    const { ended, stderr } = start(process.execPath, ['bin/build.js', 'product/main.ts'], { cwd: folder() });
    assert.equal(await ended, 1);
    assert.match(stderr(), /(ENOTDIR|EEXIST).*\.built/);
  });

  it('runs a program of another folder', async () => {
    const elsewhere = join(folder(), '..', `${folder().split('/').at(-1)}.mts`);
    writeFileSync(elsewhere, 'console.log("from elsewhere" as string)');
    try {
      assert.deepEqual(await run([], elsewhere), { code: 0, out: 'from elsewhere', err: '' });
      assert.deepEqual(builds(), []);
    } finally {
      rmSync(elsewhere);
    }
  });
});
