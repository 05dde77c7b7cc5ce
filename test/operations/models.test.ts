import { clockSetting } from '../../adapters/machine/clock.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createModelVersions } from '../../adapters/postgres/training/model-versions.ts';
import { createSharedClock } from '../../adapters/postgres/shared-clock.ts';
import { createAlerts } from '../../adapters/postgres/alerts/alerts.ts';
import { createTrafficTable } from '../../adapters/postgres/rollout/traffic.ts';
import { createTrainingRuns } from '../../adapters/postgres/training/training-runs.ts';
import { createModels } from '../../operations/models.ts';
import { type CandidateResult } from '../../core/training/training.ts';
import { about } from '../../core/alerts/occurrence.ts';
import { aPipeline } from '../reports/fixtures.ts';
import { asAda } from '../support/asked.ts';
import { aTrainingRun, aVersion, perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe("a person's operations on model versions", () => {
  const database = perennialDatabase();
  const traffic = () => createTrafficTable(database());
  /** Registers so many versions. */
  const versions = async (count: number) => {
    for (let i = 1; i <= count; i++) await aVersion(database(), `run-${i}`);
  };
  const promote = (version: number) => models().promote({ pipeline: 'fraud', version, reason: 'better' });

  const models = (clock?: string) =>
    asAda(
      createModels({
        pipelines: createPipelines(database()),
        trainingRuns: createTrainingRuns(database()),
        modelVersions: createModelVersions(database()),
        traffic: traffic(),
        alerts: createAlerts(database()),
        sharedClock: createSharedClock(database(), clock),
      }),
    );
  const rollBack = () => models().rollBack({ pipeline: 'fraud', reason: 'worse' });

  it('refuse to promote a version that does not exist', async () => {
    const asked = models().promote({ pipeline: 'fraud', version: 9, reason: '' });
    await assert.rejects(asked, { code: 'MODEL_UNKNOWN', message: /fraud has no version v9.*perennial models fraud/ });
  });

  it('refuse a pipeline that was never applied', async () => {
    await assert.rejects(models().list('fruad'), {
      code: 'PIPELINE_UNKNOWN',
      message: /"fruad".*These are applied: fraud/,
    });
  });

  it('change nothing when the version serves already', async () => {
    await versions(2);
    await promote(1);
    const once = await promote(2);
    assert.deepEqual(await promote(2), once);
    assert.deepEqual(await traffic().get('fraud'), { ...once, generation: 2, previous: 1 });
    const { rows } = await database().query(`select 1 from audit where action = 'promote'`);
    assert.equal(rows.length, 2, 'what was not done is not audited');
  });

  it('tell people once of the champion that somebody chose, and end what that settles', async () => {
    await versions(2);
    const alerts = createAlerts(database());
    const at = '2026-02-01T00:00:00.000Z';
    await alerts.raise(about('champion-stale', 'fraud', { occasion: 'a', severity: 'warning', summary: '', detail: '', at }), '1 day'); // prettier-ignore
    await promote(1);
    await promote(1);
    await rollBack().catch(() => undefined);
    await promote(2);
    await rollBack();
    const told = (await alerts.list({ pipeline: 'fraud', all: true, limit: 9 })).filter(
      ({ kind }) => kind === 'promoted',
    );
    assert.deepEqual(
      told
        .map(({ summary, detail }) => [summary, detail.split('\n')[0], detail.includes('perennial rollback')])
        .toReversed(),
      [
        // prettier-ignore
        ['fraud: v1 serves now', 'promoted by ada: better', false],
        ['fraud: v2 serves now', 'promoted by ada: better', true],
        ['fraud: v1 serves now', 'rolled back by ada: worse', true],
      ],
    );
    assert.deepEqual([...(await alerts.open())], []);
  });

  it('give all traffic to the champion when that is asked for again, with a generation that servers follow', async () => {
    await versions(2);
    await promote(1);
    await promote(2);
    const again = await models().promote({ pipeline: 'fraud', version: 2, again: true, reason: 'restored' });
    assert.deepEqual([again.generation, again.arms, again.previous], [3, [{ version: 2, share: 1 }], 1]);
  });

  it('compare versions in the order asked, each once, with what was declared and what training stored', async () => {
    const { columns, candidates } = aPipeline();
    const { name: candidate, ...declared } = candidates[0]!;
    for (const run of ['run-1', 'run-2'])
      await createModelVersions(database()).register({ ...(await aTrainingRun(database(), run)), candidate }, 'ada');
    await createTrainingRuns(database()).recordCandidate('run-1', { candidate, seconds: 3 } as CandidateResult);
    const { versions: compared } = await models().compare('fraud', [2, 1, 2]);
    assert.deepEqual(
      compared.map(({ version, trained }) => [version, trained?.seconds]),
      [
        [2, undefined],
        [1, 3],
      ],
    );
    assert.deepEqual([compared[0]!.declared, compared[0]!.columns], [declared, Object.keys(columns).toSorted()]);
  });

  it('show no slice by its name, in what a gate said, of a column that was declared sensitive since', async () => {
    const run = await aTrainingRun(database(), 'run-1');
    const toChampion = { estimate: -0.2, low: -0.3, high: -0.1, chance: 0.01 };
    const slice = { column: 'country', name: 'Lummerland', toChampion };
    const gate = {
      ...run.gate,
      reason: 'It is worse. By slices, ROC AUC falls on country Lummerland by 0.2 (surely).',
    };
    const evaluation = { ...run.evaluation, slices: { list: [slice] } as never };
    await createModelVersions(database()).register({ ...run, gate, evaluation }, 'ada');
    await aVersion(database(), 'run-2');
    const said = async () => {
      const [listed, compared] = [await models().list('fraud'), await models().compare('fraud', [1, 2])];
      return [listed[1]!.gate.reason, compared.versions[0]!.gate.reason];
    };
    assert.deepEqual(await said(), [gate.reason, gate.reason]);
    const columns = { ...aPipeline().columns, country: { kind: 'category', sensitive: true } } as const;
    await createPipelines(database()).apply(aPipeline({ name: 'fraud', columns }), 'ada');
    const hidden = gate.reason.replace('Lummerland', 'group 1 of 1');
    assert.deepEqual(await said(), [hidden, hidden]);
  });

  it('read versions to compare by one query, however many there are, and nothing that is not shown', async () => {
    const curves = { roc: [[0, 0]], precisionRecall: [[0, 1]] } as never;
    for (let i = 1; i <= 5; i++) {
      const run = await aTrainingRun(database(), `run-${i}`);
      await createModelVersions(database()).register({ ...run, evaluation: { ...run.evaluation, curves } }, 'ada');
    }
    const read: number[] = [];
    const pool = database();
    const query = pool.query.bind(pool) as (...asked: unknown[]) => Promise<{ rows: unknown[] }>;
    pool.query = (async (...asked: unknown[]) => {
      const result = await query(...asked);
      read.push(result.rows.length);
      return result;
    }) as never;
    const compared = await models().compare('fraud', [5, 4, 3, 2, 1]);
    // The pipeline and its declaration, then all of them.
    assert.deepEqual(read, [1, 1, 5]);
    assert.doesNotMatch(JSON.stringify(compared), /curves|precisionRecall/);
  });

  it('name the versions that cannot be compared, and ask for at least two', async () => {
    await versions(1);
    const unknown = { code: 'MODEL_UNKNOWN', message: /fraud has no version v8, v9\. .*perennial models fraud/ };
    await assert.rejects(models().compare('fraud', [8, 1, 9]), unknown);
    await assert.rejects(models().compare('fraud', [1, 1]), {
      code: 'REQUEST_INVALID',
      message: /at least two versions/,
    });
  });

  it('record from when each version serves, by the clock that the loops run on', async () => {
    await versions(2);
    const simulated = (day: string) => clockSetting(new Date(`2026-02-${day}T00:00:00.000Z`), new Date(), 0);
    const promoteOn = (day: string, version: number) =>
      models(simulated(day)).promote({ pipeline: 'fraud', version, reason: 'better' });
    await promoteOn('01', 1);
    await promoteOn('03', 2);
    const served = async (moment: string) => (await traffic().at('fraud', moment))!.champion;
    assert.deepEqual([await served('2026-02-02T00:00:00.000Z'), await served('2026-02-03T00:00:00.000Z')], [1, 2]);
  });

  it('roll back to the previous version, and back again', async () => {
    await versions(2);
    await promote(1);
    await promote(2);
    assert.deepEqual((await rollBack()).arms, [{ version: 1, share: 1 }]);
    assert.deepEqual((await rollBack()).arms, [{ version: 2, share: 1 }]);
  });

  it('roll back once when two people press for it, and not on to the bad one', async () => {
    await versions(2);
    await promote(1);
    await promote(2);
    const toFirst = () => models().rollBack({ pipeline: 'fraud', to: 1, reason: 'worse' });
    await toFirst();
    await assert.rejects(toFirst(), {
      code: 'TRAFFIC_SUPERSEDED',
      message: /v1 of fraud is no longer the previous version: v1 serves now, and v2 served before it/,
    });
    assert.deepEqual((await traffic().get('fraud'))!.arms, [{ version: 1, share: 1 }]);
  });

  it('roll back a challenger that shares the traffic, and not the champion', async () => {
    await versions(3);
    await promote(1);
    await promote(2);
    const division = {
      pipeline: 'fraud',
      at: '2026-02-03T00:00:00.000Z',
      by: 'rollout',
      reason: 'step 1',
      expectedGeneration: 2,
    };
    const arms = [
      { version: 2, share: 0.9 },
      { version: 3, share: 0.1 },
    ];
    await traffic().divide({ ...division, arms, shadow: null });
    const { champion, previous, ...now } = await rollBack();
    assert.deepEqual([champion, previous, now.arms], [2, 1, [{ version: 2, share: 1 }]]);
    await traffic().divide({ ...division, expectedGeneration: 4, arms: now.arms, shadow: 3 });
    assert.equal((await rollBack()).shadow, null);
    assert.equal((await rollBack()).champion, 1);
  });

  it('roll back to the previous champion, even while it scores as a shadow', async () => {
    await versions(2);
    await promote(1);
    const promotion = { pipeline: 'fraud', version: 2, expectedGeneration: 1, at: '2026-02-03T00:00:00.000Z' };
    await traffic().promote({ ...promotion, by: 'rollout', reason: 'better', keepsFormer: true });
    assert.equal((await traffic().get('fraud'))!.shadow, 1);
    const { champion, shadow, arms } = await rollBack();
    assert.deepEqual([champion, shadow, arms], [1, null, [{ version: 1, share: 1 }]]);
  });

  it('have nothing to roll back to before a second champion', async () => {
    await assert.rejects(rollBack(), { code: 'NOTHING_TO_ROLL_BACK_TO', message: /nothing serves yet/ });
    await versions(1);
    await promote(1);
    await assert.rejects(rollBack(), { code: 'NOTHING_TO_ROLL_BACK_TO', message: /v1 is its first/ });
  });

  it('let only one of two people through who promote at the same moment', async () => {
    await versions(2);
    const raced = await Promise.allSettled([promote(1), promote(2)]);
    const refused = raced
      .filter((one) => one.status === 'rejected')
      .map((one) => (one.reason as { code: string }).code);
    const { generation } = (await traffic().get('fraud'))!;
    // Both may also have come one after the other; then both hold, each at a generation of its own.
    assert.deepEqual(refused, generation === 1 ? ['TRAFFIC_SUPERSEDED'] : []);
    assert.equal(generation + refused.length, 2);
  });
});
