import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { sha256 } from '../../../core/base/sha256.ts';

const byNode = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

describe('sha256', () => {
  it("equals Node's for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => assert.equal(sha256(text), byNode(text))),
    );
  });

  it("equals Node's at every length around a block boundary", () => {
    for (let length = 0; length <= 200; length++) assert.equal(sha256('a'.repeat(length)), byNode('a'.repeat(length)));
  });

  it('handles a lone half of a surrogate pair as Node does', () => {
    assert.equal(sha256('\ud83d!'), byNode('\ud83d!'));
  });
});
