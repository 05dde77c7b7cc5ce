import { bytesOf, fieldsOf, floatsOf, integersOf, textOf, type Field } from './protobuf.ts';

// The numbers of fields are those of onnx.proto3: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3

/** More than any model of columns has. */
export const MOST_BYTES = 64 * 2 ** 20;
/** More than any model of columns has; a file beyond is refused before it takes time or memory. */
const MOST_NODES = 2_000;
const MOST_NUMBERS = 4_000_000;

export interface Tensor {
  dims: number[];
  values: number[] | string[];
}

export interface Attributes {
  has(name: string): boolean;
  number(name: string): number | undefined;
  numbers(name: string): number[];
  text(name: string): string | undefined;
  texts(name: string): string[];
}

export interface OnnxNode {
  /** With its set before it where that is not ONNX's own: "ai.onnx.ml.Scaler". */
  operator: string;
  inputs: string[];
  outputs: string[];
  attributes: Attributes;
}

export interface OnnxInput {
  name: string;
  type: 'number' | 'text' | 'other';
  isDouble: boolean;
  /** Columns; null where the file does not say. */
  width: number | null;
}

export interface OnnxFile {
  nodes: OnnxNode[];
  constants: Map<string, Tensor>;
  inputs: OnnxInput[];
  outputs: string[];
}

/** Reads what is needed of an ONNX file. Throws a RangeError that says what is wrong with it. */
export function readOnnx(bytes: Uint8Array): OnnxFile {
  const graph = only(bytes, 7);
  if (!graph) throw new RangeError('it holds no graph, so it is no ONNX model');
  const file: OnnxFile = { nodes: [], constants: new Map(), inputs: [], outputs: [] };
  let numbers = 0;
  const room = { numbers: MOST_NUMBERS };
  for (const { field, value } of fieldsOf(graph)) {
    if (field === 1) file.nodes.push(nodeOf(bytesOf(value), room));
    if (field === 5) {
      const { name, ...tensor } = tensorOf(bytesOf(value));
      file.constants.set(name, tensor);
      numbers += tensor.values.length;
    }
    if (field === 11) file.inputs.push(inputOf(bytesOf(value)));
    if (field === 12) file.outputs.push(inputOf(bytesOf(value)).name);
    if (file.nodes.length > MOST_NODES) throw new RangeError(`it has more than ${MOST_NODES} operators`);
    if (numbers > MOST_NUMBERS) throw new RangeError(`it has more than ${MOST_NUMBERS} weights`);
  }
  // Early versions of the format list constants among the inputs too.
  file.inputs = file.inputs.filter(({ name }) => !file.constants.has(name));
  return file;
}

function nodeOf(bytes: Uint8Array, room: { numbers: number }): OnnxNode {
  const [inputs, outputs, attributes]: [string[], string[], Map<string, Field[]>] = [[], [], new Map()];
  let [operator, domain] = ['', ''];
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 1) inputs.push(textOf(value));
    if (field === 2) outputs.push(textOf(value));
    if (field === 4) operator = textOf(value);
    if (field === 7) domain = textOf(value);
    if (field === 5) {
      const fields: Field[] = [];
      for (const each of fieldsOf(bytesOf(value))) {
        fields.push(each);
        room.numbers -= typeof each.value === 'number' ? 1 : 1 + countOf(each.value);
        if (room.numbers < 0) throw new RangeError(`its attributes have more than ${MOST_NUMBERS} values`);
      }
      attributes.set(textOf(fields.find((each) => each.field === 1)?.value ?? new Uint8Array()), fields);
    }
  }
  const of = (name: string, ...wanted: number[]) => (attributes.get(name) ?? []).filter(({ field }) => wanted.includes(field));
  /** What an attribute holds that says no value: protobuf leaves out zeros and empty texts. */
  const unsaid = <T>(name: string, types: number[], zero: T): T | undefined => {
    const fields = attributes.get(name);
    if (!fields) return undefined;
    const type = fields.find(({ field }) => field === 20)?.value;
    if (type === undefined || types.includes(type as number)) return zero;
    throw new RangeError(`its attribute "${name}" is of type ${String(type)}`);
  };
  return {
    operator: domain === '' || domain === 'ai.onnx' ? operator : `${domain}.${operator}`,
    inputs,
    outputs,
    attributes: {
      has: (name) => attributes.has(name),
      number: (name) => (of(name, 2, 3)[0]?.value as number | undefined) ?? unsaid(name, [1, 2], 0),
      numbers: (name) => of(name, 7, 8).flatMap(({ field, value }) => (field === 7 ? floatsOf(value, 4) : integersOf(value))),
      text: (name) => of(name, 4).map(({ value }) => textOf(value))[0] ?? unsaid(name, [3], ''),
      texts: (name) => of(name, 9).map(({ value }) => textOf(value)),
    },
  };
} // prettier-ignore

