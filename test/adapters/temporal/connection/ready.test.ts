import { createTemporalClient } from '../../../../adapters/temporal/connection/connection.ts';
import { untilServes } from '../../../../adapters/temporal/connection/ready.ts';
import { createSchedules } from '../../../../adapters/temporal/schedules.ts';
import { readConfig } from '../../../../wiring/settings.ts';
import { type UserError } from '../../../../core/base/errors/errors.ts';
import { deployWorkflows } from '../../../../workers/deploy.ts';
import { aPipeline } from '../../../reports/fixtures.ts';
import { devServer } from '../../../support/temporal/dev-server.ts';
import { reluctantTemporal, type Refusal } from '../../../support/temporal/reluctant-temporal.ts';
import assert from 'node:assert/strict';

const noShard: Refusal = { status: 14, words: 'shard status unknown' };
const noNamespace: Refusal = { status: 5, words: 'Namespace default is not found.' };

describe('a Temporal that has only just started @slow', () => {
  const server = devServer();
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  /** Temporal, with a question that is refused so many times. */
  async function refusing(method: string, times: number, refusal = noShard) {
    const refused = { times: 0, asked: 0 };
    const temporal = await reluctantTemporal(server().settings, (asked) => {
      if (asked !== method) return null;
      refused.asked++;
      return refused.times < times ? (refused.times++, refusal) : null;
    });
    closers.push(temporal.close);
    return { settings: temporal.settings, refused };
  }

  for (const [what, refusal] of [
    ['the shard of its schedules', noShard],
    ['its namespace', noNamespace],
    ['the reading of its database', { status: 13, words: 'sql: database is closed' }],
  ] as const)
    it(`is waited for by apply, also when ${what} is late`, async () => {
      const { settings, refused } = await refusing('DescribeSchedule', 15, refusal);
      const client = await createTemporalClient(settings);
      closers.push(() => client.connection.close());
      const schedules = createSchedules(client, settings, { paused: false });
      const name = `late-${refusal.status}`;
      await schedules.put(aPipeline({ name }), { name, revision: 'r1' });
      assert.equal(refused.times, 15);
      assert.equal((await schedules.list(name)).length, 4);
    });

  it('is checked once, however many pipelines are applied', async () => {
    const { settings, refused } = await refusing('CountWorkflowExecutions', 1);
    const client = await createTemporalClient(settings);
    closers.push(() => client.connection.close());
    const schedules = createSchedules(client, settings, { paused: false });
    for (const name of ['once-a', 'once-b', 'once-c'])
      await schedules.put(aPipeline({ name }), { name, revision: 'r1' });
    assert.equal(refused.asked, 2, 'refused once, and then answered');
  });

  it('is waited for when workflows are deployed', async () => {
    const { settings, refused } = await refusing('DescribeWorkerDeployment', 2, { status: 13, words: 'not yet' });
    await deployWorkflows({ ...readConfig(environment), temporal: settings });
    assert.equal(refused.times, 2);
  });

  it('is given up with the reason, already reported, when it never gets ready', async () => {
    const { settings } = await refusing('DescribeSchedule', Infinity);
    const told: string[] = [];
    await assert.rejects(
      untilServes(settings, { forMs: 3_500, tell: (words) => told.push(words) }),
      (error: UserError) => {
        assert.equal(error.code, 'TEMPORAL_UNREACHABLE');
        assert.match(
          error.message,
          /is not ready after ([4-9]|\d\d+) s; the last answer concerns its schedules: shard status/,
        );
        return true;
      },
    );
    assert.deepEqual(told, [
      `Waiting for Temporal at ${settings.address} (namespace default): its schedules: shard status unknown`,
    ]);
  });

  it('is not asked twice when it refuses the key', async () => {
    const { settings, refused } = await refusing('DescribeNamespace', Infinity, { status: 16, words: 'wrong key' });
    await assert.rejects(untilServes(settings), /is not ready; the last answer concerns its namespace: wrong key/);
    assert.equal(refused.times, 1);
  });

  it('is reported as not listening when it is not', async () => {
    const nowhere = { ...server().settings, address: '127.0.0.1:1' };
    await assert.rejects(untilServes(nowhere, { forMs: 0 }), /127\.0\.0\.1:1 .*ECONNREFUSED/);
  });
});

const environment = { DATABASE_URL: 'postgres://127.0.0.1:1/perennial', OBJECT_STORE_URL: 'file:///nowhere', PERENNIAL_DATA: '/nowhere' }; // prettier-ignore
