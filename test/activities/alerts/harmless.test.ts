import { tellOfFailedRollout, type Told } from '../../../activities/alerts/alerting.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import assert from 'node:assert/strict';

describe('an alert that cannot be written', () => {
  const logged: string[] = [];
  const logger = new DefaultLogger('ERROR', ({ message }) => void logged.push(message));
  const tell = (error: Error): Promise<unknown> => {
    const alerts: Told['alerts'] = { raise: () => Promise.reject(error), resolve: () => Promise.reject(error) };
    const told = { alerts, pipeline: aPipeline({ name: 'fraud' }) };
    const rollout = { rollout: 'r1', version: 3, reason: 'a test', at: '2026-03-01T00:00:00.000Z' };
    return new MockActivityEnvironment({}, { logger }).run(() => tellOfFailedRollout(told, rollout));
  };

  it('does not end its step, and is logged', async () => {
    await tell(new Error('a bug of ours'));
    assert.deepEqual(logged, ['alert rollout-failed could not be written: a bug of ours']);
  });

  it('is tried again with its step while the database is away', async () => {
    const away = new UserError('DATABASE_UNREACHABLE', 'The database does not answer.');
    await assert.rejects(tell(away), away);
  });
});