/** At least as many packed numbers as these bytes can be, of floats or of whole numbers. */
const countOf = (bytes: Uint8Array): number => bytes.length / 4;

const [FLOAT, INT32, INT64, STRING, BOOL, DOUBLE] = [1, 6, 7, 8, 9, 11];

function tensorOf(bytes: Uint8Array): Tensor & { name: string } {
  const [dims, values, texts]: [number[], number[], string[]] = [[], [], []];
  let [name, type, raw]: [string, number, Uint8Array | null] = ['', 0, null];
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 1) dims.push(...integersOf(value));
    if (field === 2) type = value as number;
    if (field === 4) for (const number of floatsOf(value, 4)) values.push(number);
    if (field === 5 || field === 7) for (const number of integersOf(value)) values.push(number);
    if (field === 6) texts.push(textOf(value));
    if (field === 8) name = textOf(value);
    if (field === 9) raw = bytesOf(value);
    if (field === 10) for (const number of floatsOf(value, 8)) values.push(number);
    if (field === 13) throw new RangeError(`its constant "${name}" is in another file`);
  }
  if (![FLOAT, INT32, INT64, STRING, BOOL, DOUBLE].includes(type))
    throw new RangeError(`its constant "${name}" is of type ${type}, which is not read`);
  if (raw) for (const number of rawNumbers(raw, type)) values.push(number);
  const found = type === STRING ? texts : values;
  const expected = dims.reduce((product, dim) => product * dim, 1);
  if (found.length !== expected)
    throw new RangeError(`its constant "${name}" has ${found.length} values, not ${dims.join(' x ') || 1}`);
  return { name, dims, values: found };
}

function rawNumbers(raw: Uint8Array, type: number): number[] {
  if (type === FLOAT || type === DOUBLE) return floatsOf(raw, type === FLOAT ? 4 : 8);
  if (type === BOOL) return Array.from(raw);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (type === INT32) return Array.from({ length: raw.length / 4 }, (_, i) => view.getInt32(4 * i, true));
  return Array.from({ length: raw.length / 8 }, (_, i) => Number(view.getBigInt64(8 * i, true)));
}

/** Of an input or an output. */
function inputOf(bytes: Uint8Array): OnnxInput {
  let name = '';
  let type = 0;
  let width: number | null = null;
  for (const { field, value } of fieldsOf(bytes)) if (field === 1) name = textOf(value);
  const tensor = only(only(bytes, 2) ?? new Uint8Array(), 1);
  if (tensor) {
    for (const { field, value } of fieldsOf(tensor)) if (field === 1) type = value as number;
    const shape = only(tensor, 2);
    const dims = shape ? [...fieldsOf(shape)].map(({ value }) => [...fieldsOf(bytesOf(value))]) : [];
    const size = dims.length === 2 && dims[1]!.find(({ field }) => field === 1)?.value;
    if (typeof size === 'number') width = size;
  }
  const numeric = [FLOAT, DOUBLE, INT64, INT32, BOOL].includes(type);
  return { name, width, isDouble: type === DOUBLE, type: numeric ? 'number' : type === STRING ? 'text' : 'other' };
}

/** The bytes of a message's last field of this number. */
function only(message: Uint8Array, wanted: number): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  for (const { field, value } of fieldsOf(message)) if (field === wanted) found = bytesOf(value);
  return found;
}
