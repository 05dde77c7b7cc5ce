import { unreadOf } from '../../../core/columns/unread.ts';
import assert from 'node:assert/strict';

describe('what a version reads and rows of another declaration lack', () => {
  const learnt = { amount: { kind: 'number' }, device: { kind: 'category' }, online: { kind: 'boolean' } } as const;
  const declared = { amount: { kind: 'category' }, online: { kind: 'boolean' }, more: { kind: 'number' } } as const;

  it('are columns that left, and those of another type', () => {
    assert.deepEqual(unreadOf(Object.keys(learnt), learnt, declared), ['amount as number', 'device']);
    assert.deepEqual(unreadOf(['online'], learnt, declared), []);
  });

  it('is told by name alone where nobody knows what it learnt, and names are no properties of objects', () => {
    assert.deepEqual(unreadOf(['amount', 'device', 'constructor'], null, declared), ['device', 'constructor']);
  });
});
