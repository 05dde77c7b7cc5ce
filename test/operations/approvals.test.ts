import { createApprovals } from '../../adapters/postgres/rollout/approvals.ts';
import { createCrowd } from '../../adapters/postgres/crowd.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createModelVersions } from '../../adapters/postgres/training/model-versions.ts';
import { createRetrainingLedger } from '../../adapters/postgres/training/retraining-ledger.ts';
import { createRollouts } from '../../adapters/postgres/rollout/rollouts.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { type ApprovalPorts, createApprovalOperations } from '../../operations/approvals.ts';
import { ada, asAda } from '../support/asked.ts';
import { aRollout, aVersion, NOW, perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

const UNTIL = '2026-01-14T03:00:00.000Z';
const said = { approve: true, reason: 'the card is read' };
const word = { ...said, by: 'ada' };

describe("a person's decision on a rollout", () => {
  const database = perennialDatabase();
  const ledger = () => createRetrainingLedger(database());
  const approvals = () => createApprovals(database());
  const stages = async () =>
    (await createModelVersions(database()).list('fraud')).map(({ version, stage }) => `v${version} ${stage}`).reverse();
  const audit = async () =>
    (await database().query<{ who: string; action: string }>('select who, action from audit order by id')).rows.map(
      ({ who, action }) => `${who}: ${action}`,
    );

  /** The rollout of a version whose cycle is still open; asks for its approval. */
  async function ask(id: string) {
    const { version } = await aRollout(database(), id);
    const asked = { rollout: id, askedAt: NOW, until: UNTIL };
    const approval = { ...asked, pipeline: 'fraud', version, cycle: id, reason: 'better', decision: null };
    assert.deepEqual(await approvals().ask(asked), approval);
    return approval;
  }
  const close = (id: string) =>
    ledger().closeCycle(id, { result: 'refused', version: 1, reason: 'nobody approved it', endedAt: UNTIL });

  const operations = (changes: Partial<ApprovalPorts> = {}) =>
    asAda(
      createApprovalOperations({
        pipelines: createPipelines(database()),
        crowd: createCrowd(database()),
        approvals: approvals(),
        rollouts: createRollouts(database()),
        rolloutRuns: { start: async () => assert.fail('nothing has to be started') },
        desk: { decide: async () => {} },
        ...changes,
      }),
    );
  const decide = (desk?: ApprovalPorts['desk']) => operations(desk && { desk }).decide({ pipeline: 'fraud', ...said });

  it('is requested once, however often the step is tried, while the version is in staging', async () => {
    const approval = await ask('one');
    const later = await approvals().ask({ ...approval, until: '2027-01-01T00:00:00.000Z' });
    assert.equal(later.until, UNTIL);
    assert.deepEqual(await stages(), ['v1 staging']);
    assert.deepEqual(await operations().list(), [approval]);
    assert.equal((await audit()).filter((row) => row.endsWith('ask for approval')).length, 1);
  });

  it('is the first one, and is audited', async () => {
    await ask('one');
    assert.deepEqual(await approvals().decide('one', word), word);
    assert.deepEqual(await approvals().decide('one', { ...word, approve: false, by: 'grace' }), word);
    assert.deepEqual(await operations().list('fraud'), []);
    assert.deepEqual(
      (await audit()).filter((row) => /approve$|reject$/.test(row)),
      ['ada: approve'],
    );
    assert.deepEqual(await stages(), ['v1 staging'], 'the promotion comes next');
  });

  it('archives the version that it rejects', async () => {
    await ask('one');
    await approvals().decide('one', { ...word, approve: false });
    assert.deepEqual(await stages(), ['v1 archived']);
  });

  it('is no longer awaited when the cycle has ended, and the next challenger takes the place', async () => {
    await ask('one');
    await close('one');
    assert.deepEqual(await operations().list(), []);
    assert.deepEqual(await stages(), ['v1 staging'], 'it is left where it was');
    await ask('two');
    assert.deepEqual(await stages(), ['v1 archived', 'v2 staging']);
  });

  it('reaches the rollout that waits, and returns its outcome', async () => {
    const approval = await ask('one');
    let told: unknown[] = [];
    const decided = await decide({
      async decide(...words) {
        told = words;
        await close('one');
      },
    });
    assert.deepEqual(told, [approval, word]);
    assert.equal(decided.approval.version, 1);
    assert.equal(decided.outcome?.result, 'refused');
  });

  it('restarts a rollout that was started by hand and whose run is gone: no retraining loop does', async () => {
    const { version } = await aVersion(database(), 'one');
    const wish = { pipeline: database.ref(), version, generation: 0, reason: 'why not', askedAt: NOW };
    const { id } = await createRollouts(database()).askByHand(wish, ada);
    await approvals().ask({ rollout: id, askedAt: NOW, until: UNTIL });
    const gone = { decide: () => Promise.reject(new UserError('NOTHING_TO_APPROVE', 'It has ended.')) };
    const start: ApprovalPorts['rolloutRuns']['start'] = async ({ id: started }, cycle) => {
      assert.equal(cycle, null);
      await createRollouts(database()).end(started, { result: 'promoted', reason: 'approved', endedAt: NOW });
      return started;
    };
    const { outcome } = await operations({ desk: gone, rolloutRuns: { start } }).decide({ pipeline: 'fraud', ...said });
    assert.equal(outcome?.result, 'promoted');
  });

  it('applies only to the version that it names', async () => {
    await ask('one');
    const meant = (version: number) => operations().decide({ pipeline: 'fraud', version, ...said, approve: false });
    await assert.rejects(meant(7), { code: 'NOTHING_TO_APPROVE', message: /v7 of fraud is no longer waiting.*v1 is/ });
    assert.equal((await operations().list('fraud')).length, 1);
  });

  it('has to name a version where several wait', async () => {
    const { version } = await aVersion(database(), 'one');
    const wish = { pipeline: database.ref(), version, generation: 0, reason: 'why not', askedAt: NOW };
    const { id } = await createRollouts(database()).askByHand(wish, ada);
    await approvals().ask({ rollout: id, askedAt: NOW, until: UNTIL });
    await ask('two');

    assert.deepEqual(await stages(), ['v1 staging', 'v2 staging'], 'neither takes the place of the other');
    const [code, message] = ['REQUEST_INVALID', /v1 and v2 of fraud.*perennial approve fraud v1/] as const;
    await assert.rejects(decide(), { code, message });
    const decided = await operations({ desk: { decide: () => close('two') } }).decide({
      pipeline: 'fraud',
      version: 2,
      ...said,
    });
    assert.equal(decided.approval.rollout, 'two');
    assert.deepEqual((await operations().list()).map(({ rollout }) => rollout), [id]); // prettier-ignore
  });

  it('is kept when it cannot wake the run: no worker, no Temporal, or a terminated run', async () => {
    for (const [i, code] of (['NO_WORKER', 'TEMPORAL_UNREACHABLE', 'NOTHING_TO_APPROVE'] as const).entries()) {
      const id = `run-${i}`;
      await ask(id);
      const decided = await decide({
        async decide() {
          assert.deepEqual(await approvals().said(id), word, 'it is stored first');
          await close(id);
          throw new UserError(code, 'nobody is there');
        },
      });
      assert.deepEqual(decided.approval.decision, word);
    }
  });

  it('is refused after the deadline, and when another is stored already', async () => {
    const approval = await ask('one');
    const stored = approvals();
    const stale = operations({ approvals: { ...stored, waiting: async () => [approval] } });
    const late = () => stale.decide({ pipeline: 'fraud', ...said });

    assert.equal(await stored.expire('one', UNTIL), null);
    assert.equal(await stored.decide('one', word), null);
    await assert.rejects(late(), { code: 'NOTHING_TO_APPROVE', message: /v1 of fraud.*its deadline has passed/ });
    await assert.rejects(decide(), { code: 'NOTHING_TO_APPROVE' });

    await database().query(`update approvals set expired_at = null`);
    await stored.decide('one', { ...word, by: 'grace', approve: false });
    assert.equal((await stored.expire('one', UNTIL))?.by, 'grace', 'a decision before the deadline holds');
    await assert.rejects(late(), { code: 'NOTHING_TO_APPROVE', message: /grace has rejected it/ });
  });

  it('is refused with advice when nothing waits', async () => {
    await assert.rejects(decide(), {
      code: 'NOTHING_TO_APPROVE',
      message: /No version of fraud is waiting.*perennial models promote/,
    });
    await assert.rejects(operations().list('fruad'), { code: 'PIPELINE_UNKNOWN' });
  });
});
