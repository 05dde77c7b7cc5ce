import { createRolloutCounts } from '../../../../adapters/postgres/rollout/rollout-counts.ts';
import { aRollout, NOW, perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { aServer, cleanUp, World } from '../../fakes.ts';
import assert from 'node:assert/strict';

describe('metrics of rollouts', () => {
  const database = perennialDatabase();
  afterEach(cleanUp);

  const scraped = async (rolloutCounts = createRolloutCounts(database())): Promise<string[]> => {
    const { app } = await aServer(new World(), { rolloutCounts });
    const { body } = await app.inject({ url: '/metrics' });
    return body.split('\n').filter((line) => line.startsWith('perennial_rollout'));
  };

  it('show which step each is in, since when, and what was decided there last', async () => {
    const { id } = await aRollout(database(), 'one');
    await database().query(`update rollouts set passed = 1, step = 1, step_since = $2 where id = $1`, [id, NOW]);
    for (const [number, decision] of ['wait', 'hold'].entries())
      await database().query(
        `insert into rollout_looks (rollout, number, step, at, decision, reason, arms, findings)
         values ($1, $2, 1, $3, $4, '', '[]', '[]')`,
        [id, number + 1, NOW, decision],
      );
    assert.deepEqual(await scraped(), [
      'perennial_rollout_step{pipeline="fraud",version="1"} 2',
      `perennial_rollout_step_started_timestamp_seconds{pipeline="fraud",version="1"} ${Date.parse(NOW) / 1_000}`,
      'perennial_rollout_decision{pipeline="fraud",version="1",decision="hold"} 1',
    ]);
  });

  it('count those that have ended, by result', async () => {
    const { id } = await aRollout(database(), 'one');
    await database().query(`update rollouts set outcome = '{"result": "rolled back"}' where id = $1`, [id]);
    assert.deepEqual(await scraped(), ['perennial_rollouts_ended{pipeline="fraud",result="rolled back"} 1']);
  });

  it('are absent while the database does not answer, while all other metrics are there', async () => {
    const { app } = await aServer(new World(), { rolloutCounts: () => Promise.reject(new Error('away')) });
    const { body, statusCode } = await app.inject({ url: '/metrics' });
    assert.equal(statusCode, 200);
    assert.doesNotMatch(body, /^perennial_rollout/m);
    assert.match(body, /^perennial_spool_bytes 0$/m);
  });
});
