import { took } from '../../client/words.ts';
import assert from 'node:assert/strict';

it('the words for the length of a run never have sixty seconds in a minute', () => {
  const from = '2026-01-03T02:00:00.000Z';
  const after = (seconds: number) => took(from, new Date(Date.parse(from) + seconds * 1000).toISOString());
  assert.deepEqual([0.54, 9.96, 59.4, 59.6, 65, 119.7, 3_599.6, 5_400].map(after), [
    '0.5 s',
    '10 s',
    '59 s',
    '1 min 0 s',
    '1 min 5 s',
    '2 min 0 s',
    '1 h 0 min',
    '1 h 30 min',
  ]);
});
