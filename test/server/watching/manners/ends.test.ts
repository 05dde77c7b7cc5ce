import { createOutbox } from '../../../../adapters/postgres/alerts/outbox.ts';
import { type Target } from '../../../../core/channels/index.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { minute, MORNING, NIGHT, pager, quiet, Scene, team } from './scene.ts';
import assert from 'node:assert/strict';

describe('the end of an alert', () => {
  const database = perennialDatabase();

  it('is told as urgently as the alert was, to everybody who heard of it, though it had lessened', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team, pagerduty: pager, quiet });
    await scene.raise(NIGHT);
    assert.equal((await scene.sentAt(NIGHT)).length, 2);
    await scene.raise(NIGHT + 60, 'warning');
    await scene.resolve(NIGHT + 70);
    assert.deepEqual(await scene.sentAt(NIGHT + 70), ['PAGER resolved drift', 'team@example.com resolved drift']);
  });

  it('closes an incident at once, though people hear of it after quiet hours', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team, pagerduty: pager, quiet });
    await scene.raise(0, 'warning');
    assert.equal((await scene.sentAt(0)).length, 2);
    await scene.resolve(NIGHT);
    assert.deepEqual(await scene.sentAt(NIGHT), ['PAGER resolved drift']);
    assert.deepEqual(await scene.sentAt(MORNING), ['team@example.com resolved drift']);
  });

  it('is not told in the morning of what was told again at night', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team, pagerduty: pager, quiet });
    await scene.raise(0, 'warning');
    await scene.sentAt(0);
    await scene.resolve(NIGHT);
    await scene.sentAt(NIGHT);
    await scene.raise(NIGHT + 10);
    assert.deepEqual(await scene.sentAt(NIGHT + 10), ['PAGER opened drift', 'team@example.com opened drift']);
    assert.deepEqual(await scene.sentAt(MORNING), []);
  });

  it('reaches who heard of it by a message of its own, though warnings come in a digest alone', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team, pagerduty: pager, digest: { every: 'week', alone: true } });
    await scene.raise(0);
    await scene.raise(0, 'warning', 'skew');
    assert.deepEqual(await scene.sentAt(0), ['PAGER opened drift', 'team@example.com opened drift']);
    await scene.raise(60, 'warning');
    await scene.resolve(70);
    await scene.resolve(70, 'skew');
    assert.deepEqual(await scene.sentAt(70), ['PAGER resolved drift', 'team@example.com resolved drift']);
  });
  it('comes before the same alert that is critical now, when one server chooses the recipients of both', async () => {
    const scene = new Scene(database());
    await scene.declare({ pagerduty: pager });
    await scene.raise(0, 'warning');
    await scene.sentAt(0);
    await scene.resolve(1);
    await scene.raise(600);
    await scene.server(600).round();
    assert.deepEqual(scene.sent, ['PAGER resolved drift', 'PAGER opened drift']);
  });

  it('waits while another server chooses who hears of its beginning', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team });
    await scene.raise(0);
    const outbox = createOutbox(database());
    const targets: Target[] = [{ channel: 'email', target: team[0]! }];
    await outbox.address(async () => {
      await scene.resolve(1);
      assert.equal(await outbox.address(async ({ heard }) => ({ targets: heard }), minute(1)), 0);
      return { targets };
    }, minute(0));
    assert.deepEqual(await scene.sentAt(1), ['team@example.com opened drift', 'team@example.com resolved drift']);
  });
});
