import { sideOf } from '../../../core/drift/sides.ts';
import assert from 'node:assert/strict';

describe('a side of a comparison', () => {
  const wordsOf = (text: string): string => sideOf(text, '--from').words;

  it('is of whole hours, and says which', () => {
    assert.equal(wordsOf('2026-03-01'), '2026-03-01 00:00 to 2026-03-02 00:00 UTC');
    assert.equal(wordsOf('2026-03-01T06:10Z/2026-03-01T06:45Z'), '2026-03-01 06:00 to 2026-03-01 07:00 UTC');
    assert.equal(wordsOf('2026-03-01T00:00+05:30'), '2026-02-28 18:00 to 2026-03-01 18:00 UTC');
  });

  it('does not end before it begins, also within an hour', () => {
    assert.throws(() => sideOf('2026-03-01T06:45Z/2026-03-01T06:10Z', '--from'), /ends before it begins/);
  });
});
