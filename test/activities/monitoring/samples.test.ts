import { newestRows, sampleReference } from '../../../activities/monitoring/samples.ts';
import { type RowChunk } from '../../../core/data/chunks.ts';
import { type OwnColumn, type Partition } from '../../../core/data/data.ts';
import { instant } from '../../../core/time/time.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';

const window = { from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' };
const START = Date.parse(window.from);

describe('rows of a source', () => {
  it('that may show what moved have their entity', async () => {
    const held = { _key: ['k1', 'k2'], _time: [START, START + 1_000], _entity: ['card 1', null], _label: [0, 1] };
    async function* readRows(_file: string, _within: Partition, columns: string[], own: OwnColumn[] = []): AsyncGenerator<RowChunk> {
      yield { rows: 2, own: Object.fromEntries(own.map((one) => [one, held[one]])), columns: Object.fromEntries(columns.map((one) => [one, [7, 8]])) };
    } // prettier-ignore
    const ports = { analytics: { readRows }, cache: { fetch: async () => 'file' } };
    const snapshot = { parts: [{ id: 'p', kind: 'rows', objectKey: 'p', ...window }] };
    const found = await new MockActivityEnvironment().run(() =>
      newestRows(ports as never, { pipeline: 'fraud', snapshot: snapshot as never, window }, ['amount']),
    );
    assert.deepEqual(found, [
      { id: null, key: 'k1', entity: 'card 1', time: instant(START), row: { amount: 7 } },
      { id: null, key: 'k2', entity: null, time: instant(START + 1_000), row: { amount: 8 } },
    ]);
  });

  it('that are sampled are of all stations, where these take turns', async () => {
    async function* chunks(): AsyncGenerator<RowChunk> {
      const rows = Array.from({ length: 4_000 }, (_, row) => row);
      yield { rows: rows.length, own: { _time: rows.map((row) => START + row) }, columns: { station: rows.map((row) => row % 40) } }; // prettier-ignore
    }
    const sampled = (await new MockActivityEnvironment().run(() =>
      sampleReference({ chunks }, ['station'], { most: 100, of: 4_000 }),
    )) as Awaited<ReturnType<typeof sampleReference>>;
    const { size } = new Set(sampled.columns['station']);
    assert.equal(sampled.rows, 100);
    assert.ok(size > 30, `${size} of 40`);
  });
});
