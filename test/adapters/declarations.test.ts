import { readDeclarations } from '../../adapters/declarations.ts';
import { parsePipeline } from '../../core/pipeline.ts';
import { folderPerTest } from '../support/folders.ts';
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

describe('declarations in files', () => {
  const folder = folderPerTest();
  const file = async (name: string, text: string) => {
    await writeFile(join(folder(), name), text);
    return join(folder(), name);
  };
  const refused = (paths: string[], message: RegExp) =>
    assert.rejects(readDeclarations(paths), { code: 'PIPELINE_INVALID', message });

  it('are the modules that lie directly in a folder, by name', async () => {
    await file('b.ts', `export default { name: 'b' } as { name: string };`);
    await file('a.mjs', `export default { name: 'a' };`);
    await file('notes.md', 'not a module');
    await mkdir(join(folder(), 'b'));
    await writeFile(join(folder(), 'b', 'helper.ts'), 'throw new Error("not a declaration")');
    const declared = await readDeclarations([folder()]);
    assert.deepEqual(declared.map(({ input }) => input), [{ name: 'a' }, { name: 'b' }]); // prettier-ignore
  });

  it('are named when they cannot be read, with what is wrong', async () => {
    const broken = await file('broken.mjs', 'export default {');
    await refused([broken], /broken\.mjs cannot be read as a module: .*/);
    const failing = await file('failing.mjs', 'throw new Error("no such column")');
    await refused([failing], /failing\.mjs cannot be read as a module: no such column/);
  });

  it('need a default export, and the message says which', async () => {
    await refused(
      [await file('named.mjs', 'export const pipeline = {};')],
      /named\.mjs has no default export.*export default definePipeline/,
    );
  });

  it('are looked for where the message says', async () => {
    await refused([join(folder(), 'gone')], /There is no .*gone.*--pipelines/);
    await refused([folder()], /No declaration lies in .*definePipeline/);
  });

  it('with an unknown key are refused with its path, and the keys there are', async () => {
    const wrong = await file('wrong.mjs', `export default { name: 'a', drift: { treshold: 0.2 } };`);
    const [declared] = await readDeclarations([wrong]);
    assert.throws(() => parsePipeline(declared?.input, wrong), {
      code: 'PIPELINE_INVALID',
      message:
        /wrong\.mjs is not a valid pipeline:[^]*drift: unknown key "treshold"; supported keys are: window, minRows/,
    });
  });
});
