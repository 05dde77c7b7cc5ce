import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createModelVersions } from '../../adapters/postgres/training/model-versions.ts';
import { createSnapshots } from '../../adapters/postgres/data/snapshots.ts';
import { createVerdicts } from '../../adapters/postgres/alerts/verdicts.ts';
import { aDriftReport, aPipeline } from '../reports/fixtures.ts';
import { createReports } from '../../operations/reports.ts';
import { asAda } from '../support/asked.ts';
import { aVersion, NOW, perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe('stored reports', () => {
  const database = perennialDatabase();
  /** A store that has everything, and says which key it was asked for. */
  const reports = () => {
    const [pipelines, verdicts] = [createPipelines(database()), createVerdicts(database())];
    const store = { get: async (key: string) => new TextEncoder().encode(key) };
    const [snapshots, modelVersions] = [createSnapshots(database()), createModelVersions(database())];
    return asAda(createReports({ pipelines, verdicts, snapshots, modelVersions, store }));
  };

  beforeEach(async () => {
    await aVersion(database(), 'run-1');
    const s2 = { id: 's2', pipeline: 'fraud', revision: database.ref().revision, asOf: NOW };
    await createSnapshots(database()).record(s2, []);
    await createPipelines(database()).apply(aPipeline({ name: 'churn' }), 'ada');
  });

  it('are found by what the database knows of a version or a snapshot', async () => {
    await assert.rejects(reports().stored('fraud', 'models', 'v1'), {
      code: 'MODEL_UNKNOWN',
      message: /not written yet/,
    });
    await createModelVersions(database()).attachCard('fraud', 1, 'the card of v1');
    assert.equal(await reports().stored('fraud', 'models', 'v1'), 'the card of v1');
    assert.equal(await reports().stored('fraud', 'models', '01'), 'the card of v1');

    // The store gives its key back: a card without JSON.
    await assert.rejects(reports().card('fraud', 1), {
      code: 'REQUEST_INVALID',
      message:
        /An earlier release wrote the card of v1 of fraud, without its JSON\. .* perennial models card fraud v1 --as html/,
    });

    await assert.rejects(reports().stored('fraud', 'quality', 's2'), {
      code: 'SNAPSHOT_MISSING',
      message: /not been checked/,
    });
    const judgement = { status: 'published', expectations: [], reportKey: 'the report on s2' } as const;
    await createSnapshots(database()).judge('s2', { ...judgement, expectations: [] });
    assert.equal(await reports().stored('fraud', 'quality', 's2'), 'the report on s2');
  });

  it('of a drift check are the newest that is written, while a newer one is still being written', async () => {
    const verdicts = createVerdicts(database());
    const verdict = (id: string, asOf: string) => ({
      ...aDriftReport({}).verdict,
      id,
      asOf,
      pipeline: 'fraud',
      reportKey: null,
    });
    for (const read of [reports().drift, reports().mail])
      await assert.rejects(read('fraud'), { code: 'VERDICT_UNKNOWN', message: /has no drift check yet/ });
    await verdicts.record(verdict('d1', '2026-01-11T03:00:00.000Z'));
    await assert.rejects(reports().drift('fraud'), { code: 'VERDICT_UNKNOWN', message: /not written yet/ });
    await verdicts.attachReport('d1', 'reports/fraud/drift/d1.html');
    await verdicts.record(verdict('d2', '2026-01-11T04:00:00.000Z'));
    assert.deepEqual((await reports().checks('fraud')).map(({ id }) => id), ['d2', 'd1']); // prettier-ignore
    const older = await reports().drift('fraud');
    assert.deepEqual([older.verdict, older.newer], ['d1', { verdict: 'd2', asOf: '2026-01-11T04:00:00.000Z' }]);
    assert.equal((await reports().drift('fraud', 'd1')).newer, null);
    await assert.rejects(reports().drift('fraud', 'zzz'), {
      message: /To list the newest: perennial report fraud --list/,
    });
    assert.equal((await reports().mail('fraud')).verdict, 'd2', 'its words need no file');
    assert.match((await reports().mail('fraud', 'd1')).html, /<h1[^>]*>fraud: severe drift in 33 % of the columns</);
  });

  it('of another pipeline, or by a path that leads elsewhere, are not found', async () => {
    await assert.rejects(reports().stored('churn', 'quality', 's1'), { code: 'SNAPSHOT_MISSING' });
    await assert.rejects(reports().stored('churn', 'models', 'v1'), { code: 'MODEL_UNKNOWN' });
    for (const id of ['../../passwords', '..%2f..', 'v1/../../x', ''])
      await assert.rejects(reports().stored('fraud', 'models', id), { code: 'MODEL_UNKNOWN' });
    await assert.rejects(reports().stored('fraud', 'quality', '../s1'), { code: 'SNAPSHOT_MISSING' });
    await assert.rejects(reports().stored('fraud', 'drift', '../s1'), { code: 'VERDICT_UNKNOWN' });
    await assert.rejects(reports().stored('../fraud', 'models', 'v1'), { code: 'PIPELINE_UNKNOWN' });
  });
});
