import { aJob, analyticsOf, columns, makeRows, type SplitRows } from '../../../support/data/training-data.ts';
import { createRandom } from '../../../../core/base/random.ts';
import type { Columns } from '../../../../core/columns/index.ts';
import { ENTITY, LABEL, TIME, type Value } from '../../../../core/data/data.ts';
import type { ColumnChunk } from '../../../../core/data/chunks.ts';
import { metricsOf } from '../../../../core/metrics/metrics.ts';
import { decodeNumbers } from '../../../../core/model/numbers/weights.ts';
import { compileScorer } from '../../../../core/model/scorer.ts';
import { candidateSchema, type RecipeName } from '../../../../core/recipes/index.ts';
import type { Folds } from '../../../../core/training/splits/folds.ts';
import type { TrainingJob } from '../../../../core/training/trainer.ts';
import { assignFolds } from '../../../../workers/training/folds/assign.ts';
import { withFold } from '../../../../workers/training/folds/fold-rows.ts';
import { DAY } from '../../../../core/time/time.ts';
import { train } from '../../../../workers/training/train.ts';
import { folderPerTest } from '../../../support/folders.ts';
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const byKey: Folds = { count: 5, by: 'key', declared: true };
/** Rows with these labels, of cards with `perCard` rows each. */
function labelled(rows: number, seed: number, label: (row: number) => number, perCard = 1): ColumnChunk {
  const chunk = makeRows(rows, seed);
  const all = Array.from({ length: rows }, (_, row) => row);
  const cards = all.map((row) => `card ${seed} ${Math.floor(row / perCard)}`);
  return { rows, columns: { ...chunk.columns, [LABEL]: all.map(label), [ENTITY]: cards } };
}

