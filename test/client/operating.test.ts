import { nothingSent } from '../../core/alerts/sent.ts';
import { type AlertDetails, type AlertLine } from '../../operations/index.ts';
import { type Run, type RunState } from '../../core/runs/runs.ts';
import { type ScheduleState } from '../../core/runs/schedules.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { aDriftReport } from '../reports/fixtures.ts';
import { perennial } from '../support/fake-operations.ts';
import { folderPerTest } from '../support/folders.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What operations were asked, with an answer that is always the same. */
function heard<T>(answer: T) {
  const asked: unknown[][] = [];
  return Object.assign(async (...words: unknown[]) => (asked.push(words), answer), { asked });
}

const aRun: Run = {
  workflowId: 'fraud/data/2026-01-11T03:00Z',
  runId: 'r1',
  pipeline: 'fraud',
  loop: 'data',
  status: 'completed',
  startedAt: '2026-01-11T03:00:01.000Z',
  closedAt: '2026-01-11T03:01:06.000Z',
  asOf: '2026-01-11T03:00:00.000Z',
  cycle: null,
  version: null,
};
const schedule = (changes: Partial<ScheduleState>): ScheduleState => ({
  loop: 'data',
  cron: '0 2 * * *',
  zone: 'UTC',
  pausedBy: null,
  note: null,
  next: '2026-01-12T02:00:11.000Z',
  last: null,
  running: [],
  ...changes,
});

describe('perennial runs', () => {
  it('lists runs in columns, with how long they took', async () => {
    const list = heard([
      aRun,
      { ...aRun, loop: 'retraining' as const, asOf: null, closedAt: null, status: 'running' as const },
    ]);
    const { out } = await perennial(['runs', 'fraud', '--limit', '5'], { runs: { list } });
    assert.deepEqual(list.asked, [['fraud', 5]]);
    const lines = out.split('\n');
    assert.match(lines[0]!, /^loop +as of +status +started +took +id$/);
    assert.match(
      lines[1]!,
      /^data +2026-01-11 03:00 +completed +2026-01-11 03:00 +1 min 5 s +fraud\/data\/2026-01-11T03:00Z$/,
    );
    assert.match(lines[2]!, /^retraining +- +running +2026-01-11 03:00 +- +fraud/);
    const simulated = await perennial(['runs', 'fraud'], { runs: { list } }, { simulated: true });
    assert.match(simulated.out, / started \(real time\) /);
  });

  it('says how to run something when nothing has, and what a limit is', async () => {
    assert.match(
      (await perennial(['runs'], { runs: { list: heard([]) } })).out,
      /Nothing has run yet.*perennial run PIPELINE data/,
    );
    const { code, err } = await perennial(['runs', '--limit', 'all']);
    assert.equal(code, 1);
    assert.match(err, /--limit is "all". Write a number from 1 to 1000/);
  });
});

describe('perennial runs cancel', () => {
  const state = (changes: Partial<RunState>): RunState => ({
    workflowId: 'w',
    status: 'running',
    steps: [],
    ...changes,
  });

  it('waits until the run is really cancelled', async () => {
    const states = [state({}), state({ status: 'cancelled' })];
    const cancel = heard(state({}));
    const { code, out } = await perennial(['runs', 'cancel', 'w'], {
      runs: { cancel },
      run: { state: async () => states.shift()! },
    });
    assert.deepEqual(cancel.asked, [['w']]);
    assert.equal(code, 0);
    assert.match(out, /^w is cancelled/);
    assert.equal(states.length, 0);
  });

  it('reports when the run was faster', async () => {
    const { out } = await perennial(['runs', 'cancel', 'w'], {
      runs: { cancel: heard(state({ status: 'completed' })) },
    });
    assert.match(out, /^w was already completed when the cancellation arrived/);
  });
});

