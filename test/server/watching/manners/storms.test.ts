import { createOutbox } from '../../../../adapters/postgres/alerts/outbox.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { minute, Scene, team } from './scene.ts';
import assert from 'node:assert/strict';

describe('a storm of alerts', () => {
  const database = perennialDatabase();

  it('is told in one go, what is critical first', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team });
    await database().query(
      `insert into alerts (id, fingerprint, pipeline, kind, severity, summary, detail, opened_at, last_seen_at, times, told)
       select i, i, 'fraud', 'drift', 'warning', '', '', $1, $1, 1, true from generate_series(1, 120) i`,
      [minute(0)],
    );
    await database().query(
      `insert into alert_tellings (alert, telling, subject, text, severity)
       select id, 'opened', '', '', 'warning' from alerts order by id::int`,
    );
    await scene.raise(0, 'critical');
    const target = { channel: 'email', target: team[0]! } as const;
    await createOutbox(database()).address(async () => ({ targets: [target] }), minute(0));
    const [first] = await createOutbox(database()).take(1);
    assert.equal(first!.severity, 'critical');
    await createOutbox(database()).delivered(first!.id);
    assert.equal(await scene.server(0).round(), 120);
  });

  it('holds up no other message when nobody is told of its alerts', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team });
    await database().query(
      `insert into alerts (id, fingerprint, pipeline, kind, severity, summary, detail, opened_at, last_seen_at, times, told, silenced_until)
       select i, i, 'fraud', 'drift', 'critical', '', '', $1, $1, 1, true, $2 from generate_series(1, 101) i`,
      [minute(0), minute(600)],
    );
    await database().query(
      `insert into alert_tellings (alert, telling, subject, text, severity)
       select id, 'opened', '', '', 'critical' from alerts`,
    );
    await scene.raise(0, 'warning', 'skew');
    assert.deepEqual(await scene.sentAt(0), ['team@example.com opened skew']);
  });
});
