import { createReaches } from '../../../adapters/postgres/alerts/reach.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { createChannels } from '../../../adapters/channels/index.ts';
import { recipientsOf } from '../../../operations/recipients.ts';
import { createReaching } from '../../../server/watching/reaching.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import assert from 'node:assert/strict';

describe('what a server says of whom its alerts reach', () => {
  const database = perennialDatabase();
  const say = async (replica: string, environment: Record<string, string>, email: string[] = []): Promise<void> => {
    const settings = { smtpUrl: undefined, mailFrom: 'x@example.com', email, privateHooks: false, publicUrl: null };
    const made = createChannels(settings as unknown as Parameters<typeof createChannels>[0], environment);
    const log = pino(new Writable({ write: (_chunk, _encoding, done) => done() }));
    const [pipelines, reaches] = [createPipelines(database()), createReaches(database())];
    await createReaching({ ...made, pipelines, reaches, replica, log }).look();
  };
  const recipients = async (...names: (string | null)[]) =>
    recipientsOf({ pipelines: createPipelines(database()), reaches: createReaches(database()) }, names);
  const declare = (notifications: object) =>
    createPipelines(database()).apply(
      aPipeline({ name: 'churn', notifications: { email: [], cooldown: '6 hours', ...notifications } } as never),
      'ada',
    );

  it('names each variable that it lacks, by recipient, also of escalation', async () => {
    await declare({
      email: ['ada@example.com'],
      slack: { env: 'CHURN_SLACK' },
      webhook: { url: { env: 'HOOK' }, secret: { env: 'HOOK_SECRET' } },
      escalate: [{ after: '1 hour', email: [], pagerduty: { env: 'CHURN_PD' } }],
    });
    await say('s1', { HOOK: 'https://hooks.example.com/x', CHURN_SLACK: 'no address' });
    const found = (await recipients('churn')).get('churn')!;
    assert.deepEqual(
      found.map(({ channel, lacks }) => [channel, lacks]),
      [
        ['email', 'no mail server is set (PERENNIAL_SMTP_URL) on s1'],
        ['slack', "CHURN_SLACK does not hold a web hook's address on s1"],
        ['webhook', 'HOOK_SECRET is not set on s1'],
        ['pagerduty', 'CHURN_PD is not set on s1'],
      ],
    );
  });

  it('tells that nobody gets alerts once a server has said whom the installation tells', async () => {
    await declare({});
    assert.equal((await recipients('churn')).get('churn'), undefined, 'not known yet');
    await say('s1', {});
    assert.deepEqual((await recipients('churn', null)).get('churn'), []);
    await say('s1', {}, ['ops@example.com']);
    const all = await recipients('churn', null);
    assert.deepEqual([all.get('churn')!.length, all.get(null)!.length, all.get(null)![0]!.declared], [1, 1, false]);
  });
});
