import { compute } from '../../../activities/steps/compute.ts';
import { scoreSplit, type Score } from '../../../activities/training/scoring.ts';
import { createPredictionLog } from '../../../adapters/postgres/predictions/prediction-log.ts';
import { createThreads } from '../../../workers/threads/threads.ts';
import { ENTITY, LABEL, TIME } from '../../../core/data/data.ts';
import { type RowChunk } from '../../../core/data/chunks.ts';
import { perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { longestTurn, LONGEST_TURN } from '../../support/turns.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';

/** Enough that the comparison in one turn would take several times what a turn may. */
const MANY = 200_000;
const CHUNK = 2_048;
const START = Date.parse('2026-03-01T00:00:00.000Z');

/** A large split, as DuckDB hands it out: chunk by chunk, one in fifty positive. */
async function* manyRows(): AsyncGenerator<RowChunk> {
  for (let from = 0; from < MANY; from += CHUNK) {
    const places = Array.from({ length: Math.min(CHUNK, MANY - from) }, (_, i) => from + i);
    const own = {
      [LABEL]: places.map((i) => Number(i % 50 === 0)),
      [TIME]: places.map((i) => START + i * 1_000),
      [ENTITY]: places.map((i) => `card-${i % 20_000}`),
    };
    yield { rows: places.length, columns: { amount: places.map((i) => (i * 7_919) % 1_000) }, own };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('the event loop of a worker @slow', function () {
  this.retries(2); // a collection of what all other tests left in this process may fall into a turn, and not into three
  const database = perennialDatabase();
  const inActivity = <T>(work: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(work);
  const scorer =
    (by: number): Score =>
    ({ columns }) =>
      Float64Array.from(columns['amount']!, (amount) => ((Number(amount) * by) % 997) / 997);

  it('is free while many holdout rows are scored and compared', async () => {
    const analytics = { readSplit: manyRows };
    const split = { file: '', split: 'holdout' as const, columns: ['amount'], byEntity: true };
    const threads = createThreads({ idleMs: 1 });
    let compared: Awaited<ReturnType<typeof compare>> | undefined;
    const compare = async () => {
      const rows = await scoreSplit(analytics, split, [scorer(3), scorer(5)], () => undefined);
      return compute(threads, 'compareOnHoldout', rows, {
        kind: 'binary',
        metric: 'averagePrecision',
        driftSince: null,
        by: 'entity',
        level: 0.95,
      });
    };
    const turn = await longestTurn(async () => (compared = await inActivity(compare)));
    assert.equal(compared?.challenger.rows, MANY);
    assert.ok(compared.difference);
    assert.ok(turn < LONGEST_TURN, `a turn took ${turn.toFixed(1)} times what reading 4 MiB takes`);
  });

  it('is free while the quality of many predictions is computed', async () => {
    await database().query(
      `insert into predictions (id, pipeline, version, key, time, row, score, decision, served_at)
       select gen_random_uuid(), 'fraud', 1 + i % 2, 'k' || i, timestamptz '2026-03-01' + i * interval '50 milliseconds', '{}',
         (i::bigint * 7919 % 997) / 997.0, false, now()
       from generate_series(1, $1) i`,
      [MANY],
    );
    const within = { from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' };
    const labelling = { asOf: '2026-04-01T00:00:00.000Z', maturesAfter: '7 days', whenAbsent: 0 };
    let rows = 0;
    const turn = await longestTurn(async () => {
      for await (const some of createPredictionLog(database()).labelled('fraud', within, labelling))
        rows += some.length;
    });
    assert.equal(rows, MANY);
    assert.ok(turn < LONGEST_TURN, `a turn took ${turn.toFixed(1)} times what reading 4 MiB takes`);
  });
});
