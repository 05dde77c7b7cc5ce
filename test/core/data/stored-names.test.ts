import { declaredName, storedName } from '../../../core/data/stored-names.ts';
import { columnName } from '../../../core/base/schema.ts';
import fc from 'fast-check';
import assert from 'node:assert/strict';

/** Names as tables have them, the short ones close enough to each other to be mistaken. */
const letters = fc.constantFrom('a', 'A', '_', '~', '4', '1', ' ', '"', 'é', 'É', '😀');
const names = fc
  .oneof(
    fc.string({ unit: letters, minLength: 1, maxLength: 2 }),
    fc.string({ unit: letters, minLength: 1 }),
    fc.string({ unit: 'grapheme', minLength: 1 }),
  )
  .filter((name) => columnName.safeParse(name).success);

describe('stored names', () => {
  it('equal a name of small letters, digits and underscores', () => {
    for (const name of ['amount', 'transactions_24h', 'x']) assert.equal(storedName(name), name);
  });

  it('distinguish any two names, whatever their case', () => {
    assert.equal(new Set(['amount', 'Amount', 'AMOUNT'].map((name) => storedName(name).toLowerCase())).size, 3);
    fc.assert(
      fc.property(names, names, (a, b) => {
        assert.equal(storedName(a).toLowerCase() === storedName(b).toLowerCase(), a === b);
      }),
      { numRuns: 10_000 },
    );
  });

  it('are never those of our own columns', () => {
    for (const own of ['_key', '_time', '_entity', '_label', '_split']) assert.notEqual(storedName(own), own);
    fc.assert(fc.property(names, (name) => assert.match(storedName(name), /^[a-z~][a-z0-9_~]*$/)));
  });

  it('lead back to the declared name', () => {
    fc.assert(fc.property(names, (name) => assert.equal(declaredName(storedName(name)), name)));
  });
});
