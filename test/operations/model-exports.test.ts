import { createAudit } from '../../adapters/postgres/audit.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createTrafficTable } from '../../adapters/postgres/rollout/traffic.ts';
import { createModelVersions } from '../../adapters/postgres/training/model-versions.ts';
import { createFolderStore } from '../../adapters/objects/folder-store.ts';
import { sha256 } from '../../core/base/sha256.ts';
import { createDoor } from '../../operations/door.ts';
import { createModelExports } from '../../operations/model-exports.ts';
import { models } from '../core/exports/models.ts';
import { ada, asAda } from '../support/asked.ts';
import { folderPerTest } from '../support/folders.ts';
import { aTrainingRun, perennialDatabase, NOW } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';

describe('exporting a model version', () => {
  const database = perennialDatabase();
  const folder = folderPerTest();
  const store = () => createFolderStore(pathToFileURL(folder()).href);
  const traffic = () => createTrafficTable(database());
  const ports = () => ({
    pipelines: createPipelines(database()),
    modelVersions: createModelVersions(database()),
    traffic: traffic(),
    store: store(),
  });
  const exports = () => asAda(createModelExports(ports()), createAudit(database()));

  async function aStoredVersion(run: string, written = JSON.stringify(models.network['with hidden layers'])) {
    const hash = sha256(JSON.stringify(models.network['with hidden layers']));
    await store().put(`models/fraud/${hash}.json`, Buffer.from(written));
    const version = { ...(await aTrainingRun(database(), run)), objectKey: `models/fraud/${hash}.json`, sha256: hash };
    return (await createModelVersions(database()).register(version, `training run ${run}`)).version;
  }

  it('takes the champion unless a version is named, and is audited with both', async () => {
    for (const run of ['run-1', 'run-2']) await aStoredVersion(run);
    const promotion = { pipeline: 'fraud', version: 1, by: 'ada', from: 'cli' as const, reason: '', at: NOW };
    await traffic().promote({ ...promotion, expectedGeneration: 0 });
    const champion = await exports().export({ pipeline: 'fraud', format: 'onnx' });
    assert.deepEqual([champion.version, champion.files.map(({ name }) => name)], [1, ['fraud-v1.onnx']]);
    assert.equal((await exports().export({ pipeline: 'fraud', version: 2, format: 'tfjs' })).version, 2);
    const { rows } = await database().query(`select who, pipeline, details from audit where action = 'export' order by id`);
    assert.deepEqual(rows, [
      { who: 'ada', pipeline: 'fraud', details: { version: 1, format: 'onnx' } },
      { who: 'ada', pipeline: 'fraud', details: { version: 2, format: 'tfjs' } },
    ]);
  }); // prettier-ignore

  it('says that there is no champion, or no such version', async () => {
    await assert.rejects(exports().export({ pipeline: 'fraud', format: 'json' }), {
      code: 'NO_CHAMPION',
      message: 'fraud has no champion to export yet. Name a version; these are there: perennial models fraud',
    });
    await assert.rejects(exports().export({ pipeline: 'fraud', version: 9, format: 'json' }), { code: 'MODEL_UNKNOWN' });
  }); // prettier-ignore

  it('does not export bytes that are not those that were registered', async () => {
    const changed = JSON.stringify({ ...models.network['with hidden layers'], threshold: 0 });
    await aStoredVersion('run-1', changed);
    await assert.rejects(exports().export({ pipeline: 'fraud', version: 1, format: 'json' }), {
      code: 'OBJECT_CORRUPT',
      message: /v1 of fraud, models\/fraud\/.*Restore the object from a backup/,
    });
  });

  it('is for operators: a model holds levels that viewers may not see', async () => {
    const viewers = createDoor(createModelExports(ports()), createAudit(database())).as({ ...ada, role: 'viewer' });
    await assert.rejects(viewers.export({ pipeline: 'fraud', format: 'json' }), { code: 'NOT_PERMITTED' });
  });
});
