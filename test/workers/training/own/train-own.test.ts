import { aJob, analyticsOf, makeRows, smallSplits, type SplitRows } from '../../../support/data/training-data.ts';
import { folderPerTest } from '../../../support/folders.ts';
import { loadTensorflow, type Tensors } from '../../../../adapters/training/tensors.ts';
import { findRecipe } from '../../../../adapters/recipes/recipe-files.ts';
import { type ColumnChunk } from '../../../../core/data/chunks.ts';
import { LABEL } from '../../../../core/data/data.ts';
import { compileScorer } from '../../../../core/model/scorer.ts';
import { candidateSchema } from '../../../../core/recipes/index.ts';
import { type TrainingJob } from '../../../../core/training/trainer.ts';
import { train } from '../../../../workers/training/train.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

describe("a recipe of a pipeline's own", () => {
  const folder = folderPerTest();
  let tensors: Tensors;
  before(async () => void (tensors = await loadTensorflow({ wanted: 'wasm' })));

  const recipe = (layers: string, loss = '') =>
    `import { defineRecipe } from 'perennial';\n` +
    `export default defineRecipe({\n  layers: (tf, { inputs, outputs, options }) => ${layers},\n  ${loss}});\n`;
  const hidden = recipe(
    `[tf.layers.dense({ units: 16, activation: 'swish' }), tf.layers.dense({ units: 8, activation: 'elu' }), tf.layers.dense({ units: outputs })]`,
  );
  const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
  const few: SplitRows = { train: makeRows(300, 1), selection: makeRows(100, 2) };

  /** Deploys a file and trains by it; `applied` is what was applied, if that is another text. */
  async function training(
    text: string | null,
    { applied = text ?? '', file = 'recipes/wide.ts', splits = few, roots = [folder()], ...options }: {
      applied?: string;
      file?: string;
      splits?: SplitRows;
      roots?: string[];
      epochs?: number;
      options?: object;
      learningRate?: number;
      job?: Partial<TrainingJob>;
    } = {}, // prettier-ignore
  ) {
    if (text !== null) {
      await mkdir(dirname(join(folder(), file)), { recursive: true });
      await writeFile(join(folder(), file), text);
    }
    const { job, ...declared } = { epochs: 2, ...options };
    const candidate = candidateSchema.parse({ kind: 'own', name: 'wide', file, sha256: hashOf(applied), ...declared });
    return train(aJob({ folder: folder(), candidate, ...job }), {
      analytics: analyticsOf(splits),
      tensors: async () => tensors,
      recipeRoots: roots,
      events: { progress: () => {}, checkpoint: () => {}, log: () => {}, check: () => {} },
      memoryLimitMb: 1024,
    });
  }
  const refused = (result: Promise<unknown>, code: string, message: RegExp) =>
    assert.rejects(result, { code, message });
  const invalid = (text: string, message: RegExp, options = {}) =>
    refused(training(text, options), 'RECIPE_INVALID', message);

  it('finds by its own layers the pattern that no line can', async () => {
    const model = await training(hidden, { splits: smallSplits(), epochs: 8, learningRate: 0.02 });
    const held = makeRows(1000, 3);
    const scores = compileScorer(model).scoreChunk(held);
    const right = held.columns[LABEL]!.filter((label, row) => scores[row]! >= 0.5 === (label === 1)).length;
    assert.ok(right > 800, `${right} of 1000`);
    assert.deepEqual(model.kind === 'network' && model.layers.map(({ activation }) => activation), [
      'swish',
      'elu',
      'linear',
    ]);
  });

  it('minimises the loss that it has: of a quantile, that share of the labels is below what it says', async () => {
    const spread = (rows: number, seed: number): ColumnChunk => {
      const chunk = makeRows(rows, seed);
      const { east, north } = chunk.columns;
      return { ...chunk, columns: { ...chunk.columns, [LABEL]: east!.map((x, i) => Number(x) + 2 * Number(north![i])) } };
    }; // prettier-ignore
    const pinball = `loss: (tf, { predicted, labels, options: { quantile } }) => {
      const missed = labels.sub(predicted);
      return tf.maximum(missed.mul(quantile), missed.mul(quantile - 1));
    }`;
    const model = await training(recipe('[tf.layers.dense({ units: outputs, trainable: false, kernelInitializer: "zeros" }), tf.layers.dense({ units: outputs })]', pinball), {
      splits: { train: spread(2000, 1), selection: spread(500, 2) },
      options: { quantile: 0.8 },
      epochs: 30,
      learningRate: 0.05,
      job: { labelKind: 'number', metric: 'mae' },
    }); // prettier-ignore
    const held = spread(1000, 3);
    const scores = compileScorer(model).scoreChunk(held);
    const below = held.columns[LABEL]!.filter((label, row) => Number(label) < scores[row]!).length;
    assert.ok(below > 760 && below < 840, `${below} of 1000`);
  });

  it('is taken from whichever of the folders has the file that was applied', async () => {
    await mkdir(join(folder(), 'old', 'recipes'), { recursive: true });
    await writeFile(join(folder(), 'old', 'recipes', 'wide.ts'), `${hidden}// last week's`);
    await training(hidden, { roots: [join(folder(), 'old'), join(folder(), 'none'), folder()] });
  });

  it('does not run where the file is missing or changed, and says which hash is wanted and which is there', async () => {
    await refused(training(null), 'RECIPE_MISSING', /recipes\/wide\.ts with the SHA-256 \w{64}.*wide\.ts is not there\. Deploy the training workers/); // prettier-ignore
    await refused(training(hidden, { roots: [] }), 'RECIPE_MISSING', /PERENNIAL_RECIPES names no folder/);
    const changed = `globalThis.ran = true;\n${hidden}`;
    await refused(
      training(changed, { applied: hidden }),
      'RECIPE_MISSING',
      new RegExp(`SHA-256 ${hashOf(hidden)}.*wide\\.ts has ${hashOf(changed)}`),
    );
    assert.ok(!('ran' in globalThis));
  });

  it('does not run from outside the folders of recipes, whatever its path and hash', async () => {
    const roots = [join(folder(), 'recipes')];
    await mkdir(roots[0]!);
    for (const file of ['a\n/../../wide.ts', '../wide.ts', join(folder(), 'wide.ts')]) {
      const plan = { file, sha256: hashOf(hidden) };
      await writeFile(join(folder(), 'wide.ts'), hidden);
      await refused(findRecipe(plan, roots), 'RECIPE_MISSING', /wide\.ts is outside of the folder/);
    }
  });

  it('is refused with the line where it fails', () =>
    invalid(
      `import { defineRecipe } from 'perennial';\ninterface A { a: 1 }\n\nexport default defineRecipe({\n  layers() {\n    throw new Error('no units');\n  },\n});`,
      /recipes\/wide\.ts:6: "layers" failed: no units$/,
    ));

  const unfit: Record<string, [string, RegExp]> = {
    'is not one': ['export const layers = 1;', /is not a recipe: its default export must have a function "layers"/],
    'has a mistake': ['export default {', /wide\.ts:1 is not read as a recipe: Expected identifier but found end of file/],
    'imports another file': [`import './other.ts';\n${hidden}`, /imports "\.\/other\.ts". A recipe is one file/],
    'imports TF.js': [`import * as tf from '@tensorflow/tfjs';\nexport default tf;`, /TF\.js is given to its functions/],
    'throws when it is read': [`throw new Error('not today')`, /wide\.ts cannot be loaded: not today/],
    'returns no layers': [recipe('tf.zeros([inputs])'), /"layers" must return a list of layers/],
    'returns a model': [recipe('[{ predict: 1 }]'), /layer 1 of 1 is no layer of the TF\.js/],
    'uses a layer twice': [
      recipe('((one) => [one, one])(tf.layers.dense({ units: outputs }))'),
      /layer 2 of 2 is an earlier one again/,
    ],
    'ends too wide': [recipe('[tf.layers.dense({ units: 3 })]'), /last layer must be tf\.layers\.dense\(\{ units: 1 \}\)/],
    'ends with an activation': [recipe(`[tf.layers.dense({ units: 1, activation: 'sigmoid' })]`), /without an activation: logits/],
    'has a layer that cannot be scored': [
      recipe('[tf.layers.gaussianNoise({ stddev: 1 }), tf.layers.dense({ units: 1 })]'),
      /layer 1 of 2 \(GaussianNoise\) cannot be scored without TF\.js\. Layers may be Dense, Dropout, Activation/,
    ],
    'has an activation that cannot be scored': [
      recipe(`[tf.layers.dense({ units: 4, activation: 'softmax' }), tf.layers.dense({ units: 1 })]`),
      /layer 1 of 2 \(Dense\) has the activation "softmax"; write one of linear, relu/,
    ],
    'has a constraint': [
      recipe('[tf.layers.dense({ units: 1, kernelConstraint: tf.constraints.nonNeg() })]'),
      /has a kernelConstraint, which training does not keep/,
    ],
    'has nothing to learn': [
      recipe('[tf.layers.dense({ units: 1, trainable: false })]'),
      /none of its layers has weights that can be trained/,
    ],
    'has a loss of another shape': [
      recipe('[tf.layers.dense({ units: 1 })]', 'loss: (tf) => tf.zeros([3]),'),
      /"loss" must return a number for each of \d+ rows or one, not a tensor of \[3\]/,
    ],
    'has a loss that nothing can be learnt from': [
      recipe('[tf.layers.dense({ units: 1 })]', 'loss: (tf, { labels }) => labels.mean(),'),
      /"loss" has no gradient by what is predicted/,
    ],
  }; // prettier-ignore
  for (const [what, [text, message]] of Object.entries(unfit))
    it(`is refused when it ${what}`, () => invalid(text, message));

  it('ends when its loss is no longer a number', () =>
    refused(
      training(recipe('[tf.layers.dense({ units: 1 })]', 'loss: (tf, { predicted }) => predicted.sub(1e9).log(),')),
      'TRAINING_DIVERGED',
      /The loss of candidate "wide" was no longer a number in epoch 1/,
    ));

  it('leaves no tensor behind', async () => {
    await training(hidden);
    const { numTensors } = tensors.tf.memory();
    await training(hidden);
    assert.equal(tensors.tf.memory().numTensors, numTensors);
  });
});