describe('perennial schedules, pause, resume and backfill', () => {
  it('show when loops run, and which a person or a clock has paused', async () => {
    const list = heard([
      schedule({ running: ['fraud/data-1'] }),
      schedule({
        loop: 'monitoring',
        zone: 'Europe/Berlin',
        pausedBy: 'person',
        note: 'Paused by ada: mending',
        next: null,
      }),
    ]);
    const { out } = await perennial(['schedules', 'fraud'], { schedules: { list } });
    const simulated = await perennial(['schedules', 'fraud'], { schedules: { list } }, { simulated: true });
    assert.match(simulated.out, / last \(real time\)/);
    assert.match(out, /^data +0 2 \* \* \* +UTC +2026-01-12 02:00 +- +runs now$/m);
    assert.match(out, /^monitoring +0 2 \* \* \* +Europe\/Berlin +- +- +Paused by ada: mending$/m);
  });

  it('hold back one loop or all, and say how to let go', async () => {
    const pause = heard(['data' as const]);
    const one = await perennial(['pause', 'fraud', 'data', '--reason', 'mending'], { schedules: { pause } });
    await perennial(['pause', 'fraud'], { schedules: { pause } });
    assert.deepEqual(pause.asked, [
      [{ pipeline: 'fraud', loop: 'data', reason: 'mending' }],
      [{ pipeline: 'fraud', reason: 'paused by hand' }],
    ]);
    assert.equal(one.out, 'Paused fraud: data. Resume with: perennial resume fraud data\n');
    const resume = heard(['data' as const]);
    const { out } = await perennial(['resume', 'fraud'], { schedules: { resume } });
    assert.match(out, /^Resumed fraud: data\. .*perennial schedules backfill fraud/);
  });

  it('backfill a range, whose dates are midnights in UTC', async () => {
    const [from, to] = ['2026-01-01T00:00:00.000Z', '2026-01-07T00:00:00.000Z'];
    const backfill = heard({ loop: 'data' as const, from, to, runs: 6 });
    const line = ['schedules', 'backfill', 'fraud', 'data', '--from', '2026-01-01', '--to', '2026-01-07'];
    const { out } = await perennial(line, { schedules: { backfill } });
    assert.deepEqual(backfill.asked, [[{ pipeline: 'fraud', loop: 'data', from, to }]]);
    assert.match(out, /^6 runs of data from 2026-01-01 00:00 to 2026-01-07 00:00.*perennial runs fraud/);
    assert.equal(
      (await perennial(['schedules', 'backfill', 'fraud', 'data'])).code,
      2,
      'where it begins has to be said',
    );
  });
});