describe('folds of a training', () => {
  const folder = folderPerTest();
  const job = (more = {}) => aJob({ folder: folder(), ...more });
  const lists = <T>(folds: Uint8Array, of: (row: number) => T): T[][] =>
    Array.from({ length: 5 }, (_, fold) => [...folds.keys()].filter((row) => folds[row] === fold).map(of));

  it('have equal shares of rows and of positives, however few', async () => {
    const rows = {
      train: labelled(400, 1, (row) => (row % 50 === 0 ? 1 : 0)),
      selection: labelled(100, 2, (row) => (row < 2 ? 1 : 0)),
    };
    const folds = (await assignFolds(job(), byKey, analyticsOf(rows)))!;
    const label = (row: number) => Number(row < 400 ? row % 50 === 0 : row < 402);
    assert.deepEqual(
      lists(folds, label).map((labels) => [labels.length, labels.filter(Boolean).length]),
      Array.from({ length: 5 }, () => [100, 2]),
    );
    assert.deepEqual(await assignFolds(job(), byKey, analyticsOf(rows)), folds);
    assert.notDeepEqual(await assignFolds(job({ seed: 8 }), byKey, analyticsOf(rows)), folds);
  });

  it('have no card in two of them', async () => {
    const rows = {
      train: labelled(400, 1, (row) => Number(row % 40 < 4), 4),
      selection: labelled(100, 2, (row) => Number(row % 20 < 4), 4),
    };
    const folds = (await assignFolds(job(), { ...byKey, by: 'entity' }, analyticsOf(rows)))!;
    const cards = lists(folds, (row) => Math.floor(row / 4)).map((all) => new Set(all));
    assert.equal(
      cards.reduce((sum, each) => sum + each.size, 0),
      125,
    );
  });

  it('have no day in two of them, but for fewer than two days a fold, which the log tells', async () => {
    const ofDays = (days: number): SplitRows => {
      const dated = (chunk: ColumnChunk) => {
        chunk.columns[TIME] = Array.from({ length: chunk.rows }, (_, row) => (row % days) * DAY);
        return chunk;
      };
      return { train: dated(labelled(90, 1, (row) => row % 2)), selection: dated(labelled(90, 2, (row) => row % 2)) };
    };
    const log: string[] = [];
    const foldsOfDays = async (days: number) => {
      const dealt = await assignFolds(job(), { ...byKey, by: 'day' }, analyticsOf(ofDays(days)), (line) => log.push(line)); // prettier-ignore
      const of = lists(dealt!, (row) => (row % 90) % days);
      return of.reduce((sum, each) => sum + new Set(each).size, 0);
    };
    assert.equal(await foldsOfDays(15), 15);
    assert.deepEqual(log, []);
    assert.ok((await foldsOfDays(9)) > 9);
    assert.deepEqual(log, [
      'Training mlp in folds that divide days: 5 folds of whole days need 10 that have rows with a positive label, and there are 9',
    ]);
  });

  it('have equal shares of each class, however rare, also of cards with several', async () => {
    const classes = ['low', 'mid', 'high'];
    const of = (row: number): number => (row % 100 === 0 ? 2 : row % 4 === 1 ? 1 : 0);
    for (const perCard of [1, 2]) {
      const rows = { train: labelled(900, 1, of, perCard), selection: labelled(100, 2, of, perCard) };
      const by = perCard === 1 ? 'key' : ('entity' as const);
      const folds = (await assignFolds(job({ labelKind: 'class', classes }), { ...byKey, by }, analyticsOf(rows)))!;
      for (const labels of lists(folds, of))
        assert.deepEqual(
          [0, 1, 2].map((place) => labels.filter((label) => label === place).length),
          [148, 50, 2],
        );
    }
  });

  it('are refused with too few rows of a class where they are declared, and done without where they are not', async () => {
    const classes = ['low', 'mid', 'high'];
    const of = (row: number): number => (row < 3 ? 2 : row % 2);
    const rows: SplitRows = { train: labelled(200, 1, of), selection: labelled(50, 2, (row) => row % 2) };
    const asked = job({ labelKind: 'class', classes });
    await assert.rejects(assignFolds(asked, byKey, analyticsOf(rows)), {
      code: 'TOO_FEW_ROWS',
      message: /5 folds need as many rows of each class; there are 3 of high\. Declare fewer folds/,
    });
    assert.equal(await assignFolds(asked, { ...byKey, declared: false }, analyticsOf(rows)), null);
  });

  it('are learnt from as all rows but one fold, which is what is scored', async () => {
    const rows = { train: labelled(1_000, 1, (row) => row % 2), selection: labelled(300, 2, (row) => row % 2) };
    const folds = (await assignFolds(job(), byKey, analyticsOf(rows)))!;
    const seen: Record<string, unknown[]> = { train: [], selection: [] };
    for (const split of ['train', 'selection'] as const)
      for await (const chunk of withFold(analyticsOf(rows), folds, 3).readSplit('', split, ['east']))
        seen[split]!.push(...chunk.columns['east']!);
    const all = [...rows.train.columns['east']!, ...rows.selection.columns['east']!];
    assert.deepEqual(
      seen['selection'],
      all.filter((_, row) => folds[row] === 3),
    );
    assert.deepEqual(
      seen['train'],
      all.filter((_, row) => folds[row] !== 3),
    );
  });

  it('are refused with too few positives where they are declared, and done without where they are not', async () => {
    const rows: SplitRows = {
      train: labelled(200, 1, (row) => Number(row < 3)),
      selection: labelled(50, 2, (row) => Number(row < 1)),
    };
    await assert.rejects(assignFolds(job(), byKey, analyticsOf(rows)), {
      code: 'TOO_FEW_ROWS',
      message:
        /5 folds need as many rows with a positive label, .* there are 4 and 246\. Declare fewer folds \(splits\.folds\)/,
    });
    assert.equal(await assignFolds(job(), { ...byKey, declared: false }, analyticsOf(rows)), null);
  });

  const labelsOf = (chunk: ColumnChunk): number[] => chunk.columns[LABEL]!.map(Number);
  const trained = async (
    kind: RecipeName,
    rows: SplitRows,
    folds: Folds | null,
    options: object = {},
    read: Columns = columns,
    more: Partial<TrainingJob> = {},
    log: (line: string) => void = () => {},
  ) =>
    train(
      job({
        folder: await mkdtemp(join(folder(), 'job-')),
        columns: read,
        candidate: candidateSchema.parse({ kind, name: kind, ...options }),
        ...(folds && { folds }),
        ...more,
      }),
      {
        analytics: analyticsOf(rows),
        tensors: () => assert.fail('it needs no TF.js'),
        events: { progress() {}, checkpoint() {}, log, check() {} },
        memoryLimitMb: 1024,
      },
    );

  it('tell that nothing was learnt from labels that are noise, however well they were remembered', async () => {
    const noise = createRandom('noise');
    const rows = {
      train: labelled(400, 1, () => Number(noise.uniform() < 0.3)),
      selection: labelled(100, 2, () => Number(noise.uniform() < 0.3)),
    };
    const { trainedWith, ...model } = await trained('forest', rows, byKey, { trees: 20, minRows: 1 });
    const remembered = metricsOf(
      'binary',
      compileScorer({ ...model, trainedWith }).scoreChunk(rows.train),
      rows.train.columns[LABEL] as number[],
    );
    assert.ok(remembered.rocAuc! > 0.95, `${remembered.rocAuc}`);
    assert.ok(Math.abs(trainedWith.outOfFold!.rocAuc! - 0.5) < 0.1, `${trainedWith.outOfFold!.rocAuc}`);
  });

  it('weigh an average by what its members said of rows that they had not learnt from', async () => {
    const chance = createRandom('average');
    const of = (rows: number, seed: number): ColumnChunk => {
      const chunk = makeRows(rows, seed);
      const label = (east: Value): number => Number(chance.uniform() < 1 / (1 + Math.exp(1.5 - 1.5 * Number(east))));
      return { ...chunk, columns: { ...chunk.columns, [LABEL]: chunk.columns['east']!.map(label) } };
    };
    const rows = { train: of(300, 1), selection: of(100, 2) };
    const models = {
      line: await trained('logistic', rows, byKey, {}, columns),
      memory: await trained('forest', rows, byKey, { trees: 20, minRows: 1 }, columns),
    };
    const members = await Promise.all(
      Object.entries(models).map(async ([candidate, model]) => {
        const file = join(folder(), `${candidate}.json`);
        await writeFile(file, JSON.stringify(model));
        return { candidate, file };
      }),
    );
    const average = await trained('ensemble', rows, byKey, {}, columns, { members });
    assert.ok(average.kind === 'ensemble');
    const weightOf = (name: string): number => average.members.find(({ candidate }) => candidate === name)?.weight ?? 0;
    assert.ok(weightOf('line') > weightOf('memory'), JSON.stringify(average.members.map(({ weight }) => weight)));
    assert.deepEqual([average.trainedWith.folds, average.trainedWith.outOfFold!.rows], [5, 400]);
    const { logLoss } = average.trainedWith.outOfFold!;
    assert.ok(logLoss! < models.memory.trainedWith.outOfFold!.logLoss!, `${logLoss}`);
  });

  it('of which negatives are left out say what is true of all rows, also when trained again or in an average', async () => {
    const rows = {
      train: labelled(4_000, 1, (row) => Number(row % 50 === 0)),
      selection: labelled(1_000, 2, (row) => Number(row % 50 === 0)),
    };
    const folds: Folds = { count: 2, by: 'key', declared: false, negatives: 0.25 };
    for (const [kind, options] of [
      ['baseline', {}],
      ['logistic', {}],
      ['boosted', { trees: 3 }],
      ['forest', { trees: 10, minRows: 200 }],
      ['tabm', { epochs: 1, hidden: [8, 8], members: 2 }],
    ] as const) {
      const model = await trained(kind, rows, folds, options);
      const again = await trained(kind, rows, null, options, columns, { refit: model.trainedWith });
      const said = (scores: readonly number[]): void => {
        const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
        assert.ok(mean > 0.012 && mean < 0.03, `${kind} says ${mean} on average, where 0.02 is true`);
      };
      for (const { trainedWith, ...of } of [model, again]) {
        assert.ok(trainedWith.rows > 1_200 && trainedWith.rows < 1_450, `${kind}: ${trainedWith.rows} rows`);
        said([...compileScorer({ ...of, trainedWith }).scoreChunk(rows.train)]);
      }
      said([...decodeNumbers('Float32Array', model.foldScores!, 5_000)]);
    }
  });

  it('are done without, with what they need of such a label in the log', async () => {
    const rows = { train: labelled(80, 1, (row) => row % 3), selection: labelled(20, 2, (row) => row % 3) };
    const log: string[] = [];
    const labels: Partial<TrainingJob>[] = [
      { labelKind: 'class', classes: ['low', 'mid', 'high'] },
      { labelKind: 'number' },
    ];
    for (const asked of labels) {
      const { trainedWith } = await trained('baseline', rows, { ...byKey, count: 200, declared: false }, {}, columns, asked, (line) => log.push(line)); // prettier-ignore
      assert.equal(trainedWith.folds, undefined);
    }
    assert.deepEqual(log, [
      'Training baseline without folds: 200 folds need as many rows of each class',
      'Training baseline without folds: 200 folds need as many rows',
    ]);
  });

  it('are trained also where a process that crashed has begun', async () => {
    const here = await mkdtemp(join(folder(), 'crashed-'));
    await mkdir(join(here, 'part'));
    await writeFile(join(here, 'part', 'train.rows'), 'half');
    const rows = { train: labelled(80, 1, (row) => row % 2), selection: labelled(20, 2, (row) => row % 2) };
    const { trainedWith } = await trained('baseline', rows, byKey, {}, columns, { folder: here });
    assert.equal(trainedWith.outOfFold!.rows, 100);
  });

  it('choose the better of two candidates more often than one split does, where positives are few', async () => {
    const right = { oneSplit: 0, folds: 0 };
    for (let repetition = 0; repetition < 16; repetition++) {
      const chance = createRandom(`choice/${repetition}`);
      const label = (east: Value): number => Number(chance.uniform() < 1 / (1 + Math.exp(2.2 - 0.9 * Number(east))));
      const labels = (chunk: ColumnChunk): ColumnChunk => ({
        ...chunk,
        columns: { ...chunk.columns, [LABEL]: chunk.columns['east']!.map(label) },
      });
      const rows = {
        train: labels(makeRows(160, 2 * repetition)),
        selection: labels(makeRows(40, 2 * repetition + 1)),
      };
      const { east, north } = columns;
      const tried = async (kind: RecipeName, folds: Folds | null, options: object = {}) => {
        const model = await trained(kind, rows, folds, options, { east: east!, north: north! });
        const { outOfFold } = model.trainedWith;
        if (outOfFold) return outOfFold;
        return metricsOf('binary', compileScorer(model).scoreChunk(rows.selection), labelsOf(rows.selection));
      };
      // A line is the truth: on 8,000 other rows it has the larger average precision in each of these repetitions.
      const trees = { leaves: 4, trees: 12, learningRate: 0.3, minRows: 5 };
      const [line, grown] = [await tried('logistic', null), await tried('boosted', null, trees)];
      if (line.averagePrecision! > grown.averagePrecision!) right.oneSplit++;
      const [lineOfFolds, grownInFolds] = [await tried('logistic', byKey), await tried('boosted', byKey, trees)];
      if (lineOfFolds.averagePrecision! > grownInFolds.averagePrecision!) right.folds++;
    }
    assert.ok(right.folds >= right.oneSplit + 3, JSON.stringify(right));
  });
});
