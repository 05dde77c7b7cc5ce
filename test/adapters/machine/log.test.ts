import { createLog } from '../../../adapters/machine/log.ts';
import { hide } from '../../../core/base/errors/shown.ts';
import assert from 'node:assert/strict';

const CARD = '4111111111111111';

describe('the log of a process', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', name: 'test' }, { write: (line) => lines.push(line) });
  beforeEach(() => void (lines.length = 0));

  it('logs an error’s message and place, without the fields that a driver attaches', () => {
    const error = Object.assign(new Error(`duplicate key ${CARD}`), {
      code: '23505',
      severity: 'ERROR',
      table: 'predictions',
      detail: `Key (id)=(${CARD}) already exists.`,
    });
    for (const name of ['err', 'error']) log.error({ [name]: error }, 'a request failed');
    assert.equal(lines.length, 2);
    for (const line of lines) {
      assert.match(line, /a row already exists \(SQLSTATE 23505, table predictions\)/);
      assert.match(line, /log\.test\.ts/);
      assert.ok(!line.includes(CARD), line);
    }
  });

  it('shows no secret that was read, in any field of a line', () => {
    hide('canary-"of"-the-log');
    log.info({ target: 'canary-"of"-the-log' }, 'sent to canary-"of"-the-log');
    assert.match(lines[0]!, /"target":"\*\*\*","msg":"sent to \*\*\*"/);
  });
});