describe('perennial rollouts, approve and rollouts reject', () => {
  const askedAt = '2026-01-11T03:00:00.000Z';
  const asked = { pipeline: 'fraud', version: 3, cycle: 'c1', reason: 'better by 0.04', askedAt };
  const approval = {
    ...asked,
    rollout: 'c1',
    until: '2026-01-14T03:00:00.000Z',
    decision: { approve: true, by: 'ada', reason: '' },
  };
  const outcome = { result: 'promoted' as const, reason: 'better', endedAt: '' };
  const rollout = {
    ...asked,
    id: 'c1',
    revision: 'r1',
    generation: 1,
    askedBy: 'training run c1',
    ownRun: true,
    outcome: null,
    confirmation: null,
    waitsUntil: null,
    waitsFor: null,
    share: null,
  };

  it('list rollouts with the outcome of each, or what it waits for', async () => {
    const list = heard([
      { ...rollout, waitsUntil: approval.until },
      { ...rollout, version: 2 },
      { ...rollout, version: 5, share: 'shadow' as const },
      { ...rollout, version: 6, share: 0.1 },
      { ...rollout, version: 7, waitsFor: 'fraud-e1' },
      { ...rollout, version: 1, outcome },
      {
        ...rollout,
        version: 7,
        outcome,
        confirmation: { result: 'confirmed' as const, reason: 'losses', endedAt: '' },
      },
    ]);
    const { out } = await perennial(['rollouts', 'fraud', '--limit', '3'], { rollouts: { list } });
    assert.deepEqual(list.asked, [['fraud', 3]]);
    assert.match(out, /^fraud +v3 +2026-01-11 03:00 +waits for approval until 2026-01-14 03:00 \(better by 0\.04\)$/m);
    assert.match(out, /^fraud +v2 +2026-01-11 03:00 +under way$/m);
    assert.match(out, /^fraud +v5 +2026-01-11 03:00 +under way, as a shadow$/m);
    assert.match(out, /^fraud +v6 +2026-01-11 03:00 +under way, at 10 %$/m);
    assert.match(out, /^fraud +v7 +2026-01-11 03:00 +waits until fraud-e1 has ended$/m);
    assert.match(out, /^fraud +v1 +2026-01-11 03:00 +promoted: better$/m);
    assert.match(out, /^fraud +v7 +2026-01-11 03:00 +promoted: better; confirmed: losses$/m);
    const none = await perennial(['rollouts'], { rollouts: { list: heard([]) } });
    assert.match(none.out, /^No rollout yet\./);
  });

  it('start a rollout of a version, and say where to follow it', async () => {
    const start = heard(rollout);
    const { out } = await perennial(['rollouts', 'start', 'fraud', 'v3', '--reason', 'read'], { rollouts: { start } });
    assert.deepEqual(start.asked, [[{ pipeline: 'fraud', version: 3, reason: 'read' }]]);
    assert.equal(out, 'Rolling out v3 of fraud. See the outcome with: perennial rollouts fraud\n');
    const models = { named: async () => 7 };
    await perennial(['rollouts', 'start', 'fraud', 'best'], { rollouts: { start }, models });
    assert.deepEqual(start.asked.at(-1), [{ pipeline: 'fraud', version: 7, reason: 'started by hand' }]);
  });

  it('show that labels are to confirm a version with all traffic, and what they say so far', async () => {
    const arms = [
      { version: 1, share: 'shadow' as const, rows: 600, units: 550, failed: 2, refused: 0 },
      { version: 3, share: 1, rows: 600, units: 550, failed: 2, refused: 0 },
    ];
    const look = { step: 0, at: askedAt, decision: 'wait' as const, reason: 'losses: 0.3', arms, findings: [] };
    const shown = { ...rollout, outcome, steps: [], passed: 0, step: null, confirming: true, orders: [] };
    const show = heard({ ...shown, looks: [look, look] });
    const { out } = await perennial(['rollouts', 'show', 'fraud'], { rollouts: { show } });
    assert.match(
      out,
      /^v3 of fraud \(c1\): promoted: better\nSteps: done 100 %\nThe former champion scores as a shadow until/m,
    );
    assert.match(out, /^Latest look, 2026-01-11 03:00: wait: losses: 0\.3$/m);
    assert.match(out, /^2026-01-11 03:00 +labels +v1 600, v3 600 +wait$/m);
  });

  it('show the steps, what the latest look found, and the decisions before it', async () => {
    const finding = { check: 'errors', verdict: 'unsure', difference: 2, allowed: 1 } as const;
    const arms = [
      { version: 1, share: 0.9, rows: 5_400, units: 5_000, failed: 3, refused: 0 },
      { version: 3, share: 0.1, rows: 600, units: 550, failed: 2, refused: 0 },
    ];
    const says = 'errors: 2 of 550 requests failed';
    const look = { step: 1, at: askedAt, decision: 'wait' as const, reason: `not proven yet: ${says}`, arms };
    const steps = (['shadow', 0.1, 0.5] as const).map((share) => ({ share, bake: '1 hour', minRequests: 500, longest: '1 day', pause: false })); // prettier-ignore
    const show = heard({
      ...rollout,
      steps,
      passed: 1,
      step: { at: 1, since: askedAt },
      confirming: false,
      orders: [],
      looks: [
        { ...look, findings: [{ ...finding, interval: [0.5, 9] as [number, number], says }] },
        { ...look, step: 0, decision: 'next' as const, findings: [] },
      ],
    });
    const { out } = await perennial(['rollouts', 'show', 'fraud'], { rollouts: { show } });
    assert.deepEqual(show.asked, [[{ pipeline: 'fraud' }]]);
    assert.match(out, /^v3 of fraud \(c1\): under way\nSteps: done shadow, now 10 %, 50 %, 100 %$/m);
    assert.match(out, /^Latest look, 2026-01-11 03:00: wait: not proven yet: errors: 2 of 550 requests failed$/m);
    assert.match(out, /^ {2}unsure errors: 2 of 550 requests failed$/m);
    assert.match(out, /^2026-01-11 03:00 +shadow +v1 5400, v3 600 +next$/m);

    const unread = heard({ ...(await show()), steps: null });
    const later = await perennial(['rollouts', 'show', 'fraud'], { rollouts: { show: unread } });
    assert.match(later.out, /^Steps: unknown, because this release cannot read their declaration; it is in step 2$/m);
    assert.match(later.out, /^2026-01-11 03:00 +step 1 +v1 5400, v3 600 +next$/m);
  });

  for (const [order, done] of [
    ['hold', 'Holding v3 of fraud.'],
    ['continue', 'Continuing with v3 of fraud.'],
    ['skip', 'Skipped a step of v3 of fraud.'],
    ['abort', 'Aborted the rollout of v3 of fraud.'],
  ] as const)
    it(`tell a rollout to ${order}, and say whether it has obeyed`, async () => {
      const obeyed = { rollout: 'c1', version: 3, obeyed: true, look: null, outcome: null };
      const given = heard(obeyed);
      const { out } = await perennial(['rollouts', order, 'fraud', '--reason', 'slow'], { rollouts: { order: given } });
      assert.deepEqual(given.asked, [[{ pipeline: 'fraud', order, reason: 'slow' }]]);
      assert.ok(out.startsWith(done), out);
      const stored = heard({ ...obeyed, obeyed: false });
      const late = await perennial(['rollouts', order, 'fraud'], { rollouts: { order: stored } });
      assert.match(late.out, /^Stored for v3 of fraud, but no worker runs its step now/);
    });

  it('approve a rollout, and say what came of it', async () => {
    const decide = heard({ approval, outcome });
    const { out } = await perennial(['approve', 'fraud', '--reason', 'read'], { approvals: { decide } });
    assert.deepEqual(decide.asked, [[{ pipeline: 'fraud', approve: true, reason: 'read' }]]);
    assert.equal(out, 'Approved: v3 now serves fraud. To undo: perennial rollback fraud\n');
    const late = await perennial(['approve', 'fraud'], { approvals: { decide: heard({ approval, outcome: null }) } });
    assert.match(late.out, /^Approved v3 of fraud. See the outcome with: perennial rollouts fraud/);
    const meant = heard({ approval, outcome });
    await perennial(['approve', 'fraud', 'v3'], { approvals: { decide: meant } });
    assert.deepEqual(meant.asked, [[{ pipeline: 'fraud', version: 3, approve: true, reason: 'approved by hand' }]]);
  });

  it('reject a rollout', async () => {
    const rejected = { ...approval, decision: { ...approval.decision, approve: false } };
    const decide = heard({ approval: rejected, outcome: null });
    const { out } = await perennial(['rollouts', 'reject', 'fraud'], { approvals: { decide } });
    assert.deepEqual(decide.asked, [[{ pipeline: 'fraud', approve: false, reason: 'rejected by hand' }]]);
    assert.equal(out, 'Rejected v3 of fraud. It gets no traffic.\n');
  });
});

