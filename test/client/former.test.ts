import { perennial } from '../support/fake-operations.ts';
import assert from 'node:assert/strict';

const approval = { pipeline: 'fraud', version: 3 };
const alert = { kind: 'drift', pipeline: 'fraud', fingerprint: 'drift/fraud', summary: 'fraud: severe drift' };

/** Operations that tell what they were asked. */
function scene() {
  const asked: unknown[] = [];
  const did =
    <T>(what: string, answer: T) =>
    async (...given: unknown[]) => (asked.push([what, ...given]), answer as never);
  const operations = {
    models: { promote: did('promote', {}) },
    retraining: { ask: did('ask', {}) },
    schedules: { backfill: did('backfill', { from: '', to: '' }) },
    runs: { cancel: did('cancel', { status: 'completed' }) },
    care: { start: did('care', ''), result: async () => ({ removed: [] }) as never },
    alerts: { list: did('alerts', []), resolve: did('resolve', alert), silence: did('silence', alert) },
    rollouts: { list: did('rollouts', []) },
    approvals: { decide: did('decide', { approval, outcome: null }) },
    batches: { list: did('batches', []), rows: did('rows', []) },
  };
  return { asked, type: (line: string) => perennial(line.split(' '), operations) };
}

describe('what the last release accepted', () => {
  for (const [line, is, asked] of [
    [
      'promote fraud 3',
      'models promote',
      ['promote', { pipeline: 'fraud', version: 3, again: false, reason: 'promoted by hand' }],
    ],
    ['--home there signal fraud', 'models retrain', ['ask', { pipeline: 'fraud', reason: 'asked by hand' }]],
    [
      'backfill fraud data --from 2026-01-01',
      'schedules backfill',
      ['backfill', { pipeline: 'fraud', loop: 'data', from: '2026-01-01T00:00:00.000Z' }],
    ],
    ['cancel w', 'runs cancel', ['cancel', 'w']],
    ['care --dry-run', 'installation care', ['care', { dryRun: true }]],
    ['alerts --resolve 3fa9c1d2', 'alerts resolve', ['resolve', '3fa9c1d2', undefined]],
    ['alerts --resolve=3fa9c1d2', 'alerts resolve', ['resolve', '3fa9c1d2', undefined]],
    [
      'alerts --until 2026-01-12 --silence 3fa9c1d2',
      'alerts silence',
      ['silence', '3fa9c1d2', '2026-01-12T00:00:00.000Z', undefined],
    ],
    ['approve', 'rollouts list', ['rollouts', undefined, 20]],
    ['approve --json', 'rollouts list', ['rollouts', undefined, 20]],
    [
      'approve fraud --reject --reason late',
      'rollouts reject',
      ['decide', { pipeline: 'fraud', approve: false, reason: 'late' }],
    ],
    ['batches demand b1 --limit 5', 'batches show', ['rows', 'demand', 'b1', { limit: 5 }]],
  ] as const)
    // prettier-ignore
    it(`${line} still works, and says that it is ${is}`, async () => {
      const { asked: all, type } = scene();
      const { code, err } = await type(line);
      assert.equal(code, 0, err);
      assert.deepEqual(all, [asked]);
      assert.match(err, new RegExp(`^Write "perennial ${is}" instead of "perennial .+"\\. The next release`));
    });

  it('replay still works too', async () => {
    assert.match((await scene().type('replay')).err, /^Write "perennial runs replay"/);
  });

  it('is found by help', async () => {
    assert.match((await scene().type('help promote')).out, /^Usage: perennial models promote/);
    assert.match((await scene().type('promote --help')).out, /^Usage: perennial models promote/);
    assert.match((await scene().type('help approve')).out, /^Usage: perennial approve/);
  });

  it("is not accepted in place of today's commands", async () => {
    for (const line of [
      'alerts fraud --all',
      'approve fraud',
      'batches demand',
      'batches show demand b1',
      'batches list demand',
      'models promote fraud 3',
      'rollouts',
    ]) {
      const { code, err } = await scene().type(line); // prettier-ignore
      assert.deepEqual({ code, err }, { code: 0, err: '' }, line);
    }
  });
});
