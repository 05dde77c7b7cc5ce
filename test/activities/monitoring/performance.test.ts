import { estimateServed } from '../../../activities/monitoring/estimating/estimate.ts';
import { livePerformance } from '../../../activities/monitoring/performance/performance.ts';
import { makeBins, makeBinning, SCORE } from '../../../core/data/profiles/binning.ts';
import { countRow, emptyProfile, type Profile } from '../../../core/data/profiles/profile.ts';
import { addRow, emptyTally } from '../../../core/performance/tally.ts';
import { type ArmOfDay, type CountedDay } from '../../../core/performance/performance-days.ts';
import { before, DAY, floorTo, instant, type Instant } from '../../../core/time/time.ts';
import { type DeclaredSlices } from '../../../core/declaration/slices.ts';
import { type Partition } from '../../../core/data/data.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';

describe('how estimates did', () => {
  const pipeline = aPipeline({ name: 'fraud' });
  const asOf = instant(Date.parse('2026-03-20T00:00:00.000Z'));
  const range = { value: 0.9, low: 0.8, high: 1 };
  /** What it promised came true of those who asked, and not of what a batch predicted. */
  const arm = (version: number, of?: 'batches'): ArmOfDay => {
    const tally = emptyTally();
    addRow(tally, 'binary', { score: 0.9, label: 1 });
    addRow(tally, 'binary', { score: 0.1, label: 0 });
    const asked = structuredClone(tally);
    for (const score of [0.95, 0.96]) addRow(tally, 'binary', { score, label: 0 });
    return { version, answered: 4, tally, asked, estimated: { averagePrecision: range, rocAuc: range }, ...(of && { estimatedOf: of }) }; // prettier-ignore
  };
  /** The versions of each of the last days, the newest first; no more predictions before. */
  const foretold = (...versions: number[][]) => of(versions);
  const of = async (versions: number[][], rows?: 'batches') => {
    const known = before(asOf, pipeline.source.lateness);
    const list = async (_: string, within: { from: Instant; to: Instant }): Promise<CountedDay[]> => {
      const days: CountedDay[] = [];
      for (let day = Date.parse(within.from); day < Date.parse(within.to); day += DAY)
        days.push({ day: instant(day), known, closed: true, arms: [] });
      return days.toReversed().map((day, ago) => ({ ...day, arms: (versions[ago] ?? []).map((version) => arm(version, rows)) })).toReversed(); // prettier-ignore
    };
    const ports = {
      snapshots: { latest: async () => ({ asOf }) },
      performance: { list, record: async () => undefined, estimates: async () => [] },
      log: { newestBatches: async () => new Map() },
    };
    return (await livePerformance(ports as never, pipeline, { asOf, champion: 3 })).foretold;
  };

  it("are told of the champion's days alone, and of other versions' only where it has none", async () => {
    for (const versions of [
      [[3, 2], [3]],
      [[3], [3], [2], [2]],
    ])
      assert.deepEqual([(await foretold(...versions))?.days, (await foretold(...versions))?.ofOthers], [2, undefined]);
    assert.deepEqual([(await foretold([2], [2]))?.days, (await foretold([2], [2]))?.ofOthers], [2, true]);
  });

  it('are compared with what came of the rows that they are of: of requests alone, or of all', async () => {
    assert.deepEqual(await foretold([3]), { days: 1, held: 1, error: 1 - range.value });
    const { held, error } = (await of([[3]], 'batches'))!;
    assert.deepEqual([held, error.toFixed(4)], [0, (range.value - 1 / 3).toFixed(4)]);
  });
});

