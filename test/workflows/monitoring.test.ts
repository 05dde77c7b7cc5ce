import { UserError } from '../../core/base/errors/errors.ts';
import { failureOf, fraud, loopsUnderTest } from '../support/temporal/loops.ts';
import { aCheck, dataScript, MOMENT } from '../support/temporal/scripts.ts';
import assert from 'node:assert/strict';

const input = { pipeline: fraud, asOf: MOMENT };

describe('the monitoring loop @slow', () => {
  const loops = loopsUnderTest();
  const look = async (check: ReturnType<typeof aCheck> | null) => {
    const writeReport = () => 'drift.html';
    loops().follow({ checkDrift: () => check, writeReport, askForRetraining: () => 'drift/a-verdict' });
    return (await loops().start('monitoring', input)).result();
  };

  it('writes the report of severe drift and asks for a new model', async () => {
    const seen = {
      asOf: MOMENT,
      verdict: 'a-verdict',
      level: 'severe',
      report: 'drift.html',
      request: 'drift/a-verdict',
    };
    assert.deepEqual(await look(aCheck('severe')), seen);
    const asked = loops().calls.find((call) => call.step === 'askForRetraining');
    assert.deepEqual(asked?.input, { pipeline: fraud, verdict: 'a-verdict' });
  });

  for (const level of ['drifting', 'stable'] as const)
    it(`reports a window that is ${level} and asks for nothing`, async () => {
      assert.deepEqual(await look(aCheck(level)), {
        asOf: MOMENT,
        verdict: 'a-verdict',
        level,
        report: 'drift.html',
        request: null,
      });
      assert.equal(loops().taken('askForRetraining'), 0);
    });

  it('fetches fresh data first when it compares the rows of the source', async () => {
    let published = false;
    loops().follow({
      ...dataScript(1),
      publishedSnapshot: () => null,
      tellOfNewData: () => void (published = true),
      checkDrift: () => (published ? aCheck('stable') : 'stale'),
      writeReport: () => 'drift.html',
    });
    const { verdict } = (await (await loops().start('monitoring', input)).result()) as { verdict: string };
    assert.equal(verdict, 'a-verdict');
    assert.equal(loops().taken('checkDrift'), 2);
  });

  it('gives no verdict on data that could not be fetched, and says why', async () => {
    const planExtraction = () => {
      throw new UserError('SOURCE_TABLE_MISSING', 'the table is gone');
    };
    loops().follow({ ...dataScript(1), publishedSnapshot: () => null, planExtraction, checkDrift: () => 'stale' });
    const failure = await failureOf((await loops().start('monitoring', input)).result());
    assert.deepEqual(failure, { type: 'SOURCE_TABLE_MISSING', message: 'the table is gone' });
  });

  it('ends quietly while nothing serves', async () => {
    assert.deepEqual(await look(null), { asOf: MOMENT, verdict: null, level: null, report: null, request: null });
    assert.deepEqual(
      loops().calls.map((call) => call.step),
      ['checkDrift'],
    );
  });
});
