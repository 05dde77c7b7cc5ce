import { readDeclarations } from '../../adapters/declarations/declarations.ts';
import { loadTensorflow } from '../../adapters/training/tensors.ts';
import { parsePipeline } from '../../core/declaration/pipeline.ts';
import { LABEL } from '../../core/data/data.ts';
import { compileScorer } from '../../core/model/scorer.ts';
import { train } from '../../workers/training/train.ts';
import { aJob, analyticsOf, makeRows } from '../support/data/training-data.ts';
import { folderPerTest } from '../support/folders.ts';
import { repository } from '../support/processes/programs.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const page = readFileSync(join(repository, 'docs/guide-author.md'), 'utf8');
const section = page.split('## A recipe of your own\n')[1]!.split('\n## ')[0]!;
const [recipe, candidates] = [...section.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code!);

describe('the recipe in the guide for authors', () => {
  const folder = folderPerTest();

  it('is applied as the guide declares it, and learns', async () => {
    await mkdir(join(folder(), 'recipes'));
    await writeFile(join(folder(), 'recipes', 'focal.ts'), recipe!);
    const file = join(folder(), 'shop.ts');
    await writeFile(
      file,
      `import { csv, definePipeline, logistic, number, own } from 'perennial';
       export default definePipeline({
         name: 'shop',
         source: csv({ file: 'shop.csv', key: 'id', time: 'at' }),
         columns: { visits: number() },
         label: { name: 'left' },
         ${candidates}
         gates: { metric: 'rocAuc', margin: 0 },
       });`,
    );
    const [declared] = await readDeclarations([file], [folder()]);
    const candidate = parsePipeline(declared!.input, file).candidates[1]!;
    const tensors = await loadTensorflow({ wanted: 'wasm' });
    const model = await train(aJob({ folder: folder(), candidate: { ...candidate, learningRate: 0.02 } as never }), {
      analytics: analyticsOf({ train: makeRows(1500, 1), selection: makeRows(500, 2) }),
      tensors: async () => tensors,
      recipeRoots: [folder()],
      events: { progress: () => {}, checkpoint: () => {}, log: () => {}, check: () => {} },
      memoryLimitMb: 1024,
    });
    const held = makeRows(1000, 3);
    const scores = compileScorer(model).scoreChunk(held);
    const right = held.columns[LABEL]!.filter((label, row) => scores[row]! >= 0.5 === (label === 1)).length;
    assert.ok(right > 750, `${right} of 1000`);
  });
});
