import { type Target } from '../../../../core/channels/index.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { pager, Scene } from './scene.ts';
import assert from 'node:assert/strict';

/** 08:00 UTC of the next day. */
const DUE = 12 * 60;

describe('the digest of a pipeline', () => {
  const database = perennialDatabase();
  const ops: Target = { channel: 'email', target: 'ops@example.com' };

  for (const [what, declared] of [
    ['nobody', {}],
    ['nobody who reads it', { pagerduty: pager }],
  ] as const)
    it(`goes to the recipients of the installation when the pipeline names ${what}`, async () => {
      const scene = new Scene(database(), [ops]);
      await scene.declare({ ...declared, digest: { every: 'day', alone: true } });
      await scene.sentAt(0);
      await scene.raise(60, 'warning');
      assert.deepEqual(await scene.sentAt(60), []);
      assert.deepEqual(await scene.sentAt(DUE), [
        'ops@example.com digest [perennial digest] fraud: 1 open, 0 resolved',
      ]);
    });

  it('of news only says so, and warns of nothing', async () => {
    const scene = new Scene(database(), [ops]);
    await scene.declare({ digest: { every: 'day', alone: true } });
    await scene.sentAt(0);
    await scene.raise(60, 'info', 'promoted');
    await scene.sentAt(60);
    assert.deepEqual(await scene.sentAt(DUE), ['ops@example.com digest [perennial digest] fraud: news only (1)']);
    const { rows } = await database().query(`select severity from alert_tellings where telling = 'digest'`);
    assert.deepEqual(rows, [{ severity: 'info' }]);
  });

  it('counts what is open and critical, and each cause once', async () => {
    const scene = new Scene(database(), [ops]);
    await scene.declare({ digest: { every: 'day', alone: true } });
    await scene.sentAt(0);
    await scene.raise(60);
    await scene.raise(60, 'warning', 'source-unreachable');
    for (const kind of ['data-failed', 'prediction-failed'] as const) await scene.raise(61, 'warning', kind);
    await scene.raise(62, 'warning', 'quarantine');
    await scene.resolve(63, 'quarantine');
    await scene.sentAt(63);
    const digest = 'ops@example.com digest [perennial digest] fraud: 2 open (1 critical), 1 resolved';
    assert.deepEqual(await scene.sentAt(DUE), [digest]);
  });
});
