import { createApprovals } from '../../adapters/postgres/rollout/approvals.ts';
import { createModelVersions } from '../../adapters/postgres/training/model-versions.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createRolloutProgress } from '../../adapters/postgres/rollout/progress.ts';
import { createRollouts } from '../../adapters/postgres/rollout/rollouts.ts';
import { createSharedClock } from '../../adapters/postgres/shared-clock.ts';
import { createTrafficTable } from '../../adapters/postgres/rollout/traffic.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { createRolloutOperations, type RolloutPorts } from '../../operations/rollouts.ts';
import { asAda } from '../support/asked.ts';
import { aVersion, NOW, perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe('a rollout that is started by hand', () => {
  const database = perennialDatabase();
  let started: string[];
  beforeEach(async () => {
    started = [];
    for (const run of ['run-1', 'run-2']) await aVersion(database(), run);
    const change = { pipeline: 'fraud', version: 2, expectedGeneration: 0, at: NOW, by: 'ada', reason: '' };
    await createTrafficTable(database()).promote(change);
  });
  const operations = (changes: Partial<RolloutPorts> = {}) =>
    asAda(
      createRolloutOperations({
        pipelines: createPipelines(database()),
        modelVersions: createModelVersions(database()),
        traffic: createTrafficTable(database()),
        rollouts: createRollouts(database()),
        progress: createRolloutProgress(database()),
        rolloutRuns: { start: async ({ id }) => (started.push(id), id) },
        approvals: createApprovals(database()),
        runs: { requireWorker: async () => undefined },
        sharedClock: createSharedClock(database()),
        ...changes,
      }),
    );
  const start = (version: number) => operations().start({ pipeline: 'fraud', version, reason: 'why not' });

  it('can be of an old version, and is for the current traffic', async () => {
    const { version, generation, revision, reason, askedBy } = await start(1);
    assert.deepEqual([version, generation, reason, askedBy], [1, 1, 'why not', 'ada']);
    assert.equal(revision, database.ref().revision);
    assert.deepEqual(started, ['fraud-v1-g1-1']);
  });

  it('is one rollout when it is requested again, and its run starts again', async () => {
    for (let i = 0; i < 2; i++) await start(1);
    assert.deepEqual(started, ['fraud-v1-g1-1', 'fraud-v1-g1-1']);
    assert.equal((await operations().list('fraud')).length, 1);
  });

  it('is resumed although its version serves: its run can be lost between the promotion and the end', async () => {
    const { id } = await start(1);
    const promotion = {
      pipeline: 'fraud',
      version: 1,
      expectedGeneration: 1,
      at: NOW,
      by: `rollout ${id}`,
      reason: '',
    };
    await createTrafficTable(database()).promote(promotion);
    assert.equal((await start(1)).id, id);
    assert.deepEqual(started, [id, id]);
  });

  it('is shown with the steps before it, and without them where it had all traffic at once', async () => {
    const { id } = await start(1);
    const show = () => operations().show({ pipeline: 'fraud', id });
    assert.deepEqual((await show()).steps!.map(({ share }) => share), ['shadow', 0.1, 0.5]); // prettier-ignore
    const at = NOW;
    const change = { pipeline: 'fraud', version: 1, expectedGeneration: 1, at, by: `rollout ${id}`, reason: '' };
    await createTrafficTable(database()).promote({ ...change, rollout: { id, step: null } });
    await createRollouts(database()).end(id, { result: 'promoted', reason: 'the first', endedAt: at });
    assert.deepEqual((await show()).steps, []);
  });

  it('is listed with what its step gives the version', async () => {
    const { id } = await start(1);
    const shares = async () => (await operations().list('fraud')).map(({ share }) => share);
    assert.deepEqual(await shares(), [null]);
    await database().query('update rollouts set step = 1, step_since = $2 where id = $1', [id, NOW]);
    assert.deepEqual(await shares(), [0.1]);
    await createRollouts(database()).end(id, { result: 'rolled back', reason: 'errors', endedAt: NOW });
    assert.deepEqual(await shares(), [null]);
  });

  it('is listed with its deadline while it waits for approval', async () => {
    const { id } = await start(1);
    const until = '2026-01-14T03:00:00.000Z';
    await createApprovals(database()).ask({ rollout: id, askedAt: NOW, until });
    assert.deepEqual((await operations().list()).map((line) => [line.id, line.waitsUntil]), [[id, until]]); // prettier-ignore
    await assert.rejects(operations().list('fruad'), { code: 'PIPELINE_UNKNOWN' });
  });

  it('is refused for a version that serves already, and for one that does not exist', async () => {
    await assert.rejects(start(2), { code: 'REQUEST_INVALID', message: 'v2 of fraud already has all traffic.' });
    await assert.rejects(start(7), { code: 'MODEL_UNKNOWN' });
    assert.deepEqual(started, []);
  });

  it('ignores an order that was meant for another rollout or step', async () => {
    const { id } = await start(1);
    await createTrafficTable(database()).divide({
      pipeline: 'fraud',
      arms: [{ version: 2, share: 0.9 }, { version: 1, share: 0.1 }], // prettier-ignore
      shadow: null,
      expectedGeneration: 1,
      at: NOW,
      by: `rollout ${id}`,
      reason: 'step 2',
      rollout: { id, step: 1 },
    });
    const skip = (meant: { rollout?: string; step?: number }) =>
      operations().order({ pipeline: 'fraud', order: 'skip', reason: 'why not', ...meant });
    for (const meant of [{ rollout: 'fraud-v7-g1-1' }, { rollout: id, step: 0 }])
      await assert.rejects(skip(meant), {
        code: 'NOTHING_TO_ORDER',
        message: /v1 of fraud is in step 2 of rollout fraud-v1-g1-1 by now/,
      });
    assert.deepEqual((await operations().show({ pipeline: 'fraud' })).orders, []);
  });

  it('is stored, and says how to start it, when Temporal goes away at that moment', async () => {
    const gone = () => Promise.reject(new UserError('TEMPORAL_UNREACHABLE', 'Temporal does not answer.'));
    const asked = operations({ rolloutRuns: { start: gone } }).start({ pipeline: 'fraud', version: 1, reason: 'so' });
    await assert.rejects(asked, {
      code: 'TEMPORAL_UNREACHABLE',
      message: /fraud-v1-g1-1 is stored but has not started: .* perennial rollouts start fraud v1/,
    });
    assert.equal((await operations().list())[0]?.outcome, null);
  });
});
