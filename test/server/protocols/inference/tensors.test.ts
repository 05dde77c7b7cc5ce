import { datatypeNames, type DatatypeName, type Element } from '../../../../server/protocols/inference/datatypes.ts';
import { fromBinary, fromJson, toBinary, toJson, type Tensor } from '../../../../server/protocols/inference/tensors.ts';
import fc from 'fast-check';
import assert from 'node:assert/strict';

const elements: Record<DatatypeName, fc.Arbitrary<Element>> = {
  BOOL: fc.boolean(),
  UINT8: fc.integer({ min: 0, max: 2 ** 8 - 1 }),
  UINT16: fc.integer({ min: 0, max: 2 ** 16 - 1 }),
  UINT32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  UINT64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  INT8: fc.integer({ min: -(2 ** 7), max: 2 ** 7 - 1 }),
  INT16: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
  INT32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  INT64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  FP32: fc.float(),
  FP64: fc.double(),
  BYTES: fc.string({ unit: 'binary' }),
};

const tensors = fc.constantFrom(...datatypeNames).chain((datatype) =>
  fc.array(elements[datatype], { maxLength: 20 }).map((list): Tensor => ({
    name: 'amount',
    datatype,
    shape: [list.length],
    elements: list,
  })),
);

const floats = (...values: number[]): Buffer => Buffer.from(Float64Array.from(values).buffer);

describe('a tensor', () => {
  it('survives binary data unchanged, whatever its datatype', () => {
    fc.assert(
      fc.property(tensors, (tensor) => assert.deepEqual(fromBinary(tensor, toBinary(tensor)), tensor)),
      { numRuns: 1_000 },
    );
  });

  it('survives JSON unchanged', () => {
    fc.assert(
      fc.property(
        tensors.filter(({ datatype }) => !/64/.test(datatype)),
        (tensor) => {
          const finite = tensor.elements.map((element) =>
            typeof element === 'number' && !Number.isFinite(element) ? 0 : element,
          );
          const data = JSON.parse(JSON.stringify(toJson({ ...tensor, elements: finite }))) as unknown;
          // JSON has no negative zero.
          assert.deepEqual(
            fromJson(tensor, data).elements,
            finite.map((element) => (element === 0 ? 0 : element)),
          );
        },
      ),
    );
  });

  it('lies in binary data as numpy writes it: little-endian, a text after its length', () => {
    const hex = (datatype: DatatypeName, ...list: Element[]): string =>
      toBinary({ name: 'x', datatype, shape: [list.length], elements: list }).toString('hex');
    assert.equal(hex('FP64', 1.5), '000000000000f83f');
    assert.equal(hex('FP32', 1.5), '0000c03f');
    assert.equal(hex('INT64', -2n), 'feffffffffffffff');
    assert.equal(hex('UINT16', 258), '0201');
    assert.equal(hex('BOOL', true, false), '0100');
    assert.equal(hex('BYTES', 'é', ''), '02000000c3a900000000');
  });

  it('may be nested by rows in JSON', () => {
    const tensor = fromJson({ name: 'x', datatype: 'FP64', shape: [2, 2] }, [
      [1, 2],
      [3, null],
    ]);
    assert.deepEqual(tensor.elements, [1, 2, 3, null]);
  });

  const binary: [string, DatatypeName, number[], Buffer, RegExp][] = [
    ['short', 'FP64', [2], floats(1).subarray(0, 7), /"amount" \(FP64, shape \[2\]\) has 7 bytes of data; send 16/],
    ['long', 'FP32', [1, 1], floats(1), /has 8 bytes of data; send 4/],
    ['that ends within a length', 'BYTES', [1], Buffer.from([3, 0]), /ends within element 0; .* little-endian/],
    ['that ends within a text', 'BYTES', [1], Buffer.from([255, 255, 255, 255, 65]), /ends within element 0/],
    ['with fewer texts than its shape', 'BYTES', [3], Buffer.from([1, 0, 0, 0, 65]), /has 1 elements; send 3/],
    ['with a text that is not UTF-8', 'BYTES', [1], Buffer.from([1, 0, 0, 0, 0xff]), /Element 0 .* not text in UTF-8/],
    ['for a shape beyond all memory', 'FP64', [2 ** 40, 2 ** 12], floats(1), /has 8 bytes of data; send 3602879/],
  ];
  for (const [what, datatype, shape, bytes, says] of binary)
    it(`of binary data ${what} is refused`, () => {
      assert.throws(() => fromBinary({ name: 'amount', datatype, shape }, bytes), says);
    });

  const json: [string, DatatypeName, unknown, RegExp][] = [
    ['is no array', 'FP64', 'secret', /"data" .* is text of 6 letters; send an array/],
    ['has too few elements', 'FP64', [1], /"amount" \(FP64, shape \[2\]\) has 1 elements; send 2/],
    ['has text among numbers', 'FP64', [1, 'secret'], /Element 1 .* is text of 6 letters, which FP64 cannot hold/],
    ['has a fraction among whole numbers', 'INT32', [1, 1.5], /Element 1 .* which INT32 cannot hold/],
    ['has numbers among texts', 'BYTES', [1, 2], /Element 0 .* is a number, which BYTES cannot hold/],
    ['has objects', 'BOOL', [{}, true], /Element 0 .* is an object/],
  ];
  for (const [what, datatype, data, says] of json)
    it(`of JSON that ${what} is refused, without the value`, () => {
      assert.throws(
        () => fromJson({ name: 'amount', datatype, shape: [2] }, data),
        (error: Error) => {
          assert.match(error.message, says);
          return !error.message.includes('secret');
        },
      );
    });
});
