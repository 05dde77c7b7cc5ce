import { RequestProblem } from '../errors.ts';
import { datatypeNames, isDatatype, type DatatypeName, type Element } from './datatypes.ts';
import { type Inferred } from './infer.ts';
import { checkParameters, counted, described, fromBinary, quoted, textOf, toBinary, type Tensor } from './tensors.ts';

/** As the proto file has them; 64-bit integers are text. */
export interface InferRequestMessage {
  model_name: string;
  model_version: string;
  id: string;
  inputs: InputMessage[];
  outputs: { name: string; parameters: object }[];
  raw_input_contents: Buffer[];
}

interface InputMessage {
  name: string;
  datatype: string;
  shape: string[];
  parameters: object;
  contents: Contents | null;
}

interface Contents {
  bool_contents: boolean[];
  int_contents: number[];
  int64_contents: string[];
  uint_contents: number[];
  uint64_contents: string[];
  fp32_contents: number[];
  fp64_contents: number[];
  bytes_contents: Uint8Array[];
}

/** Where the contents of a datatype are. */
const fields: Record<DatatypeName, keyof Contents> = {
  BOOL: 'bool_contents',
  UINT8: 'uint_contents',
  UINT16: 'uint_contents',
  UINT32: 'uint_contents',
  UINT64: 'uint64_contents',
  INT8: 'int_contents',
  INT16: 'int_contents',
  INT32: 'int_contents',
  INT64: 'int64_contents',
  FP32: 'fp32_contents',
  FP64: 'fp64_contents',
  BYTES: 'bytes_contents',
};

export const isRaw = ({ raw_input_contents: raw }: InferRequestMessage): boolean => raw.length > 0;

export function tensorsIn(request: InferRequestMessage): Tensor[] {
  const { inputs, outputs, raw_input_contents: raw } = request;
  if (isRaw(request) && raw.length !== inputs.length)
    throw new RequestProblem(
      `"raw_input_contents" has ${raw.length} items, but there are ${inputs.length} inputs; send one of each.`,
    );
  for (const { parameters } of [...inputs, ...outputs]) checkParameters(parameters);
  return inputs.map((input, i) => tensorOf(input, raw[i]));
}

function tensorOf({ name, datatype, shape, contents }: InputMessage, raw: Buffer | undefined): Tensor {
  if (!isDatatype(datatype))
    throw new RequestProblem(
      `"datatype" of the input ${quoted(name)} is ${quoted(datatype)}; send one of ${datatypeNames.join(', ')}.`,
      name,
    );
  const of = { name, datatype, shape: shape.map(Number) };
  if (of.shape.some((size) => size < 0))
    throw new RequestProblem(`"shape" of the input ${described(of)} is not a list of sizes.`, name);
  if (raw === undefined) return counted(of, contents === null ? [] : elementsOf(of, contents));
  if (contents !== null)
    throw new RequestProblem(`The input ${described(of)} has contents and raw contents; send one of them.`, name);
  return fromBinary(of, raw);
}

function elementsOf(of: { name: string; datatype: DatatypeName; shape: number[] }, contents: Contents): Element[] {
  const field = fields[of.datatype];
  if (field === 'bytes_contents') return contents[field].map((bytes, i) => textOf(of, bytes, i));
  if (field === 'int64_contents' || field === 'uint64_contents') return contents[field].map(BigInt);
  return contents[field];
}

/** As the request came, in contents or raw, so the answer goes. */
export function answerMessage(request: InferRequestMessage, { version, outputs, warnings }: Inferred) {
  const raw = isRaw(request);
  return {
    model_name: request.model_name,
    model_version: String(version),
    id: request.id,
    ...(warnings !== null && { parameters: { warnings: { string_param: warnings } } }),
    outputs: outputs.map(({ name, datatype, shape, elements }) => ({
      name,
      datatype,
      shape,
      ...(!raw && { contents: { [fields[datatype]]: datatype === 'BYTES' ? elements.map(bytesOf) : elements } }),
    })),
    raw_output_contents: raw ? outputs.map(toBinary) : [],
  };
}

const bytesOf = (text: Element): Buffer => Buffer.from(String(text));