describe('perennial alerts', () => {
  const alert = {
    id: '3fa9c1d2-0000-4000-8000-000000000000',
    fingerprint: 'drift/fraud',
    pipeline: 'fraud',
    kind: 'drift' as const,
    severity: 'critical' as const,
    summary: 'fraud: severe drift in 25 % of the columns',
    openedAt: '2026-01-11T03:00:00.000Z',
    lastSeenAt: '2026-01-11T05:00:00.000Z',
    times: 3,
    resolvedAt: null,
    silencedUntil: null,
    sent: nothingSent,
  } as unknown as AlertLine;

  it('lists open alerts, each with an id to name it by', async () => {
    const list = heard([alert, { ...alert, silencedUntil: '2026-01-12T00:00:00.000Z' }]);
    const { out } = await perennial(['alerts', 'fraud'], { alerts: { list } });
    assert.deepEqual(list.asked, [[{ pipeline: 'fraud', all: false }]]);
    assert.match(out, /^3fa9c1d2 +critical +drift +2026-01-11 03:00 +3 +fraud: severe drift in 25 % of the columns$/m);
    assert.match(out, /columns \(silenced until 2026-01-12 00:00\)$/m);
    assert.match((await perennial(['alerts'], { alerts: { list: heard([]) } })).out, /^No open alerts/);
  });

  it('says that there may be more than it lists', async () => {
    const listed = (count: number) => perennial(['alerts'], { alerts: { list: heard(Array.from({ length: count }, () => alert)) } }); // prettier-ignore
    assert.doesNotMatch((await listed(199)).err, /there may be more/);
    assert.match((await listed(200)).err, /^These are the first 200, there may be more\. .*--kind or --severity\.$/m);
  });

  it('lists those of a kind or a severity, and refuses what is neither', async () => {
    const list = heard([]);
    await perennial(['alerts', '--kind', 'drift', '--severity', 'critical'], { alerts: { list } });
    assert.deepEqual(list.asked, [[{ pipeline: undefined, all: false, kind: 'drift', severity: 'critical' }]]);
    const { code, err } = await perennial(['alerts', '--kind', 'drfit']);
    assert.deepEqual([code, /Allowed choices are drift, performance/.test(err)], [2, true]);
  });

  it('says of an alert whose messages fail that they are not sent, and shows why', async () => {
    const unsent = { channel: 'slack', target: 'NO_SUCH_SLACK', attempts: 7, error: 'The variable NO_SUCH_SLACK is not set where the server runs.', givenUp: false } as const; // prettier-ignore
    const failing = { ...alert, sent: { ...nothingSent, failing: [unsent] } };
    const { out } = await perennial(['alerts'], { alerts: { list: heard([failing]) } });
    assert.match(out, /columns \(not sent: Slack \(NO_SUCH_SLACK\)\)$/m);
    const message = { telling: 'opened', severity: 'critical', createdAt: alert.openedAt, deliveredAt: null, givenUpAt: null } as const; // prettier-ignore
    const show = heard({
      ...failing,
      detail: 'amount moved\nTo see it: perennial report fraud',
      messages: [
        { ...message, ...unsent, lastError: unsent.error },
        { ...message, channel: 'email', target: 'ada@example.com', attempts: 1, lastError: null, deliveredAt: '2026-01-11T03:01:00.000Z' },
      ],
      done: [{ at: '2026-01-11T04:00:00.000Z', by: 'ben', what: 'silenced', until: '2026-01-12T00:00:00.000Z', reason: 'a test' }],
      explains: [{ id: '5d00', summary: 'the data loop failed' }],
      cause: null,
    } as unknown as AlertDetails); // prettier-ignore
    const shown = await perennial(['alerts', 'show', '3fa9c1d2'], { alerts: { show } });
    assert.deepEqual(show.asked, [['3fa9c1d2']]);
    assert.match(shown.out, /^amount moved\nTo see it: perennial report fraud$/m);
    assert.match(shown.out, /^told +not sent: Slack \(NO_SUCH_SLACK\): The variable NO_SUCH_SLACK is not set where the server runs; tried 7 times$/m); // prettier-ignore
    assert.match(shown.out, /^ +2026-01-11 03:00 +opened +mail to ada@example.com +arrived 2026-01-11 03:01$/m);
    assert.match(shown.out, /^ +2026-01-11 04:00 +silenced by ben until 2026-01-12 00:00: a test$/m);
    const simulated = await perennial(['alerts', 'show', '3fa9c1d2'], { alerts: { show } }, { simulated: true });
    for (const says of [/^What people did \(real time\)\n.* 04:00 +silenced by ben until 2026-01-12 00:00 by the simulated clock: a test$/m, /^Who was told \(real time\)$/m]) assert.match(simulated.out, says); // prettier-ignore
    assert.match(shown.out, /^ +5d00 +the data loop failed$/m);
  });

  it('tests the channels of a pipeline, and exits with 1 when a message did not arrive', async () => {
    const arrived = { channel: 'email', target: 'ada@example.com', arrived: true, error: null } as const;
    const failed = {
      channel: 'slack',
      target: 'FRAUD_SLACK',
      arrived: false,
      error: 'FRAUD_SLACK is not set',
    } as const;
    const well = await perennial(['alerts', 'test', 'fraud'], { alerts: { test: heard([arrived]) } });
    assert.deepEqual([well.code, well.out], [0, 'ok  mail to ada@example.com  arrived\n']);
    const { code, out } = await perennial(['alerts', 'test', 'fraud'], { alerts: { test: heard([arrived, failed]) } });
    assert.equal(code, 1);
    assert.match(out, /^FAILED +Slack \(FRAUD_SLACK\) +FRAUD_SLACK is not set$/m);
  });

  it('lists what an alert explains under it', async () => {
    const failed = {
      ...alert,
      id: '5d00',
      severity: 'warning',
      summary: 'fraud: the data loop failed',
      under: alert.id,
    };
    const { out } = await perennial(['alerts'], { alerts: { list: heard([failed as AlertLine, alert]) } });
    assert.match(out, /severe drift.*\n5d00 .*  because of it: fraud: the data loop failed\n/);
  });

  it('takes an alert on, and then shows who has, and what waits for the end of quiet hours', async () => {
    const acknowledge = heard({ ...alert, acknowledgedBy: 'ada' });
    const { out } = await perennial(['alerts', 'acknowledge', '3fa9c1d2'], { alerts: { acknowledge } });
    assert.deepEqual(acknowledge.asked, [['3fa9c1d2', undefined]]);
    assert.match(out, /^Acknowledged by ada: fraud: severe drift/);
    const [ada, held] = [
      { ...alert, acknowledgedAt: '2026-01-11T04:00:00.000Z', acknowledgedBy: 'ada' },
      { ...alert, heldUntil: '2026-01-12T06:00:00.000Z' },
    ];
    const listed = await perennial(['alerts'], { alerts: { list: heard([ada, held]) } });
    assert.match(listed.out, /columns \(acknowledged by ada 2026-01-11 04:00\)$/m);
    assert.match(listed.out, /columns \(sent after quiet hours, 2026-01-12 06:00\)$/m);
  });

  it('ends an alert by hand, or silences it until a moment', async () => {
    const [resolve, silence] = [heard(alert), heard(alert)];
    await perennial(['alerts', 'resolve', '3fa9c1d2', '--reason', 'a test'], { alerts: { resolve } });
    const { out } = await perennial(['alerts', 'silence', '3fa9c1d2', '--until', '2026-01-12'], {
      alerts: { silence },
    });
    assert.deepEqual(resolve.asked, [['3fa9c1d2', 'a test']]);
    assert.deepEqual(silence.asked, [['3fa9c1d2', '2026-01-12T00:00:00.000Z', undefined]]);
    assert.match(out, /It stays listed\. To end the silence: perennial alerts unsilence 3fa9c1d2$/m);
    const resolved = await perennial(['alerts', 'silence', '3fa9c1d2', '--until', '2026-01-12'], {
      alerts: { silence: heard({ ...alert, resolvedAt: '2026-01-11T06:00:00.000Z' }) },
    });
    assert.match(
      resolved.out,
      /It is resolved; --silenced lists it, or the one that followed it\. .* unsilence 3fa9c1d2$/m,
    );
    assert.match(
      out,
      /^Silenced until 2026-01-12 00:00, and so are later alerts of the kind drift of fraud: fraud: severe drift/,
    );
    const { code, err } = await perennial(['alerts', 'silence', '3fa9c1d2']);
    assert.deepEqual([code, err], [1, 'Say how long: --for 4h, or --until 2026-01-12T08:00Z\n']);
  });

  it('silences an alert for so long, and refuses what is no duration, or an end as well', async () => {
    for (const [given, duration] of [['4h', '4 hours'], ['90m', '90 minutes'], ['2 days', '2 days'], ['1 hour', '1 hour']] as const) {
      const silence = heard({ ...alert, silencedUntil: '2026-01-12T00:00:00.000Z' });
      const { out } = await perennial(['alerts', 'silence', '3fa9c1d2', '--for', given], { alerts: { silence } });
      assert.deepEqual(silence.asked, [['3fa9c1d2', duration, undefined]]);
      assert.match(out, /^Silenced until 2026-01-12 00:00, /);
    } // prettier-ignore
    for (const given of ['0h', 'tomorrow', '-1h', '', '4']) {
      const { code, err } = await perennial(['alerts', 'silence', '3fa9c1d2', `--for=${given}`]);
      assert.deepEqual([code, err], [1, `--for is "${given}". Write a duration like 90m, 4h or "2 days"\n`]);
    }
    const { err: tooLong } = await perennial(['alerts', 'silence', '3fa9c1d2', '--for', '999999w']);
    assert.equal(tooLong, '--for is "999999w". It can be ten years at most\n');
    const both = await perennial(['alerts', 'silence', '3fa9c1d2', '--for', '4h', '--until', '2026-01-12']);
    assert.deepEqual([both.code, /cannot be used with/.test(both.err)], [2, true]);
  });

  it('ends what an automation told in the words of a person with one full stop', async () => {
    const told = { ...alert, acknowledgedBy: 'ada', summary: 'fraud: look at the orders table.' };
    for (const verb of ['resolve', 'acknowledge'] as const) {
      const { out } = await perennial(['alerts', verb, '3fa9c1d2'], { alerts: { [verb]: heard(told) } });
      assert.match(out, /look at the orders table\. (If|It) /);
    }
  });

  it('ends a silence before its time, and lists what is silenced', async () => {
    const unsilence = heard(alert);
    const { out } = await perennial(['alerts', 'unsilence', '3fa9c1d2', '--reason', 'fixed'], {
      alerts: { unsilence },
    });
    assert.deepEqual(unsilence.asked, [['3fa9c1d2', 'fixed']]);
    assert.match(
      out,
      /^No longer silenced, and neither are later alerts of the kind drift of fraud: fraud: severe drift/,
    );
    const silenced = { resolvedAt: '2026-01-11T06:00:00.000Z', silencedUntil: '2026-01-12T00:00:00.000Z' };
    const list = heard([{ ...alert, ...silenced }]);
    const listed = await perennial(['alerts', '--silenced'], { alerts: { list } });
    assert.deepEqual(list.asked, [[{ pipeline: undefined, all: false, silenced: true }]]);
    assert.match(listed.out, /\(resolved 2026-01-11 06:00\) \(silenced until 2026-01-12 00:00\)$/m);
    const none = await perennial(['alerts', '--silenced'], { alerts: { list: heard([]) } });
    assert.equal(none.out, 'Nothing is silenced.\n');
  });
});

