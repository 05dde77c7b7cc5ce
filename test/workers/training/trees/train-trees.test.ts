import {
  aJob,
  aLogistic,
  analyticsOf,
  columns,
  makeRows,
  type SplitRows,
} from '../../../support/data/training-data.ts';
import { loadTensorflow } from '../../../../adapters/training/tensors.ts';
import { LABEL, type Value } from '../../../../core/data/data.ts';
import { type Analytics } from '../../../../core/data/analytics.ts';
import { createRandom } from '../../../../core/base/random.ts';
import { type TrainedModel } from '../../../../core/model/artifact.ts';
import { metricsOf } from '../../../../core/metrics/metrics.ts';
import { compileScorer, sigmoid } from '../../../../core/model/scorer.ts';
import { candidateSchema, type Candidate } from '../../../../core/recipes/index.ts';
import { type TrainingJob } from '../../../../core/training/trainer.ts';
import { type TrainingProgress } from '../../../../workers/training/protocol.ts';
import { train } from '../../../../workers/training/train.ts';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const candidate = (kind: 'boosted' | 'forest', options: object = {}): Candidate =>
  candidateSchema.parse({ kind, name: kind, ...(kind === 'forest' && { trees: 40, leaves: 64 }), ...options });

describe('training trees', () => {
  let root: string;
  before(async () => void (root = await mkdtemp(join(tmpdir(), 'perennial-trees-'))));
  after(() => rm(root, { recursive: true, force: true }));

  async function run(job: Partial<TrainingJob>, rows: SplitRows | Analytics, memoryLimitMb = 1024) {
    const folder = await mkdtemp(join(root, 'job-'));
    const seen = { folder, checkpoints: [] as string[], progress: [] as TrainingProgress[], log: [] as string[] };
    const model = await train(aJob({ folder, ...job }), {
      analytics: 'readSplit' in rows ? rows : analyticsOf(rows),
      tensors: () => loadTensorflow({ wanted: 'wasm' }),
      events: {
        progress: (progress) => {
          seen.progress.push(progress);
        },
        checkpoint: (file) => seen.checkpoints.push(file),
        log: (line) => seen.log.push(line),
        check: () => {},
      },
      memoryLimitMb,
    });
    return { model, ...seen };
  }
  const trees = (model: TrainedModel) => ({ ...model, trainedWith: 0 });
  const splits: SplitRows = { train: makeRows(4000, 1), selection: makeRows(1500, 2) };
  const precision = (model: TrainedModel): number => {
    const unseen = makeRows(3000, 3);
    return metricsOf('binary', [...compileScorer(model).logitChunk(unseen)], unseen.columns[LABEL] as number[])
      .averagePrecision!;
  };

  it('finds the pattern that a logistic regression cannot', async () => {
    const [boosted, forest, logistic] = [
      await run({ candidate: candidate('boosted') }, splits),
      await run({ candidate: candidate('forest') }, splits),
      await run({ candidate: aLogistic() }, splits),
    ].map(({ model }) => precision(model));
    assert.ok(boosted! > 0.9 && forest! > 0.85 && logistic! < 0.6, `${boosted}, ${forest}, ${logistic}`);
  });

  it('stops boosting when the selection split gets no better, and keeps the best number of trees', async () => {
    const { model, progress } = await run({ candidate: candidate('boosted') }, splits);
    const losses = new Map(progress.map(({ done, selectionLoss }) => [done, selectionLoss ?? Infinity]));
    const [best] = [...losses].reduce((least, at) => (at[1] < least[1] ? at : least));
    assert.equal(model.trainedWith.trees, best);
    assert.ok(best > 5 && losses.size < 200, `${best} of ${losses.size}`);
    assert.equal(progress.at(-1)!.unit, 'tree');
  });

  it('aims at what the gate compares: at medians for absolute errors, also within monotonic columns', async () => {
    const skewed = (rows: number, seed: number) => {
      const [chunk, random] = [makeRows(rows, seed), createRandom(seed)];
      const label = (chunk.columns['east'] as number[]).map((east) => Math.exp(0.5 * east + random.normal()));
      return { ...chunk, columns: { ...chunk.columns, [LABEL]: label } };
    };
    const unseen = skewed(2000, 3);
    const numbered = { train: skewed(1500, 1), selection: skewed(500, 2) };
    for (const options of [{ kind: 'boosted' }, { kind: 'symmetric' }, { kind: 'forest', trees: 40, minRows: 20 }]) {
      const candidate = candidateSchema.parse({ name: 'skewed', monotonic: { east: 'up' }, ...options });
      const [absolute, squared] = await Promise.all(
        (['mae', 'rmse'] as const).map(async (metric) => {
          const { model } = await run({ labelKind: 'number', candidate, metric }, numbered);
          const scorer = compileScorer(model);
          const rising = Array.from({ length: 50 }, (_, i) => scorer.score({ east: i / 10 - 2.5, north: 0, hour: 7 }));
          assert.deepEqual(
            rising,
            rising.toSorted((a, b) => a - b),
          );
          return metricsOf('number', scorer.scoreChunk(unseen), unseen.columns[LABEL] as number[]);
        }),
      );
      assert.ok(
        absolute!.mae! < 0.93 * squared!.mae!,
        `${options.kind}: ${absolute!.mae} by the size, ${squared!.mae}`,
      );
      assert.ok(absolute!.rmse! > squared!.rmse!, `${options.kind}: ${absolute!.rmse} by the size, ${squared!.rmse}`);
    }
  });

  it('estimates numbers in their own unit', async () => {
    const numbered = (rows: number, seed: number) => {
      const chunk = makeRows(rows, seed);
      const random = createRandom(seed);
      const { east, north } = chunk.columns as Record<string, number[]>;
      const label = east!.map((x, row) => 500 + 20 * x + 30 * Math.abs(x + north![row]!) + random.normal(0, 4));
      return { ...chunk, columns: { ...chunk.columns, [LABEL]: label } };
    };
    const unseen = numbered(3000, 3);
    for (const kind of ['boosted', 'forest'] as const) {
      const { model } = await run(
        { labelKind: 'number', candidate: candidate(kind, { columns: 1 }) },
        { train: numbered(4000, 1), selection: numbered(1500, 2) },
      );
      const { r2 } = metricsOf('number', compileScorer(model).scoreChunk(unseen), unseen.columns[LABEL] as number[]);
      assert.ok(r2! > 0.93, `${kind}: ${r2}`);
    }
  });

  it('learns a column of two hundred levels, and what its nulls mean', async () => {
    const levelled = (rows: number, seed: number) => {
      const random = createRandom(seed);
      const chunk = makeRows(rows, seed);
      const country = Array.from({ length: rows }, (): Value => {
        const level = random.integer(210);
        return level >= 200 ? null : `level-${level}`;
      });
      const label = country.map((level) => {
        const effect = level === null ? 3 : 2 * Math.sin(Number(String(level).slice(6)));
        return random.uniform() < sigmoid(effect - 1) ? 1 : 0;
      });
      return { ...chunk, columns: { ...chunk.columns, country, [LABEL]: label } };
    };
    const { model } = await run(
      { candidate: candidate('boosted') },
      { train: levelled(16_000, 1), selection: levelled(4000, 2) },
    );
    const scorer = compileScorer(model);
    const score = (country: string | null): number =>
      scorer.score({ east: 0, north: 0, country, online: true, hour: 1 });
    assert.ok(score(null) > 0.75, `null: ${score(null)}`);
    let wrong = 0;
    for (let level = 0; level < 200; level++) {
      const truth = sigmoid(2 * Math.sin(level) - 1);
      if (Math.abs(score(`level-${level}`) - truth) > 0.2) wrong++;
    }
    assert.ok(wrong < 20, `${wrong} of 200 levels are far off`);
  });

  it('never lets a larger value of a monotonic column lower the score', async () => {
    const rising = (rows: number, seed: number) => {
      const random = createRandom(seed);
      const chunk = makeRows(rows, seed);
      const label = chunk.columns['east']!.map((x) =>
        random.uniform() < sigmoid(Number(x) + 2 * Math.sin(4 * Number(x))) ? 1 : 0,
      );
      return { ...chunk, columns: { ...chunk.columns, [LABEL]: label } };
    };
    const worst = async (kind: 'boosted' | 'forest', monotonic?: object): Promise<number> => {
      const { model } = await run(
        { candidate: candidate(kind, { monotonic, trees: 40 }) },
        { train: rising(4000, 1), selection: rising(1500, 2) },
      );
      const scorer = compileScorer(model);
      let fall = 0;
      for (const north of [-1, 0, 1])
        for (let x = -3; x < 3; x += 0.05) {
          const at = (east: number): number => scorer.score({ east, north, country: 'nl', online: true, hour: 4 });
          fall = Math.max(fall, at(x) - at(x + 0.05));
        }
      return fall;
    };
    for (const kind of ['boosted', 'forest'] as const) {
      assert.ok((await worst(kind)) > 0.05);
      assert.ok((await worst(kind, { east: 'up' })) < 1e-9);
    }
  });

  it('starts from nothing, and says so, when the checkpoint is damaged or of another candidate', async () => {
    const job = { candidate: candidate('boosted', { trees: 20 }) };
    const whole = await run(job, splits);
    const damaged = join(root, 'damaged.json');
    await writeFile(damaged, '{"trees": [');
    const other = (await run({ candidate: candidate('forest', { trees: 10 }) }, splits)).checkpoints[0]!;
    for (const resumeFrom of [damaged, other]) {
      const { model, log } = await run({ ...job, resumeFrom }, splits);
      assert.deepEqual(trees(model), trees(whole.model));
      assert.ok(log.some((line) => line.includes(resumeFrom) && line.includes('starts from nothing')));
    }
  });

  it('resumes what an earlier release began, but not where that lowered squared errors and this one absolute ones', async () => {
    const numbered = (rows: number, seed: number) => {
      const chunk = makeRows(rows, seed);
      return { ...chunk, columns: { ...chunk.columns, [LABEL]: chunk.columns['east'] as number[] } };
    };
    const few = { train: numbered(600, 1), selection: numbered(200, 2) };
    const without = join(root, 'without-loss.json');
    for (const [metric, resumes] of [
      ['rmse', true],
      ['mae', false],
    ] as const) {
      const job: Partial<TrainingJob> = { labelKind: 'number', candidate: candidate('boosted', { trees: 20 }), metric };
      const whole = await run(job, few);
      const { loss, ...earlier } = JSON.parse(await readFile(whole.checkpoints[0]!, 'utf8')) as { loss: string };
      await writeFile(without, JSON.stringify(earlier));
      const { model, log } = await run({ ...job, resumeFrom: without }, few);
      assert.deepEqual(trees(model), trees(whole.model));
      assert.equal(!log.some((line) => line.includes('another loss')), resumes, `${metric}, ${loss}: ${log.join()}`);
      const same = await run({ ...job, resumeFrom: whole.checkpoints[0]! }, few);
      assert.doesNotMatch(same.log.join(), /cannot be used/);
    }
  });

  it('goes on with the same trees on a worker with more memory, and from nothing on one with too little', async () => {
    const job = { candidate: candidate('boosted', { trees: 20, leaves: 8 }) };
    const [little, much] = [await run(job, splits, 0.01), await run(job, splits)];
    assert.match(little.log.join(), /boosted on 4 blocks of rows in turn/);
    assert.notDeepEqual(trees(little.model), trees(much.model));
    const withMore = await run({ ...job, resumeFrom: little.checkpoints[0]! }, splits);
    assert.deepEqual(trees(withMore.model), trees(little.model));
    const withLess = await run({ ...job, resumeFrom: much.checkpoints[0]! }, splits, 0.01);
    assert.deepEqual(trees(withLess.model), trees(little.model));
    assert.match(
      withLess.log.join(),
      /do not fit into the memory of this worker, which is less\); training starts from nothing/,
    );
  });

  describe('from ten times the rows that fit into its memory', () => {
    const [ROWS, LIMIT_MB] = [23_000, 1];
    /** Rows that exist only while they are read. */
    const analytics: Analytics = {
      ...analyticsOf({}),
      async *readSplit(_file, split, names) {
        const rows = split === 'train' ? ROWS : split === 'selection' ? ROWS / 4 : 0;
        for (let from = 0; from < rows; from += 2000) {
          const chunk = makeRows(Math.min(2000, rows - from), from + (split === 'train' ? 0 : 1));
          const asked = Object.fromEntries(names.map((name) => [name, chunk.columns[name]!]));
          yield { rows: chunk.rows, columns: asked, own: { [LABEL]: chunk.columns[LABEL]! } };
        }
      },
    };
    const job = { candidate: candidate('boosted', { trees: 60, leaves: 8 }), columns };

    it('learns from all of them in turn, and resumes to the same trees', async () => {
      const whole = await run(job, analytics, LIMIT_MB);
      assert.match(whole.log.join('\n'), /boosted on 23 blocks of rows in turn/);
      assert.ok(precision(whole.model) > 0.9);
      const resumed = await run({ ...job, resumeFrom: whole.checkpoints[2]! }, analytics, LIMIT_MB);
      assert.deepEqual(trees(resumed.model), trees(whole.model));
    });
  });
});
