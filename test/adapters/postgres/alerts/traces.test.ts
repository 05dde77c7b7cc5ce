import { createRetrainingLedger } from '../../../../adapters/postgres/training/retraining-ledger.ts';
import { createTraces } from '../../../../adapters/postgres/alerts/traces.ts';
import { createTrafficTable } from '../../../../adapters/postgres/rollout/traffic.ts';
import { MINUTE } from '../../../../core/time/time.ts';
import { aVersion, NOW, perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

const LATER = '2026-01-12T03:00:00.000Z';

describe('traces that loops leave in Postgres', () => {
  const database = perennialDatabase();
  const traces = () => createTraces(database());

  it('are empty before the first run, and show that nothing serves', async () => {
    const [trace] = await traces().all();
    const { last, servedMsAgo, appliedMsAgo, champion, experiment } = trace!;
    assert.equal(champion, null);
    assert.equal(experiment, null);
    assert.deepEqual(last, { data: null, retraining: null, prediction: null, monitoring: null });
    assert.equal(servedMsAgo, null);
    assert.ok(appliedMsAgo >= 0 && appliedMsAgo < MINUTE, String(appliedMsAgo));
  });

  it('are the newest of each: snapshots, requests or cycles, batches, verdicts, and the start of the champion', async () => {
    await aVersion(database(), 'run-1');
    await createTrafficTable(database()).promote({
      pipeline: 'fraud',
      version: 1,
      expectedGeneration: 0,
      at: NOW,
      by: 'ada',
      reason: '',
    });
    await database().query(
      `insert into verdicts (id, pipeline, as_of, level, verdict)
       values ('v1', 'fraud', $1, 'stable', '{}'), ('v2', 'fraud', $2, 'stable', '{}')`,
      [NOW, LATER],
    );
    const asked = { id: 'schedule/1', pipeline: 'fraud', reason: 'schedule', asOf: LATER } as const;
    await createRetrainingLedger(database()).recordRequest({ ...asked, detail: '', driftSince: null });
    const [trace] = await traces().all();
    const { last, servedMsAgo, champion } = trace!;
    assert.deepEqual(champion, { version: 1, asOf: NOW });
    assert.deepEqual(last, { data: NOW, retraining: LATER, prediction: null, monitoring: LATER });
    assert.ok(servedMsAgo !== null && servedMsAgo < MINUTE);
  });
});
