import { aJob, aLogistic, analyticsOf, anMlp } from '../../../support/data/training-data.ts';
import { folderPerTest } from '../../../support/folders.ts';
import { loadTensorflow, type Tensors } from '../../../../adapters/training/tensors.ts';
import { type ColumnChunk } from '../../../../core/data/chunks.ts';
import { LABEL } from '../../../../core/data/data.ts';
import { compileScorer } from '../../../../core/model/scorer.ts';
import { candidateSchema, type Candidate } from '../../../../core/recipes/index.ts';
import { type TrainingJob } from '../../../../core/training/trainer.ts';
import { train } from '../../../../workers/training/train.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const LEVELS = 120;

/** Every level as often as the others; the labels of every other one are larger. */
const rowsOf = (rows: number): ColumnChunk => {
  const levels = Array.from({ length: rows }, (_, row) => row % LEVELS);
  return {
    rows,
    columns: { shop: levels.map((level) => `shop ${level}`), [LABEL]: levels.map((level) => level % 2) },
  };
};

const recipe = `export default { layers: (tf, { outputs }) => [tf.layers.dense({ units: outputs })] };`;
const sha256 = createHash('sha256').update(recipe).digest('hex');
const long = { epochs: 40, learningRate: 0.05 };

describe('a model that TF.js trains', () => {
  const folder = folderPerTest();
  let tensors: Tensors;
  before(async () => void (tensors = await loadTensorflow({ wanted: 'wasm' })));

  const ways: Record<string, { candidate: Candidate; job?: Partial<TrainingJob>; insists?: boolean }> = {
    'a logistic regression': { candidate: aLogistic({ engine: 'tfjs', ...long }) },
    'a logistic regression where the operator asks for TF.js': { candidate: aLogistic(long), insists: true },
    'a line': {
      candidate: candidateSchema.parse({ kind: 'linear', name: 'linear', engine: 'tfjs', batchSize: 128, ...long }),
      job: { labelKind: 'number' },
    },
    'an mlp': { candidate: anMlp({ engine: 'tfjs', ...long }) },
    "a recipe of the pipeline's own": {
      candidate: candidateSchema.parse({ kind: 'own', name: 'own', file: 'own.ts', sha256, ...long }),
    },
  };
  for (const [name, { candidate, job, insists = false }] of Object.entries(ways))
    it(`tells levels apart past the fiftieth: ${name}`, async () => {
      await writeFile(join(folder(), 'own.ts'), recipe);
      const columns = { shop: { kind: 'category', nulls: 0 } } as const;
      const model = await train(aJob({ folder: folder(), columns, candidate, ...job }), {
        analytics: analyticsOf({ train: rowsOf(12 * LEVELS), selection: rowsOf(2 * LEVELS) }),
        tensors: async () => tensors,
        insistsOnTensorflow: insists,
        recipeRoots: [folder()],
        events: { progress: () => {}, checkpoint: () => {}, log: () => {}, check: () => {} },
        memoryLimitMb: 1024,
      });
      const { score } = compileScorer(model);
      for (let level = 0; level < LEVELS; level++) {
        const found = score({ shop: `shop ${level}` });
        assert.equal(found > 0.5, level % 2 === 1, `shop ${level}: ${found}`);
      }
    });
});
