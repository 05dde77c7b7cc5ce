import { aJob, aLogistic, analyticsOf, makeRows, smallSplits } from '../../../support/data/training-data.ts';
import { createRandom } from '../../../../core/base/random.ts';
import { type Columns } from '../../../../core/columns/index.ts';
import { type ColumnChunk } from '../../../../core/data/chunks.ts';
import { LABEL, type Value } from '../../../../core/data/data.ts';
import { type Encoding } from '../../../../core/model/artifact.ts';
import { compileScorer, sigmoid } from '../../../../core/model/scorer.ts';
import { metricsOf } from '../../../../core/metrics/metrics.ts';
import { type Candidate } from '../../../../core/recipes/index.ts';
import { type TrainingJob } from '../../../../core/training/trainer.ts';
import { type SplitName } from '../../../../core/training/training.ts';
import { loadTensorflow } from '../../../../adapters/training/tensors.ts';
import { arrowOf } from '../../../../workers/training/linear/arrow.ts';
import { createFitOfManyLevels } from '../../../../workers/training/linear/fit-many-levels.ts';
import { fit } from '../../../../workers/training/linear/newton.ts';
import { passOver, weightsOf } from '../../../../workers/training/linear/passes.ts';
import { type SingleLoss } from '../../../../workers/training/network/loss.ts';
import { splitReader } from '../../../../workers/training/reading.ts';
import { encodeSplit } from '../../../../workers/training/rows/encoded-split.ts';
import { train } from '../../../../workers/training/train.ts';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const asIs = { kind: 'number', transform: 'identity', median: 0, mean: 0, deviation: 1, flagMissing: false } as const;
const pulse = async (): Promise<void> => {};

