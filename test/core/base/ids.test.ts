import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson, contentId } from '../../../core/base/ids.ts';

describe('canonicalJson', () => {
  const shuffledKeys = (value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, inner]) => [key, shuffledKeys(inner)]),
        )
      : Array.isArray(value)
        ? value.map(shuffledKeys)
        : value;

  it('is the same text for values that differ only in the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(canonicalJson(shuffledKeys(value)), canonicalJson(value));
      }),
    );
  });

  it('loses nothing that JSON holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('leaves undefined out and keeps the order of lists', () => {
    assert.equal(canonicalJson({ b: [2, 1], a: undefined }), '{"b":[2,1]}');
  });
});

describe('ids', () => {
  it('made from content are short, and differ when the content does', () => {
    assert.match(contentId({ a: 1 }), /^[0-9a-f]{16}$/);
    assert.equal(contentId({ a: 1, b: 2 }), contentId({ b: 2, a: 1 }));
    assert.notEqual(contentId({ a: 1 }), contentId({ a: '1' }));
  });
});
