import { type Batch, type BatchPrediction } from '../../core/data/predictions/batches.ts';
import { createBatchOperations } from '../../operations/batches.ts';
import { asAda } from '../support/asked.ts';
import { AS_OF, type Rig } from '../support/steps/activities.ts';
import { openRig } from '../support/steps/stages.ts';
import assert from 'node:assert/strict';

describe("a person's view of batches of predictions @slow", () => {
  let rig: Rig;
  let extraction: string;
  const batches = () => asAda(createBatchOperations(rig.ports));
  before(async () => {
    rig = await openRig('champion');
    const snapshot = (await rig.run('publishedSnapshot', { pipeline: rig.ref, asOf: AS_OF }))!;
    const batch = await rig.run('openBatch', { pipeline: rig.ref, asOf: AS_OF, snapshot });
    id = batch!.id;
    extraction = batch!.missing[0]!.extraction;
  });
  after(() => rig?.close());
  let id: string;

  it('shows no rows of a batch that is being scored', async () => {
    const [batch] = await batches().list('fraud');
    assert.equal(batch!.status, 'scoring');
    await assert.rejects(batches().rows('fraud', id), { code: 'REQUEST_INVALID', message: /is still being scored/ });
  });

  it('pages through one that is published, in the order of keys', async () => {
    const rows: BatchPrediction[] = ['a', 'b', 'c'].map((key) => ({ key, time: AS_OF, score: 0.5, decision: null }));
    // Postgres keeps no NUL.
    const sliced = { country: 'N\0L' };
    const part = { part: `${extraction}/1`, objectKey: 'nowhere', sha256: '', rows: 3 };
    async function* some(): AsyncGenerator<BatchPrediction[]> {
      yield rows.toReversed().map((row) => ({ ...row, sliced }));
    }
    await rig.ports.batches.recordPart(id, part, some());
    const published: Batch = await rig.ports.batches.publish('fraud', id, [part.part]);
    assert.deepEqual(await batches().get('fraud', id), { ...published, parts: [part] });
    assert.deepEqual(await batches().rows('fraud', id, { limit: 2 }), rows.slice(0, 2));
    assert.deepEqual(await batches().rows('fraud', id, { after: 'b' }), rows.slice(2));
  });

  it('says how to make one when no batch has the id', async () => {
    const unknown = { code: 'BATCH_UNKNOWN', message: /fraud has no batch .* nope.*perennial run fraud prediction/ };
    await assert.rejects(batches().get('fraud', 'nope'), unknown);
    await assert.rejects(batches().rows('fraud', 'nope'), unknown);
  });
});
