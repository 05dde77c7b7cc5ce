import { bytes, integer, integers, joined, message, text, type Field } from './protobuf.ts';

// The numbers of fields and types are those of onnx.proto3: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
export const types = { float: 1, integer: 7, string: 8, boolean: 9, double: 11 } as const;
export type ValueType = keyof typeof types;

/** The first versions with all that is used here: texts can be compared since 19. */
const [IR, OPERATORS] = [9, 19];
/** Of trees and the like. */
const ML = { domain: 'ai.onnx.ml', operators: 3 } as const;

export type Attributes = Record<string, number | { integers: number[] } | { floats: number[] } | { texts: string[] }>;

/** An ONNX graph under construction: whatever is added gets a name, which later nodes take as an input. */
export interface Graph {
  /** A column of the rows, one value each; `about` says in words what to send. */
  input(name: string, type: 'double' | 'string', about: string): string;
  floats(values: Float32Array, dims: readonly number[]): string;
  double(value: number): string;
  doubles(values: readonly number[], dims: readonly number[]): string;
  integers(values: readonly number[]): string;
  booleans(values: Uint8Array, dims: readonly number[]): string;
  texts(values: readonly string[], dims: readonly number[]): string;
  node(operator: string, inputs: readonly string[], attributes?: Attributes, domain?: typeof ML.domain): string;
  /** `width` values a row; 1 unless said. */
  output(name: string, value: string, type: ValueType, about: string, width?: number): void;
  /** The whole model. */
  finish(model: { name: string; about: string; version: string; facts: Record<string, string> }): Uint8Array;
}

/** `columns`: names that nothing else in the graph may have. */
export function createGraph(columns: readonly string[]): Graph {
  const nodes: Field[] = [];
  const constants: Field[] = [];
  const inputs: Field[] = [];
  const typesOfInputs = new Map<string, ValueType>();
  const outputs: Field[] = [];
  const taken = new Set(columns);
  const free = (wanted: string): string => {
    let name = wanted;
    while (taken.has(name)) name += '_';
    taken.add(name);
    return name;
  };
  const constant = (type: ValueType, dims: readonly number[], data: readonly Field[]): string => {
    const name = free(`constant${constants.length}`);
    constants.push(
      message(5, [...dims.map((dim) => integer(1, dim)), integer(2, types[type]), text(8, name), ...data]),
    );
    return name;
  };
  const doubles: Graph['doubles'] = (values, dims) => constant('double', dims, [bytes(9, raw(values, 8))]);
  let needsMl = false;
  const add = (operator: string, from: readonly string[], to: string, attributes: Attributes = {}, domain = '') => {
    needsMl ||= domain === ML.domain;
    nodes.push(
      message(1, [
        ...from.map((name) => text(1, name)),
        text(2, to),
        text(4, operator),
        ...Object.entries(attributes).map(([name, value]) => message(5, [text(1, name), ...valueOf(value)])),
        ...(domain ? [text(7, domain)] : []),
      ]),
    );
    return to;
  };

  return {
    input(name, type, about) {
      if (typesOfInputs.get(name) === type) return name; // a column can be encoded in two ways
      typesOfInputs.set(name, type);
      inputs.push(message(11, valueInfo(name, type, about)));
      return name;
    },
    floats: (values, dims) => constant('float', dims, [bytes(9, raw(values, 4))]),
    double: (value) => doubles([value], [1]),
    doubles,
    integers: (values) => constant('integer', [values.length], [bytes(9, wholes(values))]),
    booleans: (values, dims) => constant('boolean', dims, [bytes(9, values)]),
    texts: (values, dims) =>
      constant(
        'string',
        dims,
        values.map((value) => text(6, value)),
      ),
    node: (operator, from, attributes, domain) => add(operator, from, free(`node${nodes.length}`), attributes, domain),
    output(name, value, type, about, width) {
      outputs.push(message(12, valueInfo(add('Identity', [value], free(name)), type, about, width)));
    },
    finish: ({ name, about, version, facts }) =>
      joined([
        integer(1, IR),
        text(2, 'Perennial'),
        text(3, version),
        text(6, about),
        message(7, [...nodes, text(2, name), ...constants, ...inputs, ...outputs]),
        message(8, [text(1, ''), integer(2, OPERATORS)]),
        ...(needsMl ? [message(8, [text(1, ML.domain), integer(2, ML.operators)])] : []),
        ...Object.entries(facts).map(([key, value]) => message(14, [text(1, key), text(2, value)])),
      ]),
  };
}

const attributeTypes = { integer: 2, floats: 6, integers: 7, texts: 8 } as const;

function valueOf(value: Attributes[string]): Field[] {
  if (typeof value === 'number') return [integer(3, value), integer(20, attributeTypes.integer)];
  if ('integers' in value) return [integers(8, value.integers), integer(20, attributeTypes.integers)];
  if ('floats' in value) return [bytes(7, raw(value.floats, 4)), integer(20, attributeTypes.floats)];
  const written = new Map([...new Set(value.texts)].map((each) => [each, text(9, each)]));
  return [...value.texts.map((each) => written.get(each)!), integer(20, attributeTypes.texts)];
}

const valueInfo = (name: string, type: ValueType, about: string, width = 1): Field[] => {
  const shape = message(2, [message(1, [text(2, 'rows')]), message(1, [integer(1, width)])]);
  return [text(1, name), message(2, [message(1, [integer(1, types[type]), shape])]), text(3, about)];
};

function wholes(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  for (let i = 0; i < values.length; i++) view.setBigInt64(8 * i, BigInt(values[i]!), true);
  return new Uint8Array(view.buffer);
}

function raw(values: ArrayLike<number>, size: 4 | 8): Uint8Array {
  const view = new DataView(new ArrayBuffer(size * values.length));
  for (let i = 0; i < values.length; i++)
    if (size === 4) view.setFloat32(4 * i, values[i]!, true);
    else view.setFloat64(8 * i, values[i]!, true);
  return new Uint8Array(view.buffer);
}
