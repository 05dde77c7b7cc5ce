import { kindOf } from '../../../core/base/errors/kind-of.ts';
import { RequestProblem } from '../errors.ts';
import { datatypeNames, isDatatype } from './datatypes.ts';
import { type Inferred } from './infer.ts';
import {
  checkParameters,
  described,
  fromBinary,
  fromJson,
  quoted,
  toBinary,
  toJson,
  type Tensor,
  type TensorShape,
} from './tensors.ts';

/** A body with JSON first and, where a header gives the JSON's length, binary data after it. */
export interface Body {
  json: unknown;
  binary: Buffer;
}

export interface RestRequest {
  id: string | null;
  tensors: Tensor[];
  outputs: string[];
  /** Whether an output is answered as binary data. */
  isBinary(output: string): boolean;
}

type Fields = Record<string, unknown>;

export function readBody({ json, binary }: Body): RestRequest {
  const { id = null, inputs, outputs, parameters } = objectOf(json, 'The body');
  if (id !== null && typeof id !== 'string') throw new RequestProblem(`"id" is ${kindOf(id)}; send text.`, 'id');
  const requested = arrayOf(outputs ?? [], 'outputs').map((output) => {
    const { name, parameters } = objectOf(output, 'An item of "outputs"');
    return { name: textOf(name, 'name'), parameters: parametersOf(parameters) };
  });
  const all = parametersOf(parameters)['binary_data_output'] === true;
  const isBinary = new Map(requested.map(({ name, parameters }) => [name, parameters['binary_data'] ?? all]));
  return {
    id,
    tensors: tensorsOf(arrayOf(inputs, 'inputs'), binary),
    outputs: requested.map(({ name }) => name),
    isBinary: (output) => (isBinary.get(output) ?? all) === true,
  };
}

/** Binary data of inputs lies one after the other, in their order. */
function tensorsOf(inputs: unknown[], binary: Buffer): Tensor[] {
  let start = 0;
  const tensors = inputs.map((input) => {
    const { data, ...rest } = objectOf(input, 'An item of "inputs"');
    const tensor = shapeOf(rest);
    const { binary_data_size: size } = parametersOf(rest['parameters']);
    if (size == null) return fromJson(tensor, data);
    if (!Number.isSafeInteger(size) || (size as number) < 0)
      throw new RequestProblem(`"binary_data_size" of ${described(tensor)} is not a number of bytes.`, tensor.name);
    const end = start + (size as number);
    if (end > binary.length)
      throw new RequestProblem(
        `The input ${described(tensor)} has ${size as number} bytes of data, but ${binary.length - start} are left ` +
          'after the JSON, whose length the header "inference-header-content-length" gives.',
        tensor.name,
      );
    const bytes = binary.subarray(start, end);
    start = end;
    return fromBinary(tensor, bytes);
  });
  if (start === binary.length) return tensors;
  throw new RequestProblem(`${binary.length - start} bytes after the JSON belong to no input.`);
}

function shapeOf({ name, datatype, shape }: Fields): TensorShape {
  const known = textOf(name, 'name');
  if (!isDatatype(datatype))
    throw new RequestProblem(
      `"datatype" of the input ${quoted(known)} is ${typeof datatype === 'string' ? quoted(datatype) : kindOf(datatype)}; ` +
        `send one of ${datatypeNames.join(', ')}.`,
      known,
    );
  const sizes = arrayOf(shape, 'shape');
  if (!sizes.every((size): size is number => Number.isSafeInteger(size) && (size as number) >= 0))
    throw new RequestProblem(`"shape" of the input ${quoted(known)} is not a list of sizes.`, known);
  return { name: known, datatype, shape: sizes };
}

function parametersOf(parameters: unknown): Fields {
  const fields = parameters == null ? {} : objectOf(parameters, '"parameters"');
  checkParameters(fields);
  return fields;
}

function objectOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new RequestProblem(`${what} is ${kindOf(value)}; send a JSON object.`);
}

function arrayOf(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new RequestProblem(`"${name}" is ${kindOf(value)}; send an array.`, name);
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw new RequestProblem(`"${name}" is ${kindOf(value)}; send text.`, name);
}

/** The JSON of an answer, and the binary data that comes after it. */
export function writeBody(model: string, { id, isBinary }: RestRequest, { version, outputs, warnings }: Inferred) {
  const binary: Buffer[] = [];
  const json = {
    model_name: model,
    model_version: String(version),
    ...(id !== null && { id }),
    ...(warnings !== null && { parameters: { warnings } }),
    outputs: outputs.map((output) => {
      const { name, datatype, shape } = output;
      if (!isBinary(name)) return { name, datatype, shape, data: toJson(output) };
      const bytes = toBinary(output);
      binary.push(bytes);
      return { name, datatype, shape, parameters: { binary_data_size: bytes.length } };
    }),
  };
  return { json, binary };
}