describe('what wrong decisions cost a day', () => {
  const costs = { falsePositive: 1, falseNegative: 10 };
  const pipeline = aPipeline({
    name: 'fraud',
    gates: { metric: 'averagePrecision', margin: 0.01, minPositives: 500, threshold: { costs } },
  });
  const { lateness } = pipeline.source;
  const midnight = instant(Date.parse('2026-03-20T00:00:00.000Z'));
  const asOf = instant(2 * Date.parse(midnight) - Date.parse(before(midnight, lateness)));
  /** One of ten rows is positive, and one of ten is taken for positive by mistake. */
  const arm = (version: number, answered: number): ArmOfDay => {
    const tally = emptyTally();
    for (let row = 0; row < answered; row++)
      addRow(tally, 'binary', { score: 0.5, label: Number(row % 10 === 0), decision: row % 10 < 2 });
    return { version, answered, tally };
  };
  /** Of each version, where it answered so many rows so many days ago. */
  const told = async (answered: (daysAgo: number) => Record<number, number>) => {
    const list = async (_: string, within: Partition): Promise<CountedDay[]> => {
      const days: CountedDay[] = [];
      for (let day = Date.parse(within.from); day < Date.parse(within.to); day += DAY) {
        const rows = Object.entries(answered((Date.parse(within.to) - day) / DAY));
        const arms = rows.map(([version, many]) => arm(Number(version), many));
        days.push({ day: instant(day), known: midnight, closed: false, arms });
      }
      return days;
    };
    const ports = {
      snapshots: { latest: async () => ({ asOf }) },
      performance: { list, record: async () => undefined, estimates: async () => [] },
      log: { newestBatches: async () => new Map() },
    };
    const { performance } = await livePerformance(ports as never, pipeline, { asOf, champion: 3 });
    return Object.fromEntries(performance.map(({ version, value }) => [version, value?.cost]));
  };

  it('is that of as many requests as come in a day, whichever part of them a version answered', async () => {
    const promoted = await told((daysAgo) => (daysAgo === 1 ? { 3: 600 } : { 2: 600 }));
    assert.deepEqual(promoted, { 2: 60, 3: 60 });
    const tested = await told((daysAgo): Record<number, number> => (daysAgo <= 2 ? { 2: 540, 3: 60 } : { 2: 600 }));
    assert.deepEqual(tested, { 2: 60, 3: 60 });
  });

  it('counts no days before the first request', async () => {
    assert.deepEqual(await told((daysAgo): Record<number, number> => (daysAgo <= 3 ? { 3: 20 } : {})), { 3: 2 });
  });

  it('is not told by a few rows of one day', async () => {
    assert.deepEqual(await told((daysAgo) => (daysAgo === 1 ? { 2: 560, 3: 40 } : { 2: 600 })), {
      2: 60,
      3: undefined,
    });
  });
});

describe('what wrong decisions will cost a day', () => {
  it('is that of as many requests as come in a day, also where the champion answered few of the window', async () => {
    const classes = ['low', 'mid', 'high'];
    const pipeline = aPipeline({
      label: { name: 'urgency', kind: 'class', classes, maturesAfter: '1 day' },
      expectations: {},
      gates: { metric: 'logLoss', margin: 0.01, costs: { mid: { low: 10 } } },
    });
    const binning = makeBinning({ [SCORE]: makeBins(Float64Array.from({ length: 60 }, (_, i) => 0.5 + i / 200)) });
    const probabilities = [0.8, 0.2, 0];
    const tally = emptyTally();
    const profileOf = (rows: number): Profile => {
      const profile = emptyProfile(binning);
      for (let row = 0; row < rows; row++) {
        countRow(profile, binning, { [SCORE]: 0.8 }, probabilities);
      }
      return profile;
    };
    for (let row = 0; row < 1_000; row++)
      addRow(tally, 'class', { score: 0.8, label: row % 5 === 0 ? 1 : 0, probabilities });
    const reference = profileOf(1_000);
    const ports = {
      pipelines: { declaration: async () => pipeline },
      trainingRuns: { get: async () => ({ trainingSet: null }) },
      profiles: { find: async () => reference },
      performance: { holdout: async () => [{ day: '2026-03-01T00:00:00.000Z', tally }] },
    };
    const version = { pipeline: 'fraud', version: 3, revision: 'r', trainingRun: 't', splits: { by: 'hash' } };
    const window = { from: '2026-03-19T00:00:00.000Z', to: '2026-03-20T00:00:00.000Z' };
    const costOf = async (answered: number): Promise<number | undefined> => {
      const { columns, promised } = profileOf(answered);
      const counted = { version, window, binning, current: profileOf(1_000), currentScore: columns[SCORE], promised };
      return (await estimateServed(ports as never, pipeline, counted as never))?.value?.cost;
    };
    const all = (await costOf(1_000))!;
    assert.ok(Math.abs(all - 2_000) < 20, String(all));
    assert.ok(Math.abs((await costOf(200))! - all) < all / 20, String(await costOf(200)));
    assert.equal(await costOf(20), undefined, 'a few rows say nothing of a day');
  });
});

describe('whether a version does what it promised', () => {
  it('is asked of no days that it has learnt from, though batches score them', async () => {
    const pipeline = aPipeline({ name: 'fraud' });
    const asOf = instant(Date.parse('2026-03-20T00:00:00.000Z'));
    const to = '2026-03-08T12:00:00.000Z';
    const tally = emptyTally();
    for (let row = 0; row < 2_000; row++) addRow(tally, 'binary', { score: 0.6, label: Number(row % 5 < 3) });
    const counted = (day: number): CountedDay => {
      const arms = [{ version: 3, answered: 2_000, tally }];
      return { day: instant(day * DAY), known: before(asOf, pipeline.source.lateness), closed: true, arms };
    };
    const asked: Partition[] = [];
    const ports = {
      snapshots: { latest: async () => ({ asOf }) },
      performance: {
        list: async (_: string, within: Partition) => {
          const [from, end] = [Date.parse(within.from) / DAY, Math.ceil(Date.parse(within.to) / DAY)];
          return Array.from({ length: end - from }, (__, place) => counted(from + place));
        },
        record: async () => undefined,
        estimates: async () => [],
        holdout: async () => [5, 6, 7].map((day) => ({ day: `2026-03-0${day}T00:00:00.000Z`, tally })),
        first: async (_: string, __: number, within: Partition) => (asked.push(within), []),
      },
      log: { newestBatches: async () => new Map() },
      modelVersions: { get: async () => ({ pipeline: 'fraud', version: 3, splits: { to }, evaluation: {}, asOf }) },
    };
    const { concept } = await livePerformance(ports as never, pipeline, { asOf, champion: 3 });
    assert.equal(concept!.from, '2026-03-08T00:00:00.000Z');
    assert.deepEqual(asked.map(({ from }) => from), ['2026-03-09T00:00:00.000Z']); // prettier-ignore
  });
});