describe('perennial snapshots', () => {
  it('lists snapshots with what failed in each', async () => {
    const expectation = { column: 'amount', name: 'nulls', allowed: '0 %', observed: '3 %', passed: false };
    const snapshot = {
      id: 's1',
      pipeline: 'fraud',
      revision: 'r1',
      asOf: '2026-01-11T02:00:00.000Z',
      status: 'quarantined' as const,
      rows: 4000,
      expectations: [expectation, { ...expectation, column: null, name: 'rows', passed: true }],
      reportKey: 'reports/fraud/quality/s1/0123456789abcdef.html',
    };
    const { out } = await perennial(['snapshots', 'fraud'], { snapshots: { list: heard([snapshot]) } });
    assert.match(out, /^s1 +2026-01-11 02:00 +4000 +quarantined +amount: nulls +-$/m);
  });

  it('names one, and takes the name away', async () => {
    const [tag, untag] = [heard({ before: 's0' }), heard(undefined)];
    const run = (...more: string[]) => perennial(['snapshots', 'tag', 'fraud', 's1', 'spring', ...more], { snapshots: { tag, untag } }); // prettier-ignore
    assert.equal((await run()).out, '"spring" names snapshot s1 of fraud, no longer s0.\n');
    assert.equal((await run('--remove')).out, '"spring" no longer names snapshot s1 of fraud.\n');
    assert.deepEqual([tag.asked, untag.asked], [[[{ pipeline: 'fraud', snapshot: 's1', tag: 'spring' }]], [[{ pipeline: 'fraud', snapshot: 's1', tag: 'spring' }]]]); // prettier-ignore
  });
});

