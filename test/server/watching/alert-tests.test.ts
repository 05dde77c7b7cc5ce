import { createClock } from '../../../adapters/machine/clock.ts';
import { createOutbox } from '../../../adapters/postgres/alerts/outbox.ts';
import { createReaches } from '../../../adapters/postgres/alerts/reach.ts';
import { createReminders } from '../../../adapters/postgres/alerts/reminders.ts';
import { createTestMessages } from '../../../adapters/postgres/alerts/test-messages.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { createAlertTests } from '../../../operations/alert-tests.ts';
import { createDeliveries } from '../../../server/watching/deliveries.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { asAda } from '../../support/asked.ts';
import { channelsOn } from '../../support/outside/channels.ts';
import { type Hook, type Mailbox, openHook, openMailbox } from '../../support/outside/mailbox.ts';
import { perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { until } from '../fakes.ts';
import assert from 'node:assert/strict';
import { pino } from 'pino';

describe('a test of the channels of a pipeline', () => {
  const database = perennialDatabase();
  let mailbox: Mailbox;
  let hook: Hook;
  beforeEach(async () => void ([mailbox, hook] = await Promise.all([openMailbox(), openHook()])));
  afterEach(() => Promise.all([mailbox.close(), hook.close()]));

  const pipelines = () => createPipelines(database());
  const declare = (notifications: object) =>
    pipelines().apply(aPipeline({ name: 'fraud', notifications: { email: [], cooldown: '6 hours', ...notifications } } as never), 'ada'); // prettier-ignore
  const operations = (patienceMs?: number) => {
    const [reaches, testMessages] = [createReaches(database()), createTestMessages(database())];
    return asAda(createAlertTests({ pipelines: pipelines(), reaches, testMessages }, patienceMs));
  };
  /** A server that delivers all the while. */
  const delivering = async <T>(work: Promise<T>): Promise<T> => {
    const deliveries = createDeliveries({
      outbox: createOutbox(database()),
      reminders: createReminders(database()),
      clock: createClock(),
      channels: channelsOn({ FRAUD_SLACK: hook.url }, { smtpUrl: mailbox.url }),
      pipelines: pipelines(),
      always: [],
      log: pino({ level: 'silent' }),
      everyMs: 20,
    });
    deliveries.start();
    try {
      return await work;
    } finally {
      await deliveries.stop();
    }
  };

  const send = () =>
    createTestMessages(database()).send('fraud', [{ channel: 'email', target: 'ada@example.com' }], {
      subject: 'a test',
      text: '',
    });
  /** What a server would send now, or as soon as a pause is over. */
  const due = async () => {
    await database().query(`update alert_deliveries set due_at = now() - interval '1 second'`);
    return createOutbox(database()).take(10);
  };

  it('reaches everybody who is declared, at once in quiet hours too, and says what failed, which is not tried again', async () => {
    await declare({
      email: ['ada@example.com'],
      slack: { env: 'FRAUD_SLACK' },
      teams: { env: 'NO_SUCH_TEAMS' },
      quiet: { from: '00:00', to: '23:59', zone: 'UTC' },
      escalate: [{ after: '1 hour', email: ['lead@example.com'] }],
    });
    const tested = await delivering(operations().test('fraud'));
    assert.deepEqual(
      tested.map(({ target, arrived }) => [target, arrived]),
      [
        ['ada@example.com', true],
        ['lead@example.com', true],
        ['FRAUD_SLACK', true],
        ['NO_SUCH_TEAMS', false],
      ],
    );
    assert.match(tested[3]!.error!, /^The variable NO_SUCH_TEAMS is not set where the server runs/);
    assert.match(mailbox.mails[0]!.header('Subject')!, /^\[perennial test\] a test message of fraud$/);
    assert.match(hook.posts[0]!.text, /there is nothing to do/);
    assert.deepEqual(await createReaches(database()).failing(), []);
    assert.deepEqual(await due(), []);
    assert.equal((await createOutbox(database()).counts()).givenUp, 0, 'which is for messages that people lack');
  });

  it('stays ended when an attempt fails after its end', async () => {
    const [outbox, messages] = [createOutbox(database()), createTestMessages(database())];
    const id = await send();
    const [attempt] = await outbox.take(1);
    await messages.end(id);
    await outbox.failed(attempt!.id, 'away', 0);
    assert.deepEqual(await due(), []);
  });

  it('is tried once, and not at all after two minutes, also when nobody ends it any more', async () => {
    const messages = createTestMessages(database());
    await mailbox.close();
    const id = await send();
    await delivering(until(async () => (await messages.results(id))[0]!.error !== null, 'it fails'));
    assert.deepEqual(await due(), []);
    mailbox = await openMailbox();
    const late = await send();
    await database().query(`update alert_deliveries set created_at = now() - interval '3 minutes' where telling = $1`, [late]); // prettier-ignore
    await delivering(until(async () => (await messages.results(late))[0]!.error !== null, 'it is given up'));
    assert.deepEqual([mailbox.mails, await due()], [[], []]);
  });

  it('ends when no server takes the message, and refuses a pipeline whose alerts nobody gets', async () => {
    await declare({ email: ['ada@example.com'] });
    const [only] = await operations(0).test('fraud');
    assert.deepEqual([only!.arrived, only!.error], [false, null]);
    assert.deepEqual(await due(), []);
    await declare({});
    await assert.rejects(operations().test('fraud'), {
      code: 'REQUEST_INVALID',
      message: /no recipients are declared/,
    });
  });
});
