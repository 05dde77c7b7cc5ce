import { createOutbox } from '../../../../adapters/postgres/alerts/outbox.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { AskedToWait } from '../../../../core/channels/channel.ts';
import { until } from '../../fakes.ts';
import { minute, pager, Scene, team } from './scene.ts';
import assert from 'node:assert/strict';

describe('a channel that hangs', () => {
  const database = perennialDatabase();

  it('delays no message of another channel, not even of alerts that are raised meanwhile', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team, pagerduty: pager });
    let [tried, answer] = [0, (): void => undefined];
    const answers = new Promise<void>((resolve) => (answer = resolve));
    const email = {
      send() {
        tried += 1;
        return answers;
      },
    };
    const server = scene.server(0, { email }, 5);
    server.start();
    await scene.raise(0, 'warning', 'skew');
    await until(() => tried > 0 && scene.sent.length > 0, 'a mail hangs');
    await scene.raise(0);
    await until(() => scene.sent.includes('PAGER opened drift'), 'the page is sent');
    answer();
    await server.stop();
  });

  it('sends what is new before what it tries again, and what is critical first', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team });
    const outbox = createOutbox(database());
    const target = { channel: 'email', target: team[0]! } as const;
    const address = () => outbox.address(async () => ({ targets: [target] }), new Date().toISOString());
    await scene.raise(0, 'critical', 'skew');
    await address();
    for (const { id } of await outbox.take(1)) await outbox.failed(id, 'away', 0);
    await scene.raise(0, 'warning', 'quarantine');
    await scene.raise(0, 'critical', 'drift');
    await address();
    const taken = [];
    for (let i = 0; i < 3; i++) taken.push(...(await outbox.take(1, 'email')).map(({ facts }) => facts!.kind));
    assert.deepEqual(taken, ['drift', 'quarantine', 'skew']);
    assert.deepEqual(await outbox.take(1, 'slack'), []);
  });
});

describe('a receiver that asks for a pause', () => {
  const database = perennialDatabase();

  it('gets it, also when it takes a message meanwhile that it was sent before', async () => {
    const scene = new Scene(database());
    await scene.declare({ slack: pager });
    for (let i = 0; i < 12; i++) {
      const said = { pipeline: 'fraud', kind: 'skew', severity: 'warning', summary: 'skew', detail: '' } as const;
      await scene.alerts.raise({ fingerprint: `skew/${i}`, occasion: `${i}`, ...said, at: minute(0) }, '6 hours');
    }
    let [tried, refused] = [0, 0];
    const slack = {
      async send() {
        if (++tried === 1) return until(() => refused === 9, 'the others are refused');
        refused += 1;
        throw new AskedToWait('too many', 30_000);
      },
    };
    assert.equal(await scene.server(0, { slack }).round(), 1);
    assert.equal(tried, 10);
  });
});
