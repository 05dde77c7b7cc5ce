import { tellingOfSource, tellOfReadSource, TOLD_AT_ATTEMPT } from '../../../activities/alerts/source.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { type Alert, type Occurrence } from '../../../core/alerts/alerts.ts';
import { createClock } from '../../../adapters/machine/clock.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import assert from 'node:assert/strict';

const logger = new DefaultLogger('ERROR'); // the failed attempts are the subject

describe('reading a source', () => {
  const read = async (attempt: number, error: Error, store: 'well' | 'is away' = 'well') => {
    const raised: Occurrence[] = [];
    const alerts = {
      raise: async (occurrence: Occurrence) => {
        if (store === 'is away') throw new Error('the database does not answer');
        raised.push(occurrence);
        return null as unknown as Alert;
      },
      resolve: async () => null,
    };
    const told = { alerts, pipeline: aPipeline({ name: 'fraud' }), sharedClock: { read: async () => createClock() } };
    const step = () => tellingOfSource(told, () => Promise.reject(error));
    await assert.rejects(new MockActivityEnvironment({ attempt }, { logger }).run(step), error);
    return raised;
  };
  const away = new UserError('SOURCE_UNREACHABLE', 'db.example.com does not answer.');

  it('raises an alert when the source is still unreachable after some minutes, and fails as before', async () => {
    assert.deepEqual(await read(TOLD_AT_ATTEMPT - 1, away), []);
    const [alert] = await read(TOLD_AT_ATTEMPT, away);
    assert.deepEqual([alert!.kind, alert!.fingerprint], ['source-unreachable', 'source-unreachable/fraud']);
    assert.match(alert!.detail, /^db\.example\.com does not answer\.\nThe data loop has tried 10 times/);
  });

  it('tells at once of a column that vanished or has another type, in a sentence of its own', async () => {
    const missing = new UserError(
      'SOURCE_COLUMN_MISSING',
      'public.payments has no column amount; its columns are: id.',
    );
    const [alert] = await read(1, missing);
    assert.deepEqual([alert!.fingerprint, alert!.severity, alert!.summary], ['schema/fraud', 'warning', 'fraud: public.payments has no column amount']); // prettier-ignore
    assert.match(alert!.detail, /its columns are: id\.\nUntil .*\n.*perennial run fraud data$/);
    const type = new UserError('SOURCE_COLUMN_TYPE', 'Column amount of payments is of type text, but a column declared as number takes integer.'); // prettier-ignore
    assert.equal((await read(1, type))[0]!.summary, 'fraud: Column amount of payments is of type text');
  });

  it('raises none for what a retry does not fix, which ends the run, and fails the same when no alert can be stored', async () => {
    assert.deepEqual(await read(TOLD_AT_ATTEMPT, new UserError('SOURCE_TABLE_MISSING', 'There is no table.')), []);
    assert.deepEqual(await read(TOLD_AT_ATTEMPT, away, 'is away'), []);
  });

  it('goes on where the end of an alert cannot be written', async () => {
    const alerts = {
      raise: () => Promise.reject(new Error('unused')),
      resolve: () => Promise.reject(new Error('a bug')),
    };
    const told = { alerts, pipeline: aPipeline({ name: 'fraud' }), sharedClock: { read: async () => createClock() } };
    const logger = new DefaultLogger('ERROR', () => {}); // what is logged is the other test's subject
    await new MockActivityEnvironment({}, { logger }).run(() => tellOfReadSource(told));
  });
});
