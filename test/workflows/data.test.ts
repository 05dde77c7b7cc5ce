import type { Part } from '../../core/data/data.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { DAY, HOUR } from '../../core/time/time.ts';
import { failureOf, fraud, loopsUnderTest } from '../support/temporal/loops.ts';
import { dataScript, MOMENT, tasks } from '../support/temporal/scripts.ts';
import { scheduledFor, until } from '../support/temporal/workflows.ts';
import { ApplicationFailure, TypedSearchAttributes } from '@temporalio/common';
import assert from 'node:assert/strict';

const input = { pipeline: fraud, asOf: MOMENT };

describe('the data loop @slow', () => {
  const loops = loopsUnderTest();

  it('extracts only what is missing, then publishes a snapshot and signals the retraining loop', async () => {
    loops().follow(dataScript(2));
    const run = await loops().start('data', input);

    assert.deepEqual(await run.result(), {
      snapshot: 'a-snapshot',
      asOf: MOMENT,
      rows: 300,
      extracted: 2,
      expectations: 7,
      binning: 'a-binning',
    });
    const of = (step: string) =>
      loops()
        .calls.filter((call) => call.step === step)
        .map((call) => call.input);
    // Two at once, in whichever order workers took them.
    const extracted = of('extractPartition') as { task: { from: string } }[];
    assert.deepEqual(
      extracted.toSorted((a, b) => (a.task.from < b.task.from ? -1 : 1)),
      tasks(2).map((task) => ({ pipeline: fraud, task })),
    );
    assert.deepEqual(of('tellOfNewData'), [{ pipeline: 'fraud', asOf: MOMENT }]);
    const [assembled] = of('assembleSnapshot') as { extractions: string[] }[];
    assert.deepEqual(assembled?.extractions, ['rows-0', 'rows-1', 'rows-2']);
  });

  it('tells of one corrupt part and of one row without a time as of one', async () => {
    const script = dataScript();
    const [whole] = tasks(1);
    const missing = [{ ...whole!, corrupt: { rows: { id: 'x' } as Part } }];
    loops().follow({
      ...script,
      planExtraction: () => ({ watermark: MOMENT, extractions: ['rows-0'], missing }),
      validateSnapshot: async (task) => ({
        ...(await script.validateSnapshot(task)),
        withoutTime: 1,
        leftOutBefore: MOMENT,
        leftOutRows: 40,
      }),
    });
    const run = await loops().start('data', input);
    const came = await run.result();
    const { currentDetails } = await run.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    assert.match(currentDetails, /Corrupt parts of 1 partition were extracted again\..* 1 row of the source\./);
    assert.match(currentDetails, /since the declared history begins later: 40 rows from before 2026/);
    const { leftOutBefore, leftOutRows } = came as { leftOutBefore: string; leftOutRows: number };
    assert.deepEqual([leftOutBefore, leftOutRows], [MOMENT, 40]);
  });

  it('extracts four partitions at a time', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const extractPartition = async () => {
      await released;
      return { rows: 100, labels: 3 };
    };
    loops().follow({ ...dataScript(9), extractPartition });
    const run = await loops().start('data', input);

    await until(() => loops().taken('extractPartition') === 4);
    const { raw } = await run.describe();
    assert.equal(raw.pendingActivities?.length, 4, 'the others are not even asked for');
    release();
    await run.result();
    assert.equal(loops().taken('extractPartition'), 9);
  });

  it('fails a quarantined snapshot with the expectations it broke, and keeps it from the retraining loop', async () => {
    const failed = ['amount: nulls 3.10 %, allowed at most 0.00 %'];
    const validateSnapshot = () => ({
      status: 'quarantined' as const,
      expectations: 7,
      failed,
      report: 'quality.html',
    });
    loops().follow({ ...dataScript(), validateSnapshot });
    const run = await loops().start('data', input);

    const { type, message } = await failureOf(run.result());
    assert.equal(type, 'SNAPSHOT_QUARANTINED');
    assert.match(message, /a-snapshot is quarantined/);
    assert.match(message, /amount: nulls 3\.10 %, allowed at most 0\.00 %/);
    assert.match(message, /quality\.html.*perennial run fraud data/s);
    assert.equal(loops().taken('tellOfNewData'), 0);
    assert.equal(loops().taken('profileSnapshot'), 0, 'and its rows are counted nowhere');
  });

  it('extracts again what a step found corrupt, and gives up when that does not help', async () => {
    const corrupt = () => Promise.reject(new UserError('OBJECT_CORRUPT', 'Object parts/x is not what was stored.'));
    const [whole] = tasks(1);
    const again = { ...whole!, corrupt: { rows: { id: 'x' } as Part } };
    const some = { missing: [again] };
    for (const [healing, plansMade] of [
      [some, 4],
      [{ missing: [], restored: 1 }, 4],
      [{ missing: [] }, 2],
    ] as const)
      // prettier-ignore
      for (const helps of [true, false]) {
        let plans = 0;
        const script = dataScript();
        loops().follow({
          ...script,
          planExtraction: () => ({
            watermark: MOMENT,
            extractions: ['rows-0'],
            ...(++plans === 1 ? { missing: [] } : { ...healing, missing: [...healing.missing] }),
          }),
          validateSnapshot: (input) => (helps && plans === 2 ? script.validateSnapshot(input) : corrupt()),
        });
        const run = await loops().start('data', input);
        if (helps && plansMade === 4) {
          const { extracted, repaired = 0 } = (await run.result()) as { extracted: number; repaired?: number };
          const again = healing.missing.length;
          assert.deepEqual([plans, extracted, repaired], [2, again, again]);
        } else {
          assert.equal((await failureOf(run.result())).type, 'OBJECT_CORRUPT');
          assert.equal(plans, plansMade, 'no plan is made again that heals nothing');
        }
      }
  });

  it('does not retry what a person must fix', async () => {
    const planExtraction = () => Promise.reject(new UserError('SOURCE_TABLE_MISSING', 'There is no table payments.'));
    loops().follow({ ...dataScript(), planExtraction });
    const run = await loops().start('data', input);

    const failure = await failureOf(run.result());
    assert.deepEqual(failure, { type: 'SOURCE_TABLE_MISSING', message: 'There is no table payments.' });
    assert.equal(loops().taken('planExtraction'), 1);
  });

  it('waits for a source that is away for an hour', async () => {
    const before = await loops().environment.currentTimeMs();
    const planExtraction = async () =>
      (await loops().environment.currentTimeMs()) - before < HOUR
        ? Promise.reject(new UserError('SOURCE_UNREACHABLE', 'The source does not answer.'))
        : dataScript(1).planExtraction({ pipeline: fraud, asOf: MOMENT });
    loops().follow({ ...dataScript(), planExtraction });
    const run = await loops().start('data', input);

    assert.equal(((await run.result()) as { snapshot: string }).snapshot, 'a-snapshot');
    assert.ok(loops().taken('planExtraction') > 60);
  });

  it('gives up on a source that stays away for a week, and says so', async () => {
    const before = await loops().environment.currentTimeMs();
    const away = { message: 'The source does not answer.', type: 'SOURCE_UNREACHABLE' };
    // Asked once a day, so that the test is short.
    const planExtraction = () => Promise.reject(ApplicationFailure.create({ ...away, nextRetryDelay: '1 day' }));
    loops().follow({ ...dataScript(), planExtraction });
    const run = await loops().start('data', input);
    await loops().retriesPass(run, 'planExtraction', '1 day');

    assert.deepEqual(await failureOf(run.result()), away);
    assert.ok((await loops().environment.currentTimeMs()) - before >= 6 * DAY);
  });
});

describe('the moment a run is for @slow', () => {
  const loops = loopsUnderTest();
  const scheduled = '2026-02-02T02:00:00.000Z';
  const bySchedule = new TypedSearchAttributes([{ key: scheduledFor, value: new Date(scheduled) }]);
  const momentOf = async (asOf: string | null, typedSearchAttributes?: TypedSearchAttributes) => {
    loops().follow(dataScript(0));
    const args = [{ pipeline: fraud, asOf }];
    const run = await loops().startWith('data', { args, ...(typedSearchAttributes && { typedSearchAttributes }) });
    return ((await run.result()) as { asOf: string }).asOf;
  };

  it('is the one its starter gave, even for a scheduled run', async () => {
    assert.equal(await momentOf('2026-03-03T00:00:00.000Z', bySchedule), '2026-03-03T00:00:00.000Z');
  });

  it('is otherwise when its schedule meant it to run', async () => {
    assert.equal(await momentOf(null, bySchedule), scheduled);
    assert.equal(loops().taken('currentMoment'), 0);
  });

  it("is otherwise the clock's", async () => {
    assert.equal(await momentOf(null), MOMENT);
  });
});
