/** A value of a tensor, before its column takes it; a 64-bit integer stays exact until then. */
export type Element = number | bigint | boolean | string | null;

interface Datatype {
  holds: 'number' | 'boolean';
  /** Bytes of one element in binary data. */
  size: number;
  read(bytes: Buffer, at: number): Element;
  write(bytes: Buffer, value: Element, at: number): void;
}

type Read<T> = (bytes: Buffer, at: number) => T;
type Write<T> = (bytes: Buffer, value: T, at: number) => void;

const number = (size: number, read: Read<number>, write: Write<number>): Datatype => ({
  holds: 'number',
  size,
  read,
  write: (bytes, value, at) => write(bytes, Number(value), at),
});

const long = (read: Read<bigint>, write: Write<bigint>): Datatype => ({
  holds: 'number',
  size: 8,
  read,
  write: (bytes, value, at) => write(bytes, BigInt(value!), at),
});

/** Datatypes whose elements all have one size, little-endian in binary data. */
export const fixedDatatypes = {
  BOOL: {
    holds: 'boolean',
    size: 1,
    read: (bytes, at) => bytes[at] !== 0,
    write: (bytes, value, at) => void (bytes[at] = Number(value)),
  },
  UINT8: number(
    1,
    (bytes, at) => bytes.readUInt8(at),
    (bytes, value, at) => bytes.writeUInt8(value, at),
  ),
  UINT16: number(
    2,
    (bytes, at) => bytes.readUInt16LE(at),
    (bytes, value, at) => bytes.writeUInt16LE(value, at),
  ),
  UINT32: number(
    4,
    (bytes, at) => bytes.readUInt32LE(at),
    (bytes, value, at) => bytes.writeUInt32LE(value, at),
  ),
  UINT64: long(
    (bytes, at) => bytes.readBigUInt64LE(at),
    (bytes, value, at) => bytes.writeBigUInt64LE(value, at),
  ),
  INT8: number(
    1,
    (bytes, at) => bytes.readInt8(at),
    (bytes, value, at) => bytes.writeInt8(value, at),
  ),
  INT16: number(
    2,
    (bytes, at) => bytes.readInt16LE(at),
    (bytes, value, at) => bytes.writeInt16LE(value, at),
  ),
  INT32: number(
    4,
    (bytes, at) => bytes.readInt32LE(at),
    (bytes, value, at) => bytes.writeInt32LE(value, at),
  ),
  INT64: long(
    (bytes, at) => bytes.readBigInt64LE(at),
    (bytes, value, at) => bytes.writeBigInt64LE(value, at),
  ),
  FP32: number(
    4,
    (bytes, at) => bytes.readFloatLE(at),
    (bytes, value, at) => bytes.writeFloatLE(value, at),
  ),
  FP64: number(
    8,
    (bytes, at) => bytes.readDoubleLE(at),
    (bytes, value, at) => bytes.writeDoubleLE(value, at),
  ),
} satisfies Record<string, Datatype>;

type FixedDatatype = keyof typeof fixedDatatypes;
/** BYTES is text in UTF-8, in binary data after its length in four bytes. */
export type DatatypeName = FixedDatatype | 'BYTES';

export const datatypeNames = [...(Object.keys(fixedDatatypes) as FixedDatatype[]), 'BYTES'] as const;
export const isDatatype = (name: unknown): name is DatatypeName => (datatypeNames as readonly unknown[]).includes(name);

export const numberDatatypes = datatypeNames.filter(
  (name): name is FixedDatatype => name !== 'BYTES' && fixedDatatypes[name].holds === 'number',
);
export const wholeDatatypes = numberDatatypes.filter((name) => !name.startsWith('FP'));
