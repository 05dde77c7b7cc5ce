import { failureOf, fraud, loopsUnderTest } from '../support/temporal/loops.ts';
import { dataScript, MOMENT, predictionScript, SCORED } from '../support/temporal/scripts.ts';
import { until } from '../support/temporal/workflows.ts';
import { names } from '../support/temporal/names.ts';
import assert from 'node:assert/strict';

const input = { pipeline: fraud, asOf: MOMENT };

describe('the prediction loop @slow', () => {
  const loops = loopsUnderTest();
  const inputsOf = (step: string) =>
    loops()
      .calls.filter((call) => call.step === step)
      .map((call) => call.input);

  it('fetches fresh data, scores what is missing of the batch, and publishes it', async () => {
    loops().follow({ ...dataScript(), ...predictionScript(3) });
    const run = await loops().start('prediction', input);
    assert.deepEqual(await run.result(), {
      asOf: MOMENT,
      batch: 'a-batch',
      version: 2,
      snapshot: 'a-snapshot',
      window: SCORED,
      rows: 300,
      note: null,
    });
    assert.deepEqual(inputsOf('openBatch'), [{ pipeline: fraud, asOf: MOMENT, snapshot: 'a-snapshot' }]);
    const scored = inputsOf('scorePart') as { extraction: string }[];
    assert.deepEqual(scored.map(({ extraction }) => extraction).sort(), ['rows-0', 'rows-1', 'rows-2']);
    assert.equal(loops().calls.at(-1)?.step, 'publishBatch');
    loops().adopt(names.run('fraud', 'data', MOMENT));
  });

  it('fetches no data that it already has', async () => {
    loops().follow({ ...predictionScript(1), publishedSnapshot: () => 'a-snapshot' });
    await (await loops().start('prediction', input)).result();
    assert.deepEqual(
      loops().calls.map((call) => call.step),
      ['publishedSnapshot', 'openBatch', 'scorePart', 'publishBatch'],
    );
  });

  it('scores no data that breaks the declaration, and says what is wrong with it', async () => {
    const failed = ['amount: nulls 3.10 %, allowed at most 0.00 %'];
    const validateSnapshot = () => ({
      status: 'quarantined' as const,
      expectations: 7,
      failed,
      report: 'quality.html',
    });
    loops().follow({ ...dataScript(), ...predictionScript(3), validateSnapshot });
    const { type, message } = await failureOf((await loops().start('prediction', input)).result());
    assert.equal(type, 'SNAPSHOT_QUARANTINED');
    assert.match(message, /nulls 3\.10 %/);
    assert.equal(loops().taken('openBatch'), 0);
  });

  it('ends well without a champion', async () => {
    loops().follow({ ...dataScript(), ...predictionScript(3), openBatch: () => null });
    const result = (await (await loops().start('prediction', input)).result()) as {
      note: string;
      batch: string | null;
    };
    assert.deepEqual([result.note, result.batch], ['no champion yet', null]);
    assert.equal(loops().taken('scorePart'), 0);
  });

  it('scores four parts at a time', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const scorePart = async () => {
      await released;
      return { rows: 100 };
    };
    loops().follow({ ...dataScript(), ...predictionScript(9), scorePart });
    const run = await loops().start('prediction', input);
    await until(() => loops().taken('scorePart') === 4);
    assert.equal((await run.describe()).raw.pendingActivities?.length, 4);
    release();
    await run.result();
    assert.equal(loops().taken('scorePart'), 9);
  });

  it('waits for a data run of the same time that is already started', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let published: string | null = null;
    loops().follow({
      ...dataScript(),
      ...predictionScript(1),
      publishedSnapshot: () => published,
      planExtraction: async () => {
        await released;
        return dataScript(1).planExtraction(input);
      },
      tellOfNewData: () => void (published = 'a-snapshot'),
    });
    const other = await loops().startWith('data', { workflowId: names.run('fraud', 'data', MOMENT), args: [input] });
    await until(() => loops().taken('planExtraction') === 1);
    const run = await loops().start('prediction', input);
    await until(() => loops().taken('publishedSnapshot') === 1);
    release();
    await other.result();
    await run.result();
    assert.equal(loops().taken('planExtraction'), 1, 'and brings nothing itself');
  });
});
