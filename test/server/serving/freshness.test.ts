import { type ReadNewestData } from '../../../core/data/freshness.ts';
import { aRow, aServer, aServingWorld, cleanUp, NOW } from '../fakes.ts';
import assert from 'node:assert/strict';

describe('an answer to a caller who asks whether data is fresh', () => {
  afterEach(cleanUp);

  async function askedOf(newestData: ReadNewestData, { sent = true, schedule = '0 2 * * *' } = {}) {
    const world = aServingWorld();
    const { pipelines } = world;
    const fraud = pipelines.get('fraud')!;
    pipelines.set('fraud', { ...fraud, schedules: { ...fraud.schedules, data: schedule } });
    const { app } = await aServer(world, { newestData });
    const headers = sent ? { 'perennial-freshness': 'tell' } : {};
    const urls = ['/predict/fraud', '/predict/unknown'] as const;
    const [answer, other] = await Promise.all(urls.map((url) => app.inject({ method: 'POST', url, headers, payload: aRow() }))); // prettier-ignore
    assert.deepEqual([answer!.statusCode, other!.headers['perennial-freshness']], [200, undefined]);
    return answer!.headers['perennial-freshness'];
  }
  const newest = (asOf: string) => async () => [{ pipeline: 'fraud', asOf }];
  const [today, before] = [newest('2026-03-01T02:00:00.000Z'), newest('2026-02-27T02:00:00.000Z')];

  it('says that it is fresh, or since when newer data is due', async () => {
    assert.ok(NOW > '2026-03-01T08:00'); // the patience of a daily schedule is over
    assert.equal(await askedOf(today), 'fresh; as-of=2026-03-01T02:00Z');
    assert.equal(await askedOf(before), 'stale; as-of=2026-02-27T02:00Z; due=2026-03-01T02:00Z');
  });

  it('says that it is unknown where nothing was published, nothing is scheduled, or the database is away', async () => {
    assert.equal(await askedOf(async () => []), 'unknown');
    assert.equal(await askedOf(before, { schedule: 'off' }), 'unknown; as-of=2026-02-27T02:00Z');
    assert.equal(await askedOf(() => Promise.reject(new Error('it is away'))), 'unknown');
  });

  it('says nothing to others', async () => {
    assert.equal(await askedOf(before, { sent: false }), undefined);
  });
});
