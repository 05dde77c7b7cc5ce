import { aJob, analyticsOf, makeRows, smallSplits, type SplitRows } from '../../../support/data/training-data.ts';
import { loadTensorflow, type Tensors } from '../../../../adapters/training/tensors.ts';
import { createRandom } from '../../../../core/base/random.ts';
import { LABEL } from '../../../../core/data/data.ts';
import { metricsOf } from '../../../../core/metrics/metrics.ts';
import { type TrainedModel } from '../../../../core/model/artifact.ts';
import { compileScorer } from '../../../../core/model/scorer.ts';
import { combined, combinedClasses, tabm } from '../../../../core/model/kinds/tabm.ts';
import { candidateSchema } from '../../../../core/recipes/index.ts';
import { train } from '../../../../workers/training/train.ts';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('networks for tables', () => {
  let tensors: Tensors;
  let folder: string;
  before(async () => {
    tensors = await loadTensorflow({ wanted: 'wasm' });
    folder = await mkdtemp(join(tmpdir(), 'perennial-tabm-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const run = (
    candidate: { kind: 'tabm' | 'mlp'; [option: string]: unknown },
    splits: SplitRows = smallSplits(),
  ): Promise<TrainedModel> =>
    train(aJob({ folder, candidate: candidateSchema.parse({ name: candidate.kind, ...candidate }) }), {
      analytics: analyticsOf(splits),
      tensors: async () => tensors,
      memoryLimitMb: 1024,
      events: { progress: () => {}, checkpoint: () => {}, log: () => {}, check: () => {} },
    });
  const precision = (model: TrainedModel, unseen: ReturnType<typeof makeRows>): number =>
    metricsOf('binary', [...compileScorer(model).logitChunk(unseen)], unseen.columns[LABEL] as number[])
      .averagePrecision!;

  for (const engine of [undefined, 'tfjs'])
    it(`find with members the pattern that no line can, by ${engine ?? 'our kernel'}`, async () => {
      const options = { epochs: 5, hidden: [16, 8], members: 4, learningRate: 0.01, engine };
      const model = await run({ kind: 'tabm', ...options });
      assert.equal(model.trainedWith.backend, engine === 'tfjs' ? 'wasm' : 'kernel');
      const found = precision(model, makeRows(2000, 3));
      assert.ok(found > 0.85, `average precision ${found}`);
    });

  it('learn from each of hundreds of levels', async () => {
    const withLevels = (rows: number, seed: number) => {
      const chunk = makeRows(rows, seed);
      const random = createRandom(seed);
      const levels = Array.from({ length: rows }, () => random.integer(200));
      const labels = levels.map((level) => (random.uniform() < (level % 3 === 0 ? 0.9 : 0.05) ? 1 : 0));
      return { ...chunk, columns: { ...chunk.columns, country: levels.map((level) => `level-${level}`), [LABEL]: labels } };
    }; // prettier-ignore
    const splits = { train: withLevels(6000, 1), selection: withLevels(1000, 2) };
    const found = precision(await run({ kind: 'mlp' }, splits), withLevels(2000, 3));
    assert.ok(found > 0.85, `average precision ${found}`);
  });

  it('give the log odds of the mean probability of their members, however certain they are', () => {
    const share = (logit: number): number => 1 / (1 + Math.exp(-logit));
    const mean = (share(-2) + share(3)) / 2;
    assert.ok(Math.abs(combined([-2, 3], 'share') - Math.log(mean / (1 - mean))) < 1e-12);
    assert.ok(Math.abs(combined([4, 4, 4], 'share') - 4) < 1e-12);
    assert.deepEqual([combined([900, 900], 'share'), combined([-900, -900], 'share')], [900, -900]);
    assert.ok(Number.isFinite(combined([-900, 900], 'share')));
    assert.equal(combined([-2, 3], 'mean'), 0.5);
  });

  it('give each class the mean probability that their members give it, however certain they are', () => {
    const shares = (logits: number[]): number[] => {
      const powers = logits.map(Math.exp);
      return powers.map((power) => power / powers.reduce((sum, each) => sum + each, 0));
    };
    const said = (...members: number[][]): number[] => {
      const into = new Float64Array(3);
      combinedClasses(members.flat(), into);
      return [...into].map(Math.exp);
    };
    const [one, other] = [shares([1, 2, -3]), shares([0, -1, 4])];
    for (const [place, share] of said([1, 2, -3], [0, -1, 4]).entries())
      assert.ok(Math.abs(share - (one[place]! + other[place]!) / 2) < 1e-12, `${place}: ${share}`);
    assert.deepEqual(said([900, 0, 0], [0, 900, 0]), [0.5, 0.5, 0]);
  });

  it('are refused when their layers do not fit', async () => {
    const model = await run({ kind: 'tabm', epochs: 1, hidden: [4], members: 2 });
    assert.ok(model.kind === 'tabm');
    const [first, last] = model.layers as [(typeof model.layers)[0], (typeof model.layers)[0]];
    const width = first.inputs;
    const problem = (layers: typeof model.layers): string | null => tabm.problemOf({ ...model, layers }, width, 1);
    assert.equal(problem(model.layers), null);
    assert.match(problem([first, { ...last, inputs: 5 }])!, /layers\.1: takes 5 inputs, but 4 come in/);
    assert.match(problem([{ ...first, scale: undefined }, last])!, /layers\.0: has no scale/);
    assert.match(problem([first])!, /one unit/);
    assert.match(tabm.problemOf(model, width, 3)!, /the last layer must have 3 units, the logit of each class/);
    assert.throws(() => tabm.compile({ ...model, members: 3 }, width), /layer 0 has .* where .* belong/);
  });
});
