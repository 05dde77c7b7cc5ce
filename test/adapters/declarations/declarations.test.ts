import { readDeclarations } from '../../../adapters/declarations/declarations.ts';
import { parsePipeline } from '../../../core/declaration/pipeline.ts';
import { runner } from '../../../adapters/machine/runner.ts';
import { folderPerTest } from '../../support/folders.ts';
import { start } from '../../support/processes/programs.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

describe('declarations in files', () => {
  const folder = folderPerTest();
  const file = async (name: string, text: string) => {
    await writeFile(join(folder(), name), text);
    return join(folder(), name);
  };
  const refused = (paths: string[], message: RegExp) =>
    assert.rejects(readDeclarations(paths, []), { code: 'PIPELINE_INVALID', message });

  it('are the modules directly in a folder, by name', async () => {
    await file('b.ts', `export default { name: 'b' } as { name: string };`);
    await file('a.mjs', `export default { name: 'a' };`);
    await file('notes.md', 'not a module');
    await file('types.d.ts', 'export {};');
    await mkdir(join(folder(), 'b'));
    await writeFile(join(folder(), 'b', 'helper.ts'), 'throw new Error("not a declaration")');
    const declared = await readDeclarations([folder()], [dirname(folder())]);
    assert.deepEqual(declared.map(({ input }) => input), [{ name: 'a' }, { name: 'b' }]); // prettier-ignore
  });

  for (const name of ['ok.ts', 'ok.js', 'ok.mjs', 'ok.mts'])
    it(`can import from 'perennial' in a folder where nothing is installed, and from files beside them: ${name}`, async () => {
      await mkdir(join(folder(), 'parts'));
      await writeFile(
        join(folder(), 'parts', 'columns.ts'),
        `import { hour } from 'perennial';\nexport const columns: Record<string, object> = { at: hour() };`,
      );
      const typed = name.endsWith('ts') ? ' as { a: unknown }' : '';
      await file(
        name,
        `import { number } from 'perennial';\nimport { columns } from './parts/columns.ts';\n` +
          `export default { a: { ...columns, b: number({ min: 1 }) } }${typed};`,
      );
      const [declared] = await readDeclarations([folder()], [dirname(folder())]);
      assert.deepEqual(declared?.input, { a: { at: { kind: 'hour' }, b: { kind: 'number', min: 1 } } });
    });

  it('load without a build in a program that was built before it started, and an error names the line of a mistake', async () => {
    const files = [
      await file('a.ts', `import { number } from 'perennial';\nexport default { a: number() } as object;`),
      await file('b.mjs', `import { hour } from 'perennial';\nexport default { b: hour() };`),
      await file('c.ts', `const none: undefined = undefined;\nexport default none!.name;`),
    ];
    const program = start(process.execPath, [runner, 'test/support/processes/read-at-once.ts', ...files]);
    assert.equal(await program.ended, 0, program.stderr());
    const [a, b, c] = JSON.parse(program.stdout()) as unknown[];
    assert.deepEqual([a, b], [{ a: { kind: 'number' } }, { b: { kind: 'hour' } }]);
    assert.match(String(c), new RegExp(`${files[2]}:2`));
  });

  it('give paths of CSV files relative to themselves, and are returned with paths from the root', async () => {
    await file(
      'meters.ts',
      `import { csv, facts } from 'perennial';
       export default { source: csv({ file: 'data/meters.csv' } as never), label: { facts: facts.csv({ file: '../labels.csv' } as never) } };`,
    );
    const [declared] = await readDeclarations([folder()], [dirname(folder())]);
    assert.deepEqual(declared?.input, {
      source: { kind: 'csv', file: join(folder(), 'data', 'meters.csv') },
      label: { facts: { kind: 'csv', file: join(dirname(folder()), 'labels.csv') } },
    });
  });

  it('may not name a file outside the data roots, whether or not it exists', async () => {
    const names = ['/proc/self/environ', '/etc/passwd', '../elsewhere.csv', '.env', '.perennial/running.json'];
    for (const [i, name] of names.entries())
      for (const [kind, where] of Object.entries({
        source: `source: csv({ file: '${name}' } as never)`,
        label: `label: { facts: facts.csv({ file: '${name}' } as never) }`,
      })) {
        const path = await file(
          `${kind}-${i}.ts`,
          `import { csv, facts } from 'perennial';\nexport default { ${where} };`,
        );
        await assert.rejects(readDeclarations([path], [folder()]), { code: 'SOURCE_FILE_REFUSED' });
      }
  });

  // Temporal's SDK may have replaced how this process writes stacks, in another test: then no source map would count.
  const { prepareStackTrace } = Error;
  before(() => void Reflect.deleteProperty(Error, 'prepareStackTrace'));
  after(() => void Object.assign(Error, { prepareStackTrace }));

  const lines = (...text: string[]) => ["import { number } from 'perennial';", '', ...text].join('\n');
  for (const { name, text, message } of [
    {
      name: 'broken.ts',
      text: lines('export default {', '  n: number( },'),
      message: /broken\.ts:4:\d+: ERROR: Unexp/,
    },
    { name: 'broken.js', text: lines('export default {', '  n: number( },'), message: /Unexpected .*broken\.js:4\)/ },
    { name: 'broken.mjs', text: lines('export default {', '  n: number( },'), message: /Unexpected .*broken\.mjs:4\)/ },
    {
      name: 'throws.ts',
      text: lines('type A = 1;', 'export default { n: nomber() };'),
      message: /not defined \(.*throws\.ts:4\)/,
    },
    {
      name: 'throws.mjs',
      text: lines('throw new Error("no such column");'),
      message: /no such column \(.*throws\.mjs:3\)/,
    },
    {
      name: 'lacks.ts',
      text: `import { nomber } from 'perennial';\nexport default nomber();`,
      message: /'nomber' \(.*lacks\.ts:1\)/,
    },
    {
      name: 'alone.ts',
      text: `import { x } from './gone.ts';\nexport default x;`,
      message: /gone\.ts' imported from .*alone\.ts/,
    },
  ])
    it(`that cannot be read are reported with the line: ${name}`, async () => {
      await refused(
        [await file(name, text)],
        new RegExp(`${name.replace('.', '\\.')} cannot be read as a module: .*${message.source}`),
      );
    });

  it('need a default export, and the error says which', async () => {
    await refused(
      [await file('named.mjs', 'export const pipeline = {};')],
      /named\.mjs has no default export.*export default definePipeline/,
    );
  });

  it('are looked for in the folder that the error names', async () => {
    await refused([join(folder(), 'gone')], /gone does not exist.*--pipelines/);
    await refused([folder()], /There is no declaration in .*definePipeline/);
  });

  it('with an unknown key are refused with its path and the known keys', async () => {
    const wrong = await file('wrong.mjs', `export default { name: 'a', drift: { treshold: 0.2 } };`);
    const [declared] = await readDeclarations([wrong], []);
    assert.throws(() => parsePipeline(declared?.input, wrong), {
      code: 'PIPELINE_INVALID',
      message:
        /wrong\.mjs is not a valid pipeline:[^]*drift: unknown key "treshold"; supported keys are: of, sameHours, reference, window/,
    });
  });

  describe('with a recipe of their own', () => {
    const recipe = (units: number): string =>
      `import { defineRecipe } from 'perennial';\nexport default defineRecipe({ layers: (tf) => [tf.layers.dense({ units: ${units} })] });`;
    const declaration = (path: string): string =>
      `import { logistic, own } from 'perennial';\nexport default { name: 'a', candidates: [logistic(), own('${path}', { options: { units: 4 } })] };`;
    beforeEach(() => mkdir(join(folder(), 'recipes')));

    it('carry the SHA-256 of its file, so that a changed file is another revision', async () => {
      const declared = await file('a.ts', declaration('recipes/Wide_net.ts'));
      const read = async (text: string) => {
        await file('recipes/Wide_net.ts', text);
        const [{ input } = { input: null }] = await readDeclarations([declared], []);
        return (input as { candidates: unknown[] }).candidates;
      };
      const sha256 = createHash('sha256').update(recipe(1)).digest('hex');
      const own = { kind: 'own', name: 'wide-net', file: 'recipes/Wide_net.ts', sha256, options: { units: 4 } };
      assert.deepEqual(await read(recipe(1)), [{ kind: 'logistic', name: 'logistic' }, own]);
      assert.notDeepEqual(await read(recipe(2)), await read(recipe(1)));
    });

    it('may have its file beside them: in a folder it is no declaration', async () => {
      await file('a.ts', declaration('wide.ts'));
      const beside = await file('wide.ts', recipe(1));
      const names = (await readDeclarations([folder()], [])).map(({ input }) => (input as { name: string }).name);
      assert.deepEqual(names, ['a']);
      await refused([beside], /wide\.ts is a recipe, not a declaration\. Apply the declaration that names it: own\('wide\.ts'\)/);
    }); // prettier-ignore

    it('are refused where the file is missing or is no recipe', async () => {
      const declared = await file('a.ts', declaration('recipes/wide.ts'));
      await refused([declared], /a\.ts names the recipe recipes\/wide\.ts, but there is no file .*recipes\/wide\.ts\. Put it there/); // prettier-ignore
      await file('recipes/wide.ts', `import { readFileSync } from 'node:fs';\n${recipe(1)}\nreadFileSync('x');`);
      await assert.rejects(readDeclarations([declared], []), {
        code: 'RECIPE_INVALID',
        message: /wide\.ts:1 is not read as a recipe: it imports "node:fs"\. A recipe is one file/,
      });
    });
  });
});
