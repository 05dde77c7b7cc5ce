import { MOST_ROWS, type Answering } from '../../serving/answers/answering.ts';
import { type Known } from '../../serving/models/known.ts';
import { type Models } from '../../serving/models/models.ts';
import { aloneOf, hasIntervals, versionsOf, type Serving } from '../../serving/serving.ts';
import { type Draining } from '../draining.ts';
import { type DatatypeName } from './datatypes.ts';
import { outputs, signatureOf, widthOf, type Signature } from './signature.ts';

/** A pipeline as the protocol's model: what answers, and how it is asked. */
export interface Model {
  name: string;
  serving: Serving;
  signature: Signature;
  /** The versions that a request may name, oldest first. */
  versions: number[];
}

/** Known per traffic, since a request is shorter than making them. */
const made = new WeakMap<Serving, Map<string, Model>>();

/** A model as all its traffic serves it, or one loaded version of it alone. */
export function modelOf(answering: Answering, name: string, version = ''): Model {
  const serving = answering.servingOf(name);
  const before = made.get(serving) ?? new Map<string, Model>();
  made.set(serving, before);
  const model = before.get(version) ?? makeModel(name, serving, version);
  before.set(version, model);
  return model;
}

function makeModel(name: string, serving: Serving, version: string): Model {
  const versions = versionsOf(serving).map(({ model }) => model.version).sort((a, b) => a - b); // prettier-ignore
  if (version === '') {
    const others = serving.arms.filter((arm) => arm !== serving.champion).map(({ pipeline }) => pipeline);
    return {
      name,
      serving,
      versions,
      signature: signatureOf(serving.champion.pipeline, { others, intervals: hasIntervals(serving) }),
    };
  }
  const alone = aloneOf(serving, version);
  return {
    name,
    serving: alone,
    versions,
    signature: signatureOf(alone.champion.pipeline, { intervals: hasIntervals(alone) }),
  };
}

export interface TensorMetadata {
  name: string;
  datatype: DatatypeName;
  shape: number[];
}

/** Whether a model can answer, and the server does not stop. */
export const isReady = (models: Models, { begun }: Pick<Draining, 'begun'>): boolean =>
  !begun && models.all().some(({ serving }) => serving !== null);

/** The server's name, version and extensions. */
export const serverMetadata = {
  name: 'perennial',
  version: '2',
  extensions: ['binary_tensor_data', 'model_configuration'],
};

export function metadataOf({ name, versions, signature }: Model) {
  const shape = [-1, 1];
  return {
    name,
    versions: versions.map(String),
    platform: 'perennial',
    inputs: [...signature.fields].map(([field, { datatype }]): TensorMetadata => ({ name: field, datatype, shape })),
    outputs: signature.outputs.map((output): TensorMetadata => ({
      name: output,
      datatype: outputs[output].datatype,
      shape: [-1, widthOf(output, signature)],
    })),
  };
}

/** As Triton describes a model: clients learn from it how many rows a request may have, and which inputs are optional. */
export function configOf({ name, signature }: Model) {
  const dims = [1];
  return {
    name,
    platform: 'perennial',
    backend: 'perennial',
    max_batch_size: MOST_ROWS,
    input: [...signature.fields].map(([field, { datatype, optional }]) => ({
      name: field,
      data_type: typeOf(datatype),
      dims,
      optional,
    })),
    output: signature.outputs.map((output) => ({
      name: output,
      data_type: typeOf(outputs[output].datatype),
      dims: [widthOf(output, signature)],
    })),
  };
}

const typeOf = (datatype: DatatypeName): string => `TYPE_${datatype === 'BYTES' ? 'STRING' : datatype}`;

/** Each loaded version of each model; a model without one has the reason instead. */
export const indexOf = (models: Models) =>
  models
    .all()
    .flatMap(({ pipeline: { name }, serving, problem }: Known) =>
      serving
        ? versionsOf(serving).map(({ model }) => ({ name, version: String(model.version), state: 'READY', reason: '' }))
        : [{ name, version: '', state: 'UNAVAILABLE', reason: problem ?? 'no version is in production yet' }],
    );
