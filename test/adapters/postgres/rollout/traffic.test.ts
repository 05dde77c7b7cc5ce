import { createCrowd } from '../../../../adapters/postgres/crowd.ts';
import { createTraces } from '../../../../adapters/postgres/alerts/traces.ts';
import { createAlerts } from '../../../../adapters/postgres/alerts/alerts.ts';
import { createTrafficTable } from '../../../../adapters/postgres/rollout/traffic.ts';
import { createTrainingRuns } from '../../../../adapters/postgres/training/training-runs.ts';
import { createModelVersions } from '../../../../adapters/postgres/training/model-versions.ts';
import { createPipelines } from '../../../../adapters/postgres/pipelines.ts';
import { createSharedClock } from '../../../../adapters/postgres/shared-clock.ts';
import { createModels } from '../../../../operations/models.ts';
import { asAda } from '../../../support/asked.ts';
import { aVersion, NOW, perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

const HALVES = [
  { version: 2, share: 0.5 },
  { version: 1, share: 0.5 },
];

describe('the traffic in Postgres', () => {
  const database = perennialDatabase();
  const traffic = () => createTrafficTable(database());
  const champions = async () => {
    const [trace] = await createTraces(database()).all();
    const [short] = await createCrowd(database()).champions(['fraud']);
    const [followed] = await traffic().list();
    return [
      (await traffic().get('fraud'))!.champion,
      (await traffic().at('fraud', NOW))!.champion,
      followed!.champion,
      short!.version,
      trace!.champion!.version,
    ];
  };
  const decide = async (champion: number, arms: unknown): Promise<void> => {
    for (const table of ['traffic', 'traffic_history'])
      await database().query(`update ${table} set champion = $1, shares = $2`, [champion, JSON.stringify(arms)]);
  };
  beforeEach(async () => {
    for (const run of ['run-1', 'run-2']) await aVersion(database(), run);
    const promotion = { pipeline: 'fraud', at: NOW, by: 'ada', reason: 'better' };
    await traffic().promote({ ...promotion, version: 1, expectedGeneration: 0 });
  });

  it('has the champion that it names, whatever its place and share', async () => {
    await decide(1, HALVES);
    assert.deepEqual(await champions(), [1, 1, 1, 1, 1]);
    await decide(2, HALVES);
    assert.deepEqual(await champions(), [2, 2, 2, 2, 2]);
    await decide(2, [
      { version: 1, share: 0.9 },
      { version: 2, share: 0.1 },
    ]);
    assert.deepEqual(await champions(), [2, 2, 2, 2, 2]);
  });

  describe('when it is divided', () => {
    const step = { pipeline: 'fraud', at: NOW, by: 'rollout fraud-v2-g1-1', reason: 'step 1', expectedGeneration: 1 };
    const tenth = [
      { version: 1, share: 0.9 },
      { version: 2, share: 0.1 },
    ];
    const stages = async () => {
      const { rows } = await database().query<{ stage: string }>('select stage from model_versions order by version');
      return rows.map(({ stage }) => stage);
    };

    it('keeps its champion, also as the version to go back to', async () => {
      const divided = await traffic().divide({ ...step, arms: tenth, shadow: null });
      assert.deepEqual(divided, {
        pipeline: 'fraud',
        generation: 2,
        champion: 1,
        arms: tenth,
        shadow: null,
        previous: null,
      });
      assert.deepEqual(await stages(), ['production', 'staging']);
      assert.deepEqual(await traffic().divide({ ...step, arms: tenth, shadow: null }), divided, 'once, however often');
    });

    it('is refused when someone changed it meanwhile, and for a version that nobody registered', async () => {
      await traffic().promote({ ...step, version: 2 });
      await assert.rejects(traffic().divide({ ...step, arms: tenth, shadow: null }), { code: 'TRAFFIC_SUPERSEDED' });
      const none = { ...step, expectedGeneration: 2, arms: [{ version: 2, share: 1 }], shadow: 9 };
      await assert.rejects(traffic().divide(none), { code: 'MODEL_UNKNOWN' });
    });

    it('puts a version that answers some requests in staging, even the former champion', async () => {
      await traffic().promote({ ...step, version: 2 });
      await traffic().promote({ ...step, version: 1, expectedGeneration: 2 });
      await traffic().divide({ ...step, expectedGeneration: 3, arms: tenth, shadow: null });
      assert.deepEqual(await stages(), ['production', 'staging']);
    });

    it('archives the version that lost its share, and names a shadow only as long as nobody changes it', async () => {
      const alone = [{ version: 1, share: 1 }];
      assert.equal((await traffic().divide({ ...step, arms: alone, shadow: 2 })).shadow, 2);
      assert.deepEqual(await stages(), ['production', 'staging']);
      await database().query('update traffic set generation = 3'); // as an earlier release does
      assert.equal((await traffic().get('fraud'))!.shadow, null);
      await traffic().divide({ ...step, expectedGeneration: 3, arms: tenth, shadow: null });
      await traffic().divide({ ...step, expectedGeneration: 4, arms: alone, shadow: null });
      assert.deepEqual(await stages(), ['production', 'archived']);
    });
  });

  it('accepts shares that miss 1 only by rounding', async () => {
    const third = 1 / 3;
    await decide(
      2,
      [1, 2, 3].map((version) => ({ version, share: third })),
    );
    assert.equal((await traffic().get('fraud'))!.arms.length, 3);
  });

  for (const { what, champion, arms } of [
    { what: 'no champion among the arms', champion: 3, arms: HALVES },
    { what: 'no arms', champion: 1, arms: [] },
    { what: 'an arm twice', champion: 1, arms: [HALVES[1], HALVES[1]] },
    { what: 'too little', champion: 1, arms: [{ version: 1, share: 0.5 }, { version: 2, share: 0.4 }] }, // prettier-ignore
    { what: 'an arm without a share', champion: 1, arms: [{ version: 1, share: 1 }, { version: 2, share: 0 }] }, // prettier-ignore
  ])
    it(`is refused with ${what}`, async () => {
      await assert.rejects(decide(champion, arms), { constraint: 'one_champion' });
      assert.deepEqual(await champions(), [1, 1, 1, 1, 1]);
    });

  it('goes to one version when a worker of an earlier release, which names no champion, sets it', async () => {
    await decide(1, HALVES);
    await database().query(
      `insert into traffic (pipeline, generation, shares, previous) values ($1, $2, $3, $4)
       on conflict (pipeline) do update set generation = excluded.generation, shares = excluded.shares,
         previous = excluded.previous, changed_at = now()`,
      ['fraud', 2, JSON.stringify([{ version: 2, share: 1 }]), 1],
    );
    await database().query(
      `insert into traffic_history (pipeline, generation, shares, previous, from_time, changed_by)
       select pipeline, generation, shares, previous, $1, 'ada' from traffic`,
      [NOW],
    );
    assert.deepEqual(await champions(), [2, 2, 2, 2, 2]);
  });

  it('can be read by a server of an earlier release while one version has all of it', async () => {
    const { rows } = await database().query('select pipeline, generation, shares, previous from traffic');
    assert.deepEqual(rows, [{ pipeline: 'fraud', generation: 1, shares: [{ version: 1, share: 1 }], previous: null }]);
  });

  it('goes entirely to a champion that shares it when that one is promoted', async () => {
    await decide(1, HALVES);
    const models = asAda(
      createModels({
        pipelines: createPipelines(database()),
        trainingRuns: createTrainingRuns(database()),
        modelVersions: createModelVersions(database()),
        traffic: traffic(),
        alerts: createAlerts(database()),
        sharedClock: createSharedClock(database()),
      }),
    );
    const now = await models.promote({ pipeline: 'fraud', version: 1, reason: 'enough of the other' });
    assert.deepEqual(now.arms, [{ version: 1, share: 1 }]);
    assert.deepEqual([now.generation, now.champion, now.previous], [2, 1, null]);
  });
});
