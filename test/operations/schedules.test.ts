import { type AuditEntry } from '../../core/runs/audit.ts';
import { scheduledLoops, type ScheduledLoop } from '../../core/runs/schedules.ts';
import { nextMoment } from '../../core/time/cron.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { instant } from '../../core/time/time.ts';
import { createScheduleOperations } from '../../operations/schedules.ts';
import { asAda } from '../support/asked.ts';
import assert from 'node:assert/strict';

const crons: Partial<Record<ScheduledLoop, string>> = { data: '0 2 * * *', monitoring: '*/5 * * * *' };
const byItself = { zone: 'UTC', pausedBy: null, note: null, next: null, last: null, running: [] };

describe('the schedule of loops', () => {
  let done: unknown[];
  let audited: AuditEntry[];
  let away: ScheduledLoop | null;
  beforeEach(() => void ([done, audited, away] = [[], [], null]));

  const did =
    (what: string) =>
    async (...words: unknown[]) => {
      if (words.includes(away)) throw new Error('Temporal is away');
      done.push([what, ...words]);
    };
  const operations = asAda(
    createScheduleOperations({
      pipelines: {
        async applied(name) {
          if (name === 'fraud') return { name, revision: 'r1' };
          throw new UserError('PIPELINE_UNKNOWN', `There is no pipeline "${name}".`);
        },
      },
      schedules: {
        list: async () =>
          scheduledLoops.filter((loop) => crons[loop]).map((loop) => ({ ...byItself, loop, cron: crons[loop]! })),
        async countMoments(_pipeline, loop, from, to) {
          const when = { cron: crons[loop]!, zone: 'UTC' };
          let count = 0;
          for (let at = nextMoment(when, instant(Date.parse(from) - 1)); at && at <= to; at = nextMoment(when, at))
            count++;
          return count;
        },
        pause: did('pause'),
        resume: did('resume'),
        backfill: did('backfill'),
      },
      sharedClock: {
        read: async () => ({ now: () => new Date('2026-01-11T03:00:00.000Z'), millisecondsUntil: () => 0 }),
      },
    }),
    { record: async (entry) => void audited.push(entry) },
  );
  const backfill = (loop: string, from: string, to?: string) =>
    operations.backfill({ pipeline: 'fraud', loop, from, ...(to && { to }) });

  it('can be paused for all loops that have one, with who and why', async () => {
    assert.deepEqual(await operations.pause({ pipeline: 'fraud', reason: 'mending' }), ['data', 'monitoring']);
    assert.deepEqual(done, [
      ['pause', 'fraud', 'data', 'Paused by ada: mending'],
      ['pause', 'fraud', 'monitoring', 'Paused by ada: mending'],
    ]);
    assert.deepEqual(
      audited.map(({ action, details }) => [action, details]),
      [['pause', { loops: ['data', 'monitoring'], reason: 'mending' }]],
    );
  });

  it('that were paused before a later one failed are recorded', async () => {
    away = 'monitoring';
    await assert.rejects(operations.pause({ pipeline: 'fraud', reason: 'mending' }), /Temporal is away/);
    assert.deepEqual(
      audited.map(({ action, details }) => [action, details]),
      [['pause', { loops: ['data'], reason: 'mending' }]],
    );
  });

  it('can be paused and resumed for one loop by its name', async () => {
    await operations.pause({ pipeline: 'fraud', loop: 'data', reason: 'mending' });
    await operations.resume({ pipeline: 'fraud', loop: 'data', reason: 'mended' });
    assert.deepEqual(done, [
      ['pause', 'fraud', 'data', 'Paused by ada: mending'],
      ['resume', 'fraud', 'data', 'Resumed by ada: mended'],
    ]);
  });

  for (const [what, loop, says] of [
    ['a loop that there is not', 'dta', /no loop "dta" to schedule. These loops are scheduled: data, monitoring/],
    [
      'a loop that is off',
      'lifecycle',
      /lifecycle loop of fraud has no schedule.*'off'. These loops are scheduled: data/,
    ],
  ] as const)
    it(`cannot be changed for ${what}`, async () => {
      const held = { pipeline: 'fraud', loop, reason: '' };
      for (const asking of [
        () => operations.pause(held),
        () => operations.resume(held),
        () => backfill(loop, '2026-01-01'),
      ])
        await assert.rejects(asking, { code: 'REQUEST_INVALID', message: says });
      assert.deepEqual([done, audited], [[], []]);
    });

  it('cannot be paused where all loops are off, which is an error', async () => {
    const kept = { ...crons };
    try {
      delete crons.data;
      delete crons.monitoring;
      await assert.rejects(operations.pause({ pipeline: 'fraud', reason: '' }), {
        code: 'REQUEST_INVALID',
        message: /No loop of fraud has a schedule/,
      });
      assert.deepEqual(audited, []);
    } finally {
      Object.assign(crons, kept);
    }
  });

  it('cannot be changed for a pipeline that was never applied', async () => {
    await assert.rejects(operations.list('fruad'), { code: 'PIPELINE_UNKNOWN' });
  });

  it('can be backfilled over a past range, up to now by default', async () => {
    const range = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-07T00:00:00.000Z' };
    assert.deepEqual(await backfill('data', range.from, range.to), { loop: 'data', ...range, runs: 6 });
    assert.deepEqual(done, [['backfill', 'fraud', 'data', range.from, range.to]]);
    assert.equal((await backfill('data', range.from)).to, '2026-01-11T03:00:00.000Z');
    assert.equal(audited.length, 2);
  });

  for (const [what, from, to, says] of [
    [
      'that lies ahead',
      '2026-01-10T00:00:00.000Z',
      '2026-01-12T00:00:00.000Z',
      /is in the future \(it is 2026-01-11T03:00/,
    ],
    ['that ends before it begins', '2026-01-10T00:00:00.000Z', '2026-01-09T00:00:00.000Z', /is after the end/],
    [
      'in which the schedule names no moment',
      '2026-01-10T03:00:00.000Z',
      '2026-01-10T04:00:00.000Z',
      /not scheduled at any time/,
    ],
  ] as const)
    it(`cannot be backfilled over a range ${what}`, async () => {
      await assert.rejects(backfill('data', from, to), { code: 'REQUEST_INVALID', message: says });
      assert.deepEqual(done, []);
    });

  it('cannot be backfilled by more than 1,000 runs at once', async () => {
    const day = (days: number) => new Date(Date.UTC(2026, 0, 1 + days)).toISOString();
    const last = new Date(Date.parse(day(0)) + 999 * 300_000).toISOString();
    assert.equal((await backfill('monitoring', day(0), last)).runs, 1_000);
    await assert.rejects(backfill('monitoring', day(0), day(4)), {
      message: /more than 1000 runs. Take a shorter range/,
    });
  });
});