describe('perennial report --mail', () => {
  const folder = folderPerTest();

  it('writes the report for a mail, and compares nothing', async () => {
    const mail = heard({ verdict: 'd1', html: '<h1>fraud: no drift</h1>' });
    const file = join(folder(), 'mail.html');
    const { out } = await perennial(['report', 'fraud', '--mail', '--out', file], { reports: { mail } });
    assert.equal(out, `Wrote the report of verdict d1 for a mail to ${file}.\n`);
    assert.equal(readFileSync(file, 'utf8'), '<h1>fraud: no drift</h1>');
    assert.deepEqual(mail.asked, [['fraud', undefined]]);
    const { code } = await perennial(['report', 'fraud', '--mail', '--from', 'v3', '--against', 'v2'], {});
    assert.equal(code, 2);
  });

  it('says of a comparison which columns are far apart, and that the share of them alone makes its level', async () => {
    const run = async (drifted: string[], level: string): Promise<string> => {
      const compare = heard({
        id: 'c1',
        html: '',
        from: '2026-03-01',
        against: 'v3',
        abstained: null,
        level,
        drifted,
      } as never);
      return (await perennial(['report', 'fraud', '--from', '2026-03-01', '--against', 'v3', '--out', join(folder(), 'x.html')], { reports: { compare } })).out; // prettier-ignore
    };
    assert.match(await run(['weight'], 'stable'), /^2026-03-01 against v3: weight lies past its thresholds, which by the share of columns is stable; no alarm judges this\. Wrote /); // prettier-ignore
    assert.match(await run(['weight', 'city'], 'severe'), /v3: weight, city lie past their thresholds, .* is severe;/);
    assert.match(await run([], 'stable'), /v3: no column lies past its thresholds, .* is stable;/);
  });

  it('makes the folder that --out names, and says which file it cannot write', async () => {
    const mail = heard({ verdict: 'd1', html: '' });
    const write = (...path: string[]) => perennial(['report', 'fraud', '--mail', '--out', join(folder(), ...path)], { reports: { mail } }); // prettier-ignore
    assert.equal((await write('new', 'mail.html')).code, 0);
    const { code, err } = await write('new', 'mail.html', 'x.html');
    assert.equal(code, 1);
    assert.match(err, /mail\.html\/x\.html cannot be written: .* Choose another --out\.\n$/);
    assert.doesNotMatch(err, /unexpectedly|\n {4}at /);
  });

  it('--list lists the newest verdicts with their ids', async () => {
    const { verdict } = aDriftReport({});
    const checks = heard([{ ...verdict, id: 'd1', asOf: '2026-01-11T03:00:00.000Z', version: 3 }]);
    const { out } = await perennial(['report', 'fraud', '--list'], { reports: { checks } });
    assert.match(out, /^verdict +as of +level +of +rows +columns\nd1 +2026-01-11 03:00 +severe +v3 +[\d]+ +amount/);
    const alarm = { rate: '1 a year', raised: [], finds: [{ column: 'amount', of: 'number', least: null } as const] };
    const unknown = heard([{ ...verdict, alarm }]);
    const told = await perennial(['report', 'fraud', '--list'], { reports: { checks: unknown } });
    assert.match(told.out, / amount \(not known\)\n/);
    const none = await perennial(['report', 'fraud', '--list'], { reports: { checks: async () => [] } });
    assert.match(none.out, /no drift check yet\. Run one: perennial run fraud monitoring/);
    assert.equal((await perennial(['report', 'fraud', '--list', '--verdict', 'd1'], {})).code, 2);
  });
});