describe('a full fit of a linear model', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'perennial-linear-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Fits rows that are encoded as they are, and returns what every pass needs to judge the weights. */
  async function fitted(chunk: ColumnChunk, encodings: Encoding[], loss: SingleLoss, penalty: number) {
    const reader = splitReader(analyticsOf({ train: chunk }), 'file', Object.keys(chunk.columns));
    const split = await encodeSplit(folder, 'train', reader, encodings, null, pulse);
    const pass = (weights: Float64Array, curvature: boolean) => passOver(split, weights, { loss, curvature, pulse });
    const found = await fit(new Float64Array(weightsOf(split.layout)), penalty, pass);
    const lossAt = async (weights: Float64Array): Promise<number> =>
      (await pass(weights, false)).loss + penalty * weights.slice(0, -1).reduce((sum, w) => sum + w * w, 0);
    return { ...found, lossAt, close: split.close };
  }

  // LogisticRegression(C=1 / (2 * penalty * 10), solver="newton-cholesky", tol=1e-12) of scikit-learn 1.9.1, levels as columns
  for (const [penalty, expected] of [
    [0.01, [2.0064031527072377, -0.3444389146682553, -1.5115849903202658, -0.45583251349444, 1.4545100184061552]],
    [0.001, [4.613121346039514, -0.6099829237312008, -5.4671744312310935, -0.9632551583672506, 4.124562941733662]],
  ] as const)
    it(`has scikit-learn's weights, with the penalty ${penalty}`, async () => {
      const columns = {
        x: [0.5, 1.5, -0.7, 2.1, -1.3, 0.2, -2.2, 0.9, 1.1, -0.4],
        y: [-1.2, 0.3, 0.8, -0.4, 1.9, 0.1, -0.6, 1.4, -1.7, 0.6],
        level: ['a', 'b', 'a', null, 'b', 'a', 'b', 'a', 'b', null],
        [LABEL]: [1, 1, 0, 1, 0, 0, 0, 1, 1, 1],
      };
      const encodings: Encoding[] = [
        { ...asIs, column: 'x' },
        { ...asIs, column: 'y' },
        { kind: 'category', column: 'level', levels: ['a', 'b'] },
      ];
      const { weights, close } = await fitted({ rows: 10, columns }, encodings, 'entropy', penalty);
      for (const [i, weight] of weights.entries())
        assert.ok(Math.abs(weight - expected[i]!) < 1e-3, `${[...weights].join()}, expected ${expected.join()}`);
      await close();
    });

  for (const squaredUpTo of [0.1, 1, Infinity])
    it(`leaves no weight that could be better, of errors that count squared up to ${squaredUpTo}`, async () => {
      const random = createRandom(1);
      const x = Array.from({ length: 400 }, () => random.normal());
      const label = x.map((value) => 3 * value - 1 + random.normal(0, 0.3) ** 3 * 8);
      const chunk = { rows: 400, columns: { x, twice: x, [LABEL]: label } };
      const encodings: Encoding[] = ['x', 'twice'].map((column) => ({ ...asIs, column }));
      const { weights, lossAt, passes, close } = await fitted(chunk, encodings, { squaredUpTo }, 1e-4);
      const least = await lossAt(weights);
      for (let i = 0; i < weights.length; i++)
        for (const step of [-0.01, 0.01])
          assert.ok((await lossAt(weights.map((w, j) => (j === i ? w + step : w)))) > least, `weight ${i} by ${step}`);
      assert.ok(passes <= 60);
      await close();
    });

  async function run(job: Partial<TrainingJob>, splits: Partial<Record<SplitName, ColumnChunk>> = smallSplits()) {
    const seen = { checkpoints: [] as string[], log: [] as string[], finished: [] as number[], read: [] as string[] };
    const analytics = analyticsOf(splits);
    const model = await train(aJob({ folder, candidate: aLogistic(), ...job }), {
      analytics: {
        ...analytics,
        readSplit: (file, split, names) => {
          seen.read.push(split);
          return analytics.readSplit(file, split, names);
        },
      },
      tensors: () => loadTensorflow({ wanted: 'cpu' }),
      memoryLimitMb: 1024,
      events: {
        progress: ({ done }) => seen.finished.push(done),
        checkpoint: (file) => seen.checkpoints.push(file),
        log: (line) => seen.log.push(line),
        check: () => {},
      },
    });
    assert.ok(model.kind === 'network');
    return { model, ...seen };
  }

  it('is what a logistic regression is trained by, whatever its epochs and learning rate', async () => {
    const [one, other] = [await run({}), await run({ candidate: aLogistic({ epochs: 1, learningRate: 1e-9 }) })];
    assert.deepEqual(other.model.layers, one.model.layers);
    assert.equal(one.model.trainedWith.backend, 'none');
    assert.equal(one.finished.at(-1), 5, 'each penalty is a unit of progress');
  });

  it('chooses a strong penalty where rows are few and columns are noise, which unseen rows show', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `x${i}`);
    const noisy = (rows: number, seed: number): ColumnChunk => {
      const random = createRandom(seed);
      const columns: Record<string, Value[]> = Object.fromEntries(
        names.map((name) => [name, Array.from({ length: rows }, () => random.normal())]),
      );
      columns[LABEL] = columns['x0']!.map((x) => (random.uniform() < sigmoid(Number(x)) ? 1 : 0));
      return { rows, columns };
    };
    const columns: Columns = Object.fromEntries(names.map((name) => [name, { kind: 'number', nulls: 0 }]));
    const splits = { train: noisy(80, 1), selection: noisy(400, 2) };
    const lossWith = async (l2: number): Promise<number> => {
      const { model } = await run({ columns, candidate: aLogistic({ l2 }) }, splits);
      const unseen = noisy(2000, 3);
      return metricsOf('binary', [...compileScorer(model).scoreChunk(unseen)], unseen.columns[LABEL] as number[])
        .logLoss!;
    };
    const [chosen, without] = [await lossWith(1e-4), await lossWith(0)];
    assert.ok(chosen < 0.7 && without > 1, `log loss ${chosen}, without a penalty ${without}`);
  });

  it('ends with the same weights when it is resumed from a checkpoint, of a line too', async () => {
    const aLinear = { ...aLogistic(), kind: 'linear' } as Candidate;
    for (const job of [{}, { candidate: aLinear, labelKind: 'number', metric: 'mae' }] as Partial<TrainingJob>[]) {
      const whole = await run(job);
      const resumed = await run({ ...job, resumeFrom: whole.checkpoints[2]! });
      assert.equal(resumed.checkpoints.length, 2);
      assert.deepEqual(resumed.model.layers, whole.model.layers);
      assert.equal(resumed.model.trainedWith.epochs, whole.model.trainedWith.epochs);
    }
  });

  it('starts from nothing when the checkpoint is of a release that trained in batches', async () => {
    const { kind, ...ofBatches } = JSON.parse(await readFile((await run({})).checkpoints[0]!, 'utf8')) as {
      kind: string;
    };
    assert.equal(kind, 'linear');
    const resumeFrom = join(folder, 'of-batches.json');
    await writeFile(resumeFrom, JSON.stringify(ofBatches));
    const { log, checkpoints } = await run({ resumeFrom });
    assert.match(log.join(), /of-batches\.json cannot be used/);
    assert.equal(checkpoints.length, 5);
  });

  it('ends where a line tells all rows apart, and where columns say the same twice', async () => {
    const apart = makeRows(600, 1);
    const { east } = apart.columns as Record<string, number[]>;
    apart.columns = { ...apart.columns, north: east!, [LABEL]: east!.map((x) => (x > 0 ? 1 : 0)) };
    for (const l2 of [0, 1e-5]) {
      const { model } = await run({ candidate: aLogistic({ l2 }) }, { train: apart, selection: apart });
      assert.ok([...compileScorer(model).scoreChunk(apart)].every((score, i) => score > 0.5 === east![i]! > 0));
    }
  });

  const levelsOf = (column: string, levels: number): Encoding => ({
    kind: 'category',
    column,
    levels: Array.from({ length: levels }, (_, i) => `l${i}`),
  });

  // Of one column, the products that are kept tell the squared error's curvature whole.
  for (const { name, loss, towns: withTowns, most: mostPasses } of [
    { name: 'entropy', loss: 'entropy', towns: true, most: 30 },
    { name: 'the size of errors', loss: { squaredUpTo: 0.5 }, towns: true, most: 30 },
    { name: 'squared errors of one column', loss: { squaredUpTo: Infinity }, towns: false, most: 3 },
  ] satisfies { name: string; loss: SingleLoss; towns: boolean; most: number }[])
    it(`finds for many levels the weights that Newton's steps find, by ${name}`, async () => {
      const random = createRandom(5);
      const rows = 1500;
      const drawn = (levels: number) => Array.from({ length: rows }, () => random.integer(levels));
      const [shops, towns, sizes] = [drawn(80), drawn(60), drawn(4)];
      const x = shops.map(() => random.normal());
      const columns = {
        x,
        shop: shops.map((shop) => `l${shop}`),
        town: towns.map((town) => (town > 55 ? null : `l${town}`)),
        size: sizes.map((size) => `l${size}`),
        [LABEL]: shops.map((shop, i) =>
          random.uniform() < sigmoid(x[i]! + 2 * Math.sin(shop) + sizes[i]! - 3) ? 1 : 0,
        ),
      };
      const encodings: Encoding[] = [
        levelsOf('shop', 80),
        { ...asIs, column: 'x' },
        levelsOf('size', 4),
        ...(withTowns ? [levelsOf('town', 60)] : []),
      ];
      const reader = splitReader(analyticsOf({ train: { rows, columns } }), 'file', Object.keys(columns));
      const split = await encodeSplit(folder, 'train', reader, encodings, null, pulse);
      const start = new Float64Array(weightsOf(split.layout));
      const exact = await fit(start, 1e-3, (weights, curvature) =>
        passOver(split, weights, { loss, curvature, pulse }),
      );
      for (const most of [undefined, 0]) {
        const arrow = await arrowOf(split, pulse, most);
        const found = createFitOfManyLevels(split, arrow, { loss, pulse, onPass() {} });
        const { weights, passes } = await found(start, 1e-3);
        for (const [i, weight] of weights.entries())
          assert.ok(
            Math.abs(weight - exact.weights[i]!) < 0.01,
            `weight ${i}: ${weight}, by Newton ${exact.weights[i]}`,
          );
        assert.ok(passes <= (most === 0 ? 60 : mostPasses), `${passes} passes`);
      }
      await split.close();
    });

  describe('of a column with hundreds of levels', () => {
    const names = ['none', 'some', 'all'];
    const columns: Columns = { shop: { kind: 'category', nulls: 0 }, x: { kind: 'number', nulls: 0 } };
    const shops = (rows: number, seed: number, label: (shop: number, chance: number) => number): ColumnChunk => {
      const random = createRandom(seed);
      const shop = Array.from({ length: rows }, () => random.integer(300));
      const labels = shop.map((each) => label(each, random.uniform()));
      return { rows, columns: { shop: shop.map((each) => `shop-${each}`), x: shop.map(() => random.normal()), [LABEL]: labels } }; // prettier-ignore
    };
    const fraudulent = (shop: number, chance: number): number => (chance < (shop % 3 === 0 ? 0.9 : 0.05) ? 1 : 0);
    const splits = (label = fraudulent) => ({ train: shops(4000, 1, label), selection: shops(800, 2, label) });

    it('has a weight for each level, scores rows of it, and ends the same when resumed', async () => {
      const whole = await run({ columns }, splits());
      const unseen = shops(2000, 3, fraudulent);
      const scored = [...compileScorer(whole.model).scoreChunk(unseen)];
      const { averagePrecision } = metricsOf('binary', scored, unseen.columns[LABEL] as number[]);
      assert.ok(averagePrecision! > 0.85, `average precision ${averagePrecision}`);
      const resumed = await run({ columns, resumeFrom: whole.checkpoints[1]! }, splits());
      assert.deepEqual(resumed.model.layers, whole.model.layers);
    });

    it('learns classes from each level', async () => {
      const classOf = (shop: number, chance: number): number => (chance < 0.9 ? shop % 3 : 1);
      const { model } = await run({ columns, labelKind: 'class', classes: names }, splits(classOf));
      const unseen = shops(900, 3, classOf);
      const { score } = compileScorer(model);
      assert.ok(score({ shop: 'shop-1', x: 0 }) > 0.7);
      const right = (unseen.columns['shop'] as string[]).filter((shop, i) => {
        const chances = compileScorer(model).classes!.probabilities({ shop, x: 0 });
        return chances.indexOf(Math.max(...chances)) === unseen.columns[LABEL]![i];
      });
      assert.ok(right.length > 780, `${right.length} of 900 right`);
    });
  });

  it('is left to batches where there are too many weights for it', async () => {
    const names = Array.from({ length: 22 }, (_, i) => `level${i}`);
    const wide = (rows: number, seed: number): ColumnChunk => {
      const random = createRandom(seed);
      const columns: Record<string, Value[]> = Object.fromEntries(
        names.map((name) => [name, Array.from({ length: rows }, () => `l${random.integer(50)}`)]),
      );
      columns[LABEL] = Array.from({ length: rows }, (_, row) => row % 2);
      return { rows, columns };
    };
    const columns: Columns = Object.fromEntries(names.map((name) => [name, { kind: 'category', nulls: 0 }]));
    const splits = { train: wide(1000, 1), selection: wide(100, 2) };
    const job = { columns, candidate: aLogistic({ epochs: 2 }) };
    const [full, whole] = [await run({}), await run(job, splits)];
    assert.equal(whole.model.trainedWith.backend, 'kernel');
    assert.deepEqual(whole.read, full.read, 'each split is read as often as for a full fit');
    const resumed = await run({ ...job, resumeFrom: whole.checkpoints[0]! }, splits);
    assert.deepEqual(resumed.model.layers, whole.model.layers);
    assert.equal(resumed.checkpoints.length, 1);
    assert.doesNotMatch(resumed.log.join(), /starts from nothing/);
  });
});
