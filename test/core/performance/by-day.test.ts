import { performanceByDay } from '../../../core/performance/by-day.ts';
import { type CountedDay } from '../../../core/performance/performance-days.ts';
import { addRow, emptyTally, type Tally } from '../../../core/performance/tally.ts';
import { nextTraining } from '../../../core/training/retraining/next-training.ts';
import { aPipeline } from '../drift/drifting.ts';
import assert from 'node:assert/strict';

const day = (of: number): string => `2026-03-0${of}T00:00:00.000Z`;
const likely = { value: 0.7, low: 0.6, high: 0.8 };

describe('performance by day', () => {
  const counted = (of: number, closed = true): CountedDay => {
    const tally = emptyTally();
    for (let i = 0; i < 200; i++)
      addRow(tally, 'binary', { score: 0.05 + 0.9 * ((i * 37) % 200) / 200, label: Number(i % 4 === 0 || (i * 37) % 200 > 170) }); // prettier-ignore
    return { day: day(of), known: day(9), closed, arms: [{ version: 1, answered: 200, tally }, { version: 2, answered: 9, tally }] }; // prettier-ignore
  };
  const by = (metric: string) =>
    performanceByDay(
      { gates: { metric }, label: { kind: 'binary' } } as Parameters<typeof performanceByDay>[0],
      [counted(1), counted(2), counted(3, false)],
      [
        { day: day(2), version: 1, metrics: { [metric]: likely }, batched: false },
        { day: day(2), version: 2, metrics: { [metric]: { ...likely, value: 0.1 } }, batched: false },
        { day: day(3), version: 1, metrics: { [metric]: likely }, batched: false },
        { day: day(4), version: 1, metrics: {}, batched: false },
      ],
    );

  it('has what labels say of closed days with its range, and what was said of each before', () => {
    const { metric, days } = by('logLoss');
    assert.equal(metric, 'logLoss');
    assert.deepEqual(
      days.map(({ day, version, labels, estimate }) => [day, version, labels !== null, estimate?.value]),
      [
        [day(1), 1, true, undefined],
        [day(2), 1, true, 0.7],
        [day(3), 1, false, 0.7],
      ],
    );
    for (const name of ['logLoss', 'brier', 'rocAuc', 'averagePrecision']) {
      const { value, range } = by(name).days[0]!.labels!;
      assert.ok(range!.low < value && value < range!.high && range!.high - range!.low < 0.4, `${name}: ${JSON.stringify(range)} of ${value}`); // prettier-ignore
    }
  });

  it('has beside an estimate what came of the rows that it is of, and without one of requests, or of batches where there is nothing else', () => {
    const [asked, all] = [emptyTally(), emptyTally()];
    addRow(asked, 'number', { score: 1, label: 1 });
    for (const label of [1, 5]) addRow(all, 'number', { score: 1, label });
    const labelOf = (arm: { tally: Tally; asked?: Tally }, ...batched: boolean[]) =>
      performanceByDay(
        { gates: { metric: 'mae' }, label: { kind: 'number' } } as Parameters<typeof performanceByDay>[0],
        [{ day: day(1), known: day(9), closed: true, arms: [{ version: 1, answered: 2, ...arm }] }],
        batched.map((of) => ({ day: day(1), version: 1, metrics: { mae: likely }, batched: of })),
      ).days[0]!.labels!.value;
    assert.deepEqual([labelOf({ tally: all, asked }), labelOf({ tally: all, asked: emptyTally() })], [0, 2]);
    assert.deepEqual([labelOf({ tally: all, asked }, false), labelOf({ tally: all, asked }, true)], [0, 2]);
  });

  it('says why a day has no estimate, where it is known', () => {
    const none = { version: 1, metrics: {}, batched: true };
    const { days, withheld } = performanceByDay(
      { gates: { metric: 'mae' }, label: { kind: 'number' } } as Parameters<typeof performanceByDay>[0],
      [],
      [
        { ...none, day: day(1), withheld: null },
        { ...none, day: day(2), withheld: 'its rows cannot be read (SNAPSHOT_MISSING)' },
      ],
    );
    assert.deepEqual(days, []);
    assert.deepEqual(withheld, [{ day: day(2), why: 'its rows cannot be read (SNAPSHOT_MISSING)' }]);
  });

  it('is told in another metric where that of the gate is not estimated', () => {
    const { metric } = performanceByDay(
      { gates: { metric: 'r2' }, label: { kind: 'number' } } as Parameters<typeof performanceByDay>[0],
      [],
      [{ day: day(1), version: 1, metrics: { rmse: likely }, batched: false }],
    );
    assert.equal(metric, 'rmse');
  });
});

describe('the next training', () => {
  it('is told with what it waits for, and what of the budget is spent', () => {
    const pipeline = aPipeline({ a: { kind: 'number' } });
    const cycle = { id: 'c', pipeline: 'p', reason: 'schedule', asOf: day(5), driftSince: null, requests: [], reopened: 0, outcome: { result: 'refused', version: null, reason: '', endedAt: day(5) } } as const; // prettier-ignore
    const request = { id: 'r', pipeline: 'p', reason: 'drift', asOf: day(5), detail: 'severe drift', driftSince: day(4) } as const; // prettier-ignore
    const cycles = [{ ...cycle, requests: [] }];
    const next = nextTraining(pipeline, { requests: [request], cycles, now: day(5) });
    assert.deepEqual([next.asked, next.cycle, next.spent], [[{ reason: 'drift', detail: 'severe drift' }], null, 1]);
    assert.match(next.waits!.why, /labels of 3 days after the drift have to mature/);
    const running = [{ ...cycle, requests: [], outcome: null }];
    assert.equal(nextTraining(pipeline, { requests: [], cycles: running, now: day(6) }).cycle, 'c');
  });
});
