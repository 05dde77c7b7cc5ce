import { mayPass, meansContention, meansUnreachable } from '../../../../core/base/errors/unreachable.ts';
import assert from 'node:assert/strict';

const coded = (code: unknown, message = 'it failed'): Error => Object.assign(new Error(message), { code });

describe('the errors that mean unreachable', () => {
  for (const [what, error] of Object.entries({
    'a refused connection': coded('ECONNREFUSED'),
    'a name that nobody knows': coded('ENOTFOUND'),
    'a resolver that is away': coded('EAI_AGAIN'),
    'a Postgres that an administrator stops': coded('57P01'),
    'a Postgres that starts up': coded('57P03'),
    'a Postgres with no connection to spare': coded('53300'),
    'a Postgres that closed the connection': coded('08006'),
    'a standby after a failover': coded('25006'),
    'a connection that broke off beneath a query': new Error('Connection terminated unexpectedly'),
    'a pool that waited for a connection': new Error('timeout exceeded when trying to connect'),
    'a fetch that nobody answered': new TypeError('fetch failed', { cause: coded('UND_ERR_CONNECT_TIMEOUT') }),
    'a host of which neither address answers': new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]),
    'a Temporal that is unavailable': coded(14),
    'an error of ours about one of these': new Error('Reading payments failed', { cause: coded('ETIMEDOUT') }),
  }))
    it(`include ${what}`, () => assert.ok(meansUnreachable(error)));

  for (const [what, error] of Object.entries({
    'a deadlock': coded('40P01'),
    'a mistake in a statement': coded('42601'),
    'a statement that somebody cancelled': coded('57014'),
    'a row that is there already': coded('23505'),
    'a file that is not there': coded('ENOENT'),
    'a Temporal that knows no such run': coded(5),
    'a plain mistake': new TypeError("Cannot read properties of undefined (reading 'rows')"),
    'a text': 'ECONNREFUSED',
  }))
    it(`exclude ${what}`, () => assert.ok(!meansUnreachable(error)));
});

describe('the errors that mean contention', () => {
  for (const [what, code] of Object.entries({
    'a transaction that cannot be serialised': '40001',
    'a deadlock': '40P01',
    'a lock that is held': '55P03',
    'an object that is in use': '55006',
    'an object that is not ready': '55000',
  }))
    it(`include ${what}`, () => assert.ok(meansContention(coded(code))));

  for (const [what, error] of Object.entries({
    'a statement that somebody cancelled': coded('57014'),
    'a row that is there already': coded('23505'),
    'a Temporal that is unavailable': coded(14),
    'a text': '40P01',
  }))
    it(`exclude ${what}`, () => assert.ok(!meansContention(error)));
});

describe('the errors that may pass', () => {
  it('are those of both kinds, and no others', () => {
    assert.deepEqual(['40P01', '57P03', '42601'].map((code) => mayPass(coded(code))), [true, true, false]); // prettier-ignore
  });
});