describe('perennial batches', () => {
  const batch = {
    id: 'b1',
    pipeline: 'demand',
    revision: 'r1',
    asOf: '2026-01-11T06:00:00.000Z',
    version: 3,
    snapshot: 's1',
    window: { from: '2026-01-10T05:00:00.000Z', to: '2026-01-11T05:00:00.000Z' },
    status: 'published' as const,
    rows: 960,
    createdAt: '2026-01-11T06:00:01.000Z',
    publishedAt: '2026-01-11T06:00:09.000Z',
  };

  it('lists batches by moment, version and window', async () => {
    const { out } = await perennial(['batches', 'demand'], { batches: { list: heard([batch]) } });
    assert.match(out, /^b1 +2026-01-11 06:00 +v3 +published +960 +2026-01-10 05:00 to 2026-01-11 05:00$/m);
  });

  it('shows the rows of a batch, without a decision where a score estimates a number', async () => {
    const row = { key: 'k1', time: '2026-01-10T07:00:00.000Z', score: 12.5, decision: null };
    const { out } = await perennial(['batches', 'show', 'demand', 'b1'], { batches: { rows: heard([row]) } });
    assert.match(out, /^k1 +2026-01-10 07:00 +12\.5 +-$/m);
  });

  it('says how to make the first batch', async () => {
    const { out } = await perennial(['batches', 'demand'], { batches: { list: heard([]) } });
    assert.match(out, /demand has no batch yet\. Make one: perennial run demand prediction/);
  });
});

