import { createApprovals } from '../../../../adapters/postgres/rollout/approvals.ts';
import { createRetrainingLedger } from '../../../../adapters/postgres/training/retraining-ledger.ts';
import { createRollouts } from '../../../../adapters/postgres/rollout/rollouts.ts';
import { operator } from '../../../../core/access/actor.ts';
import { aRollout, aVersion, NOW, perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

const UNTIL = '2026-01-14T03:00:00.000Z';
const grace = operator('grace', 'console');

describe('rollouts in Postgres', () => {
  const database = perennialDatabase();
  const rollouts = () => createRollouts(database());
  const ledger = () => createRetrainingLedger(database());
  const close = (cycle: string, result: 'promoted' | 'failed', reopened = 0) =>
    ledger().closeCycle(cycle, { result, version: 1, reason: 'so it is', endedAt: NOW }, reopened);
  const wish = (version: number, generation = 0) =>
    ({ pipeline: database.ref(), version, generation, reason: 'she knows why', askedAt: NOW }) as const;

  describe("of a training's challenger", () => {
    it('are stored once, under the id of their cycle', async () => {
      const asked = await aRollout(database(), 'one');
      assert.deepEqual([asked.id, asked.cycle, asked.version, asked.outcome], ['one', 'one', 1, null]);
      const { id: _, outcome: _open, ...again } = asked;
      const second = await rollouts().ask({ ...again, cycle: 'one', reason: 'another', generation: 7 });
      assert.deepEqual(second, asked);
      assert.deepEqual(await rollouts().ofCycle('one'), asked);
      assert.equal(await rollouts().ofCycle('two'), null);
    });

    it('end with their cycle, and reopen with it', async () => {
      await aRollout(database(), 'one');
      await close('one', 'failed');
      assert.equal((await rollouts().get('one')).outcome?.result, 'failed');
      await ledger().reopenCycle(await ledger().cycle('one'), 'the retraining loop');
      assert.equal((await rollouts().get('one')).outcome, null);
      await close('one', 'promoted', 1);
      assert.deepEqual((await rollouts().get('one')).outcome?.result, 'promoted');
    });

    it('get a run of their own when a training of an earlier release hands them over, and never lose it again', async () => {
      const { id: _, outcome: _open, ...asked } = await aRollout(database(), 'one');
      await database().query('update rollouts set own_run = false');
      const ask = (ownRun: boolean) => rollouts().ask({ ...asked, cycle: 'one', ownRun });
      assert.equal((await ask(false)).ownRun, false);
      assert.equal((await ask(true)).ownRun, true);
      assert.equal((await ask(false)).ownRun, true);
    });
  });

  describe('by hand', () => {
    beforeEach(async () => {
      for (const id of ['run-1', 'run-2']) await aVersion(database(), id);
      await database().query('delete from audit');
    });
    const audited = async () =>
      (await database().query<{ who: string; via: string; action: string }>('select who, via, action from audit')).rows;

    it('are one rollout however often they are requested while they run, with one row in the audit', async () => {
      const first = await rollouts().askByHand(wish(1), grace);
      assert.deepEqual([first.id, first.askedBy, first.cycle, first.ownRun], ['fraud-v1-g0-1', 'grace', null, true]);
      const asks = [1, 2, 3].map(() => rollouts().askByHand({ ...wish(1), reason: 'again' }, operator('ada', 'cli')));
      for (const asked of await Promise.all(asks)) assert.deepEqual(asked, first);
      assert.deepEqual(await audited(), [{ who: 'grace', via: 'console', action: 'roll out' }]);
    });

    it('are a new rollout once the first has ended', async () => {
      const { id } = await rollouts().askByHand(wish(1), grace);
      const refused = { result: 'refused', reason: 'nobody approved it', endedAt: NOW } as const;
      await rollouts().end(id, refused);
      await rollouts().end(id, { ...refused, result: 'failed' });
      assert.deepEqual((await rollouts().get(id)).outcome, refused, 'it ends once');
      assert.equal((await rollouts().askByHand(wish(1), grace)).id, 'fraud-v1-g0-2');
    });

    it('wait for the running rollout', async () => {
      await rollouts().askByHand(wish(1), grace);
      await assert.rejects(rollouts().askByHand(wish(2), grace), {
        code: 'REQUEST_INVALID',
        message: /v1 of fraud is being rolled out \(fraud-v1-g0-1\).*approve fraud v1".*rollouts start fraud v1"/,
      });
      await rollouts().end('fraud-v1-g0-1', { result: 'promoted', reason: '', endedAt: NOW });
      await aRollout(database(), 'one');
      await assert.rejects(rollouts().askByHand(wish(3, 1), grace), {
        message: /v3 of fraud is being rolled out \(one\)/,
      });
    });
  });

  it('are listed newest first, of one pipeline or of all', async () => {
    await aRollout(database(), 'one');
    await close('one', 'promoted');
    await rollouts().askByHand({ ...wish(1, 4), askedAt: UNTIL }, grace);
    const ids = async (pipeline?: string) => (await rollouts().list({ pipeline, limit: 10 })).map(({ id }) => id);
    assert.deepEqual(await ids(), ['fraud-v1-g4-1', 'one']);
    assert.deepEqual([await ids('fraud'), await ids('churn')], [['fraud-v1-g4-1', 'one'], []]);
    assert.equal((await rollouts().list({ limit: 1 })).length, 1);
    await assert.rejects(rollouts().get('two'), { code: 'ROLLOUT_UNKNOWN' });
  });

  describe('beside processes of an earlier release, which know training runs only', () => {
    /** What that release asks, as it asks it. */
    const asks = (run: string, version: number) =>
      database().query(
        `insert into approvals (training_run, pipeline, version, cycle, reason, asked_at, until)
         values ($1, 'fraud', $2, $1, 'better', $3, $4) on conflict do nothing`,
        [run, version, NOW, UNTIL],
      );
    const waiting = async () =>
      (
        await database().query<{ run: string }>(
          `select a.training_run as run from approvals a join cycles c on c.id = a.cycle
           where a.decision is null and a.expired_at is null and c.outcome is null and a.pipeline = 'fraud'`,
        )
      ).rows.map(({ run }) => run);
    const decides = (run: string) =>
      database().query(
        `update approvals set decision = '{"approve": true, "by": "ada", "reason": ""}'
         where training_run = $1 and decision is null and expired_at is null`,
        [run],
      );

    it('get an approval that such a process requests, and its training ends the rollout', async () => {
      await aVersion(database(), 'one');
      await database().query(`update cycles set outcome = null where id = 'one'`);
      for (let i = 0; i < 2; i++) await asks('one', 1);
      const [approval] = await createApprovals(database()).waiting('fraud');
      assert.deepEqual([approval?.rollout, approval?.version, approval?.cycle], ['one', 1, 'one']);
      const { ownRun, askedBy, generation } = await rollouts().get('one');
      assert.deepEqual([ownRun, askedBy, generation], [false, 'training run one', 0]);
    });

    it('have approvals that such processes can read and answer', async () => {
      const { id } = await aRollout(database(), 'one');
      await createApprovals(database()).ask({ rollout: id, askedAt: NOW, until: UNTIL });
      await asks('one', 1);
      assert.deepEqual(await waiting(), ['one']);
      await decides('one');
      assert.equal((await createApprovals(database()).said('one'))?.by, 'ada');
      assert.deepEqual(await waiting(), []);
    });

    it('are invisible to such processes when started by hand', async () => {
      await aVersion(database(), 'one');
      const { id } = await rollouts().askByHand(wish(1), grace);
      await createApprovals(database()).ask({ rollout: id, askedAt: NOW, until: UNTIL });
      assert.deepEqual(await waiting(), []);
      assert.equal((await createApprovals(database()).waiting('fraud'))[0]?.rollout, id);
    });
  });
});
