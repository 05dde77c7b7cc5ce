import { withFailures } from '../../../activities/steps/failures.ts';
import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { openDuck } from '../../../adapters/duckdb/database.ts';
import { folderPerTest } from '../../support/folders.ts';
import { runSql, testDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';
import {
  ApplicationFailure,
  CancelledFailure,
  defaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import assert from 'node:assert/strict';

let steps = 0;
const CARD = '4111 1111 1111 1111';

describe('what a history keeps of an error', () => {
  const folder = folderPerTest();
  let database: TestDatabase;
  before(async () => void (database = await testDatabase()));
  after(() => database.drop());

  const failureOf = async (work: () => Promise<unknown>): Promise<ApplicationFailure> => {
    const { work: activity } = withFailures({ work });
    const environment = new MockActivityEnvironment(
      { activityId: `step-${++steps}` },
      { logger: new DefaultLogger('ERROR') },
    );
    return (await environment.run(activity).catch((error: unknown) => error)) as ApplicationFailure;
  };
  const sent = (failure: ApplicationFailure): string =>
    JSON.stringify(defaultFailureConverter.errorToFailure(failure, defaultPayloadConverter));
  const query = (sql: string) => () => runSql(database.url, sql);

  for (const { what, work, says } of [
    {
      what: 'a value that Postgres cannot read',
      work: query(`select '${CARD}'::float8`),
      says: /a text is not a value of its type \(SQLSTATE 22P02\)/,
    },
    {
      what: 'a row that Postgres refuses',
      work: query(
        `create temporary table cards (number text, amount int not null); insert into cards values ('${CARD}', null)`,
      ),
      says: /a value is null where null is not allowed \(SQLSTATE 23502, table cards, column amount\)/,
    },
    {
      what: 'a key that is there twice',
      work: query(
        `create temporary table cards (number text primary key); insert into cards values ('${CARD}'), ('${CARD}')`,
      ),
      says: /a row already exists \(SQLSTATE 23505, table cards, constraint cards_pkey\)/,
    },
    {
      what: 'what a function of the database raises',
      work: query(`do $$ begin raise 'no card ${CARD}'; end $$`),
      says: /the database rejected the request \(SQLSTATE P0001\)/,
    },
    {
      what: 'a value that JSON.parse quotes',
      work: async () => void JSON.parse(`${CARD}!`),
      says: /it is not valid JSON/,
    },
    {
      what: 'a value that DuckDB cannot read',
      work: async () => {
        const duck = await openDuck({ memoryLimit: '100MB', threads: 1, folder: folder() });
        const connection = await duck.connect();
        try {
          await connection.run(`select '${CARD}'::double`);
        } finally {
          connection.closeSync();
          duck.closeSync();
        }
      },
      says: /DuckDB reports: Conversion Error/,
    },
    {
      what: 'the cause beneath an error of ours',
      work: async () => {
        throw new UserError('SOURCE_VALUE_INVALID', 'A value is wrong.', { cause: new Error(`it is ${CARD}`) });
      },
      says: /^A value is wrong\.$/,
    },
  ])
    it(`contains nothing of ${what}`, async () => {
      const failure = await failureOf(work);
      assert.match(failure.message, says);
      assert.ok(!sent(failure).includes(CARD), sent(failure));
    });

  it('still names what is missing, in the words of the declaration', async () => {
    const failure = await failureOf(query('select * from chargebacks'));
    assert.equal(failure.message, 'relation "chargebacks" does not exist (SQLSTATE 42P01)');
    assert.equal(failure.nonRetryable, false);
    assert.match(failure.stack!, /\n {4}at /);
  });

  it('is at most 2,000 letters long', async () => {
    const failure = await failureOf(() => Promise.reject(new Error('x'.repeat(3_000_000))));
    assert.ok(failure.message.length <= 2_000);
    assert.ok(sent(failure).length < 8_000);
    assert.ok(messageOf(failure).length <= 2_000);
  });

  it('is unchanged where the activity or the SDK made it', async () => {
    const made = ApplicationFailure.create({ type: 'LATER', nextRetryDelay: '1 s' });
    const cancelled = new CancelledFailure('cancelled');
    const aborted = new DOMException('stop', 'AbortError');
    for (const error of [made, cancelled, aborted])
      assert.equal(await failureOf(() => Promise.reject(error as Error)), error);
  });
});