describe('perennial doctor', () => {
  const well = { check: 'Postgres', state: 'ok' as const, found: '18.0 answers.', fix: null };
  const ill = { check: 'workers', state: 'failed' as const, found: 'No worker runs.', fix: 'Start one.' };

  it('connects to nothing itself, and exits with 0 when all checks pass', async () => {
    const { code, out, closed } = await perennial(['doctor'], {}, { examine: async () => [well] });
    assert.deepEqual({ code, closed }, { code: 0, closed: 0 });
    assert.equal(out, 'ok       Postgres: 18.0 answers.\nAll 1 checks passed.\n');
  });

  it('exits with 1 when a check failed and says how to fix it, also as JSON', async () => {
    const examine = async () => [well, ill];
    const { code, out, err } = await perennial(['doctor'], {}, { examine });
    assert.deepEqual({ code, err }, { code: 1, err: '' });
    assert.match(out, /^FAILED {3}workers: No worker runs\.\n {9}Start one\.$/m);
    assert.match(out, /1 of 2 checks passed, 0 with a warning, 1 failed\.$/m);
    const json = await perennial(['doctor', '--json'], {}, { examine });
    assert.deepEqual([json.code, JSON.parse(json.out)], [1, [well, ill]]);
  });

  it('shows why when it cannot look at all', async () => {
    const examine = () => Promise.reject(new UserError('CONFIG_INVALID', 'The configuration is invalid.'));
    const { code, err } = await perennial(['doctor'], {}, { examine });
    assert.deepEqual({ code, err }, { code: 1, err: 'The configuration is invalid.\n' });
  });
});

describe('perennial runs replay', () => {
  const goesOn = { workflowId: 'fraud/retraining', workflow: 'retraining', build: '3fa9c1d2b4e5f607', problem: null };
  const stuck = {
    workflowId: 'fraud/training/x',
    workflow: 'training',
    build: null,
    problem: 'another step was taken',
  };

  it('exits with 0 when every current run could continue on this checkout', async () => {
    const { code, out } = await perennial(['runs', 'replay'], {}, { replay: async () => [goesOn] });
    assert.deepEqual([code, out], [0, 'All 1 current runs replay with this checkout.\n']);
    assert.equal((await perennial(['runs', 'replay'])).out, 'There are no current runs.\n');
  });

  it('ends with 1 and names the runs that could not, and why', async () => {
    const { code, out } = await perennial(['runs', 'replay'], {}, { replay: async () => [goesOn, stuck] });
    assert.equal(code, 1);
    assert.match(out, /^fraud\/training\/x +none +another step was taken$/m);
    assert.match(out, /1 of 2 current runs do not replay with this checkout/);
  });
});

describe('perennial installation care', () => {
  const removed = [
    { kind: 'predictions', count: 2, bytes: null, first: ['predictions_20260101', 'predictions_20260102'] },
    { kind: 'parts', count: 30, bytes: 1_540_000, first: ['parts/fraud/rows/ab.parquet'] },
  ] as const;
  const care = (some: readonly object[]) => ({
    start: heard('care/asked'),
    result: async () => ({ asOf: '2026-01-11T03:00:00.000Z', dryRun: false, removed: some as never }),
  });

  it('waits for the end, and says how much was removed', async () => {
    const asked = care(removed);
    const { out, err } = await perennial(['installation', 'care'], { care: asked });
    assert.deepEqual(asked.start.asked, [[{ dryRun: false }]]);
    assert.equal(err, 'Running care/asked\n');
    assert.match(out, /^ +removed +MB +first\npredictions +2 +- +predictions_20260101\nparts +30 +1.5 +parts\/fraud/);
  });

  it('says what would be removed, in a dry run', async () => {
    const asked = care(removed);
    assert.match((await perennial(['installation', 'care', '--dry-run'], { care: asked })).out, /^ +would remove/);
    assert.deepEqual(asked.start.asked, [[{ dryRun: true }]]);
    assert.equal((await perennial(['installation', 'care'], { care: care([]) })).out, 'Nothing to remove.\n');
  });
});

describe('perennial rollouts hold, continue, skip and abort', () => {
  const ordered = (decision: 'wait' | 'hold' | 'next' | 'roll back') =>
    heard({
      rollout: 'r',
      version: 2,
      obeyed: true,
      outcome: null,
      look: { decision, reason: 'errors: 9 of 600', step: 0, at: '2026-01-11T03:00:00.000Z', arms: [], findings: [] },
    });

  it('report what the step did, which may be something else', async () => {
    const held = await perennial(['rollouts', 'hold', 'fraud'], { rollouts: { order: ordered('hold') } });
    assert.equal(held.out, 'Holding v2 of fraud. See its numbers with: perennial rollouts show fraud\n');
    const late = await perennial(['rollouts', 'hold', 'fraud'], { rollouts: { order: ordered('roll back') } });
    assert.match(late.out, /^Stored for v2 of fraud, but its step came to "roll back": errors: 9 of 600\. See/);
  });
});
