import { UserError } from '../../core/base/errors/errors.ts';
import { createExperimentOperations, type ExperimentPorts } from '../../operations/experiments.ts';
import { factsIn } from '../../wiring/facts.ts';
import { asAda } from '../support/asked.ts';
import { aVersion, NOW, perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

const asked = { pipeline: 'fraud', versions: [2, 1], metric: 'clicks', better: 'higher', reason: 'why not' };

describe('a requested experiment', () => {
  const database = perennialDatabase();
  let started: string[];
  beforeEach(async () => {
    started = [];
    for (const run of ['run-1', 'run-2']) await aVersion(database(), run);
    const first = { pipeline: 'fraud', version: 2, expectedGeneration: 0, at: NOW, by: 'ada', reason: '' };
    await factsIn(database()).traffic.promote(first);
  });
  const operations = (changes: Partial<ExperimentPorts> = {}) =>
    asAda(
      createExperimentOperations({
        ...factsIn(database()),
        experimentRuns: { start: async ({ id }) => void started.push(id) },
        runs: { requireWorker: async () => undefined },
        ...changes,
      }),
    );

  it('is stored with its plan and its audit row, and its run starts', async () => {
    const { id, plan, askedBy, waits, outcome, looks } = await operations().start(asked);
    assert.deepEqual([id, askedBy, waits, outcome, looks], ['fraud-e1', 'ada', [], null, []]);
    assert.deepEqual(plan.arms.map(({ version }) => version), [2, 1]); // prettier-ignore
    assert.deepEqual(started, ['fraud-e1']);
    const { rows } = await database().query(
      `select who, details ->> 'experiment' as of from audit where action = 'start experiment'`,
    );
    assert.deepEqual(rows, [{ who: 'ada', of: 'fraud-e1' }]);
    assert.equal((await operations().show({ pipeline: 'fraud' })).id, 'fraud-e1');
  });

  it('is the only one of its pipeline until it has ended', async () => {
    await operations().start(asked);
    await assert.rejects(operations().start(asked), { code: 'REQUEST_INVALID', message: /fraud-e1 is running/ });
    const outcome = { result: 'stopped' as const, winner: null, reason: '', endedAt: NOW, alpha: 0.05, arms: [] };
    await factsIn(database()).experiments.end('fraud-e1', outcome);
    assert.equal((await operations().start(asked)).id, 'fraud-e2');
    assert.deepEqual((await operations().list('fraud')).map(({ id }) => id), ['fraud-e2', 'fraud-e1']); // prettier-ignore
    assert.equal((await operations().show({ pipeline: 'fraud', id: 'fraud-e1' })).outcome!.result, 'stopped');
  });

  it('is refused for versions that nobody trained, without a champion, and while no worker runs', async () => {
    await assert.rejects(operations().start({ ...asked, versions: [2, 7] }), { code: 'MODEL_UNKNOWN' });
    const runs = { requireWorker: () => Promise.reject(new UserError('NO_WORKER', 'no worker')) };
    await assert.rejects(operations({ runs }).start(asked), { code: 'NO_WORKER' });
    await assert.rejects(operations().start({ ...asked, pipeline: 'nothing' }), { code: 'PIPELINE_UNKNOWN' });
    const traffic = { get: async () => null };
    await assert.rejects(operations({ traffic }).start(asked), { code: 'NO_CHAMPION' });
    assert.deepEqual(await operations().list(), []);
  });

  it('says how to go ahead when Temporal goes away before its run starts', async () => {
    const gone = { start: () => Promise.reject(new UserError('TEMPORAL_UNREACHABLE', 'Temporal is gone.')) };
    await assert.rejects(operations({ experimentRuns: gone }).start(asked), {
      code: 'TEMPORAL_UNREACHABLE',
      message: /fraud-e1 is stored but has not started.*perennial experiments stop fraud/,
    });
  });

  it('can be told to stop, even with Temporal away; its run is started again to obey', async () => {
    await operations().start(asked);
    const { experiments } = factsIn(database());
    const outcome = { result: 'stopped' as const, winner: null, reason: '', endedAt: NOW, alpha: 0.05, arms: [] };
    const experimentRuns = {
      async start({ id }: { id: string }) {
        assert.deepEqual((await experiments.get(id)).stop, { by: 'ada', reason: 'enough' });
        await experiments.end(id, outcome);
        throw new UserError('TEMPORAL_UNREACHABLE', 'the answer is lost');
      },
    };
    const stopped = await operations({ experimentRuns }).stop({ pipeline: 'fraud', reason: 'enough' });
    assert.deepEqual([stopped.obeyed, stopped.outcome!.result], [true, 'stopped']);
    const again = operations().stop({ pipeline: 'fraud', reason: 'enough' });
    await assert.rejects(again, { code: 'NOTHING_TO_ORDER', message: /fraud-e1 of fraud has ended/ });
  });

  it('is unknown by another name, or for a pipeline that has had none', async () => {
    await assert.rejects(operations().show({ pipeline: 'fraud' }), { code: 'EXPERIMENT_UNKNOWN' });
    await assert.rejects(operations().show({ pipeline: 'fraud', id: 'fraud-e9' }), { code: 'EXPERIMENT_UNKNOWN' });
    await assert.rejects(operations().stop({ pipeline: 'fraud', reason: 'so' }), { code: 'EXPERIMENT_UNKNOWN' });
  });
});