describe('a day that is counted', () => {
  const asOf = instant(Date.parse('2026-03-20T00:00:00.000Z'));
  const pipeline = aPipeline({ name: 'fraud' });
  const known = before(asOf, pipeline.source.lateness);
  const day = floorTo(before(known, '20 days'), '1 day');
  const end = instant(Date.parse(day) + DAY);
  const row = {
    version: 3,
    score: 0.9,
    label: 1,
    probabilities: null,
    decision: true,
    day: Date.parse(day) / DAY,
    row: { country: 'NL' },
  };

  /** What is stored of the day after a check that finds so many rows of requests and batches. */
  const countedOf = async (
    asked: number,
    batched: number,
    { slices, stored, batchedAt }: { slices?: DeclaredSlices; stored?: CountedDay; batchedAt?: Instant } = {},
  ): Promise<CountedDay> => {
    const recorded: CountedDay[] = [];
    const rowsOf = (rows: number, isBatched: boolean) => Array.from({ length: rows }, () => ({ ...row, batched: isBatched })); // prettier-ignore
    const holds = (within: Partition): boolean => within.from <= day && end <= within.to;
    const ports = {
      snapshots: { latest: async () => ({ asOf }) },
      performance: {
        list: async () => (stored ? [stored] : []),
        record: async (_: string, days: CountedDay[]) => void recorded.push(...days),
        estimates: async () => [],
      },
      log: {
        newestBatches: async () => new Map(batchedAt ? [[day, batchedAt]] : []),
        answered: async (_: string, within: Partition) => (holds(within) ? [{ ...row, rows: asked }, { ...row, rows: batched }] : []), // prettier-ignore
        async *labelled(_: string, within: Partition) {
          if (holds(within)) yield* [rowsOf(asked, false), rowsOf(batched, true)];
        },
      },
    };
    const declared = { ...pipeline, ...(slices && { slices }) };
    await new MockActivityEnvironment().run(() => livePerformance(ports as never, declared, { asOf, champion: 3 }));
    return recorded.find((one) => one.day === day) ?? stored!;
  };

  it('keeps what came of requests apart where batches have rows, too', async () => {
    const [both, alone] = [(await countedOf(2, 3)).arms[0]!, (await countedOf(2, 0)).arms[0]!];
    assert.deepEqual([both.answered, both.tally.rows, both.asked?.rows], [5, 5, 2]);
    assert.deepEqual([alone.tally.rows, alone.asked], [2, undefined]);
  });

  it('is counted again when a slice is declared otherwise under the same name, and only then', async () => {
    const [dutch, all] = [{ eu: { country: 'NL' } }, { eu: { country: ['NL', 'BE'] } }];
    const first = await countedOf(2, 0, { slices: dutch });
    assert.equal(first.arms[0]!.slices!['eu']!.rows, 2);
    const stored = { ...first, closed: true };
    assert.equal(await countedOf(3, 0, { slices: dutch, stored }), stored);
    assert.equal((await countedOf(3, 0, { slices: all, stored })).arms[0]!.slices!['eu']!.rows, 3);
  });

  it('keeps what was counted of requests that the log no longer holds, except of other slices', async () => {
    const [slices, others] = [{ eu: { country: 'NL' } }, { eu: { country: 'BE' } }];
    const stored = { ...(await countedOf(2, 0, { slices })), closed: true };
    const at = { batchedAt: asOf, stored };
    const kept = await countedOf(0, 1, { ...at, slices });
    assert.deepEqual(kept, { ...stored, batched: asOf });
    const { slices: gone, ...arm } = (await countedOf(0, 1, { ...at, slices: others })).arms[0]!;
    assert.deepEqual([arm.tally, gone], [stored.arms[0]!.tally, undefined]);
    const again = await countedOf(2, 1, { ...at, slices });
    assert.deepEqual([again.arms[0]!.tally.rows, again.batched], [3, asOf]);
  });
});
