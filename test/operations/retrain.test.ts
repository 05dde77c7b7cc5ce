import { clockSetting, createClock } from '../../adapters/machine/clock.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { type RetrainRequest } from '../../core/training/retraining/retraining.ts';
import { createRetrain } from '../../operations/retrain.ts';
import { asAda } from '../support/asked.ts';
import assert from 'node:assert/strict';

const NOW = Date.parse('2026-03-01T00:00:00.000Z');
const away = (): UserError => new UserError('TEMPORAL_UNREACHABLE', 'Temporal at localhost:7233 does not answer.');

describe('a request for a training', () => {
  let stored: RetrainRequest[];
  beforeEach(() => void (stored = []));
  const ask = (parts: { worker?: () => Promise<void>; tell?: () => Promise<void>; asOf?: string }) =>
    asAda(
      createRetrain({
        pipelines: { applied: async (name) => ({ name, revision: 'r1' }), declared: async () => [] },
        crowd: { versions: async () => [] },
        ledger: { recordRequest: async (request) => stored.push(request) > 0, cycles: async () => [] },
        loop: { ask: parts.tell ?? (async () => undefined) },
        runs: { requireWorker: parts.worker ?? (async () => undefined) },
        sharedClock: { read: async () => createClock(clockSetting(new Date(NOW), new Date(), 1)) },
      }),
    ).ask({
      pipeline: 'fraud',
      reason: 'new terminals',
      ...(parts.asOf !== undefined && { asOf: parts.asOf }),
    });

  it('stores the actor and the reason before it signals the loop', async () => {
    const request = await ask({ tell: async () => assert.equal(stored.length, 1) });
    assert.deepEqual(stored, [request]);
    assert.equal(request.detail, 'new terminals (ada)');
  });

  it('refuses a moment in the future, and says what time it is', async () => {
    await assert.rejects(ask({ asOf: '2027-03-01T00:00:00.000Z' }), {
      code: 'REQUEST_INVALID',
      message: /2027-03-01T00:00:00.000Z is in the future: it is 2026-03-01T00:00/,
    });
    assert.deepEqual(stored, []);
  });

  it('stores nothing while Temporal is away', async () => {
    await assert.rejects(ask({ worker: () => Promise.reject(away()) }), { code: 'TEMPORAL_UNREACHABLE' });
    assert.deepEqual(stored, []);
  });

  it('is kept, and says so, when Temporal becomes unreachable before the signal', async () => {
    await assert.rejects(ask({ tell: () => Promise.reject(away()) }), {
      code: 'TEMPORAL_UNREACHABLE',
      message: /is stored.*loop of fraud.*localhost:7233 does not answer.*perennial status fraud/,
    });
    assert.equal(stored.length, 1);
  });
});
