import { UserError } from '../../core/base/errors/errors.ts';
import { attributes, stopExperiment } from '../../workflows/messages.ts';
import { failureOf, loopsUnderTest } from '../support/temporal/loops.ts';
import { experimentScript } from '../support/temporal/scripts.ts';
import { until } from '../support/temporal/workflows.ts';
import { heartbeat, sleep } from '@temporalio/activity';
import assert from 'node:assert/strict';

const input = { pipeline: 'fraud', experiment: 'fraud-e1' };
const better = { result: 'better', winner: 2, reason: 'v2 is better' } as const;

const untilCancelled = async (): Promise<never> => {
  for (;;) {
    heartbeat();
    await sleep(50); // throws when the activity is cancelled
  }
};

describe('the experiment loop @slow', () => {
  const loops = loopsUnderTest();
  const ends = () => loops().calls.flatMap(({ step, input: given }) => (step === 'endExperiment' ? [given] : []));

  it('watches until something is decided, and stores that once', async () => {
    loops().follow(experimentScript(0));
    const run = await loops().start('experiment', input);
    assert.deepEqual(await run.result(), better);
    assert.deepEqual(ends(), [{ experiment: 'fraud-e1', ended: better }]);
    const told = (await run.describe()).typedSearchAttributes;
    assert.deepEqual(
      [attributes.pipeline, attributes.loop].map((key) => told.get(key)),
      ['fraud', 'experiment'],
    );
  });

  it('continues in a run of its own whenever there is something to tell, so that no history grows', async () => {
    loops().follow(experimentScript(3));
    const run = await loops().start('experiment', input);
    assert.deepEqual(await run.result(), better);
    assert.deepEqual([loops().taken('openExperiment'), loops().taken('watchExperiment'), ends().length], [4, 4, 1]);
    assert.ok((await run.fetchHistory()).events!.length < 30);
  });

  it('changes nothing when its outcome is stored already', async () => {
    loops().follow({ ...experimentScript(), openExperiment: () => ({ details: 'it has ended', ended: better }) });
    const run = await loops().start('experiment', input);
    assert.deepEqual(await run.result(), better);
    assert.deepEqual([loops().taken('watchExperiment'), ends().length], [0, 0]);
  });

  it('waits for an outage of the database, for hours', async () => {
    let away = 3;
    loops().follow({
      ...experimentScript(0),
      watchExperiment: () => (away-- > 0 ? Promise.reject(new UserError('DATABASE_UNREACHABLE', 'gone')) : better),
    });
    const run = await loops().start('experiment', input);
    assert.deepEqual(await run.result(), better);
  });

  it('gives the traffic back when it fails', async () => {
    const watchExperiment = () => Promise.reject(new UserError('MODEL_UNKNOWN', 'fraud has no version v9.'));
    loops().follow({ ...experimentScript(0), watchExperiment });
    const run = await loops().start('experiment', input);
    assert.equal((await failureOf(run.result())).type, 'MODEL_UNKNOWN');
    const failed = { result: 'failed', winner: null, reason: 'fraud has no version v9.' };
    assert.deepEqual(ends(), [{ experiment: 'fraud-e1', ended: failed }]);
  });

  it('gives the traffic back when it is cancelled, and says that it was', async () => {
    loops().follow({ ...experimentScript(0), watchExperiment: untilCancelled });
    const run = await loops().start('experiment', input);
    await until(() => loops().taken('watchExperiment') === 1);
    await run.cancel();
    await failureOf(run.result());
    assert.equal((await run.describe()).status.name, 'CANCELLED');
    assert.equal((ends()[0] as { cancelled: boolean }).cancelled, true);
  });

  it("accepts a person's order to stop it from the Web UI, and refuses one without a reason", async () => {
    let stopped = false;
    loops().follow({
      ...experimentScript(0),
      stopExperiment: () => void (stopped = true),
      watchExperiment: async () => {
        await until(() => stopped);
        return { result: 'stopped', winner: null, reason: 'ada stopped it: enough' };
      },
    });
    const run = await loops().start('experiment', input);
    await until(() => loops().taken('watchExperiment') === 1);
    await assert.rejects(run.executeUpdate(stopExperiment, { args: [{ by: 'ada', reason: '' }] }));
    await run.executeUpdate(stopExperiment, { args: [{ by: 'ada', reason: 'enough' }] });
    assert.equal(((await run.result()) as { result: string }).result, 'stopped');
  });
});
