import { clockSetting, createClock } from '../../adapters/machine/clock.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { type AuditEntry } from '../../core/runs/audit.ts';
import { type RetrainRequest } from '../../core/training/retraining/retraining.ts';
import { createDoor } from '../../operations/door.ts';
import { createModelBringing } from '../../operations/model-bringing.ts';
import { ada } from '../support/asked.ts';
import { aPipeline } from '../server/fakes.ts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const golden = JSON.parse(readFileSync(new URL('../golden/brought/models.json', import.meta.url), 'utf8')) as Record<
  string,
  { onnx: string }
>;
const bytesOf = (name: string): Buffer => Buffer.from(golden[name]!.onnx, 'base64');

describe('bringing a model from elsewhere', () => {
  let requests: RetrainRequest[];
  let audited: AuditEntry[];
  let objects: Map<string, Uint8Array>;
  beforeEach(() => void ([requests, audited, objects] = [[], [], new Map()]));

  const bring = (name: string, worker = async () => undefined as void) =>
    createDoor(
      createModelBringing({
        pipelines: { applied: async (name) => ({ name, revision: 'r1' }), declaration: async () => aPipeline() },
        ledger: { recordRequest: async (request) => requests.push(request) > 0 },
        loop: {
          ask: async () => assert.equal(requests.length, 1, 'the request is stored before the loop hears of it'),
        },
        runs: { requireWorker: worker },
        store: { put: async (key, bytes) => void objects.set(key, bytes) },
        sharedClock: { read: async () => createClock(clockSetting(new Date(0), new Date(), 1)) },
      }),
      { record: async (entry) => void audited.push(entry) },
    )
      .as(ada)
      .bring({ pipeline: 'fraud', file: 'their.onnx', bytes: bytesOf(name), reason: 'older' });

  it('stores what it became, and asks for a cycle of its own, with who brought it and from which file', async () => {
    const request = await bring('mixed columns');
    const [[key, bytes]] = [...objects] as [[string, Uint8Array]];
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const fileSha256 = createHash('sha256').update(bytesOf('mixed columns')).digest('hex');
    assert.equal(key, `models/fraud/${sha256}.json`);
    assert.deepEqual(request.brought, { objectKey: key, sha256, file: 'their.onnx', fileSha256 });
    assert.equal(request.detail, 'their.onnx brought: older (ada)');
    const details = { request: request.id, file: 'their.onnx', fileSha256, reason: 'older' };
    assert.deepEqual(audited, [{ who: 'ada', from: 'cli', action: 'bring', pipeline: 'fraud', details }]);
  });

  it('stores nothing of a file that is not read, or while no worker is there', async () => {
    await assert.rejects(bring('forest'), { code: 'MODEL_FILE_INVALID' });
    const away = new UserError('NO_WORKER', 'No worker.');
    await assert.rejects(
      bring('mixed columns', () => Promise.reject(away)),
      { code: 'NO_WORKER' },
    );
    assert.deepEqual([requests, audited, objects.size], [[], [], 0]);
  });
});
