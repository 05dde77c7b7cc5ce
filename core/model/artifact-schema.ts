import type { ModelArtifact, TrainedModel } from './artifact.ts';
import { inputWidth } from './preprocessing.ts';
import { messageOf, UserError } from '../base/errors.ts';
import { parseStored } from '../base/stored.ts';
import * as z from 'zod';

const count = z.int().nonnegative();
const encoding = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('number'),
    column: z.string(),
    transform: z.enum(['identity', 'log']),
    median: z.number(),
    mean: z.number(),
    deviation: z.number().positive(),
    flagMissing: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('category'), column: z.string(), levels: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('hour'), column: z.string() }),
]);

const layer = z.strictObject({
  inputs: count.min(1),
  units: count.min(1),
  activation: z.enum(['linear', 'relu']),
  kernel: z.base64(),
  bias: z.base64(),
});

const trained = z.strictObject({
  encodings: z.array(encoding).min(1),
  layers: z.array(layer).min(1),
  probe: z.strictObject({
    rows: z.array(z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]))).min(1),
    logits: z.array(z.number()).min(1),
  }),
  target: z.strictObject({ mean: z.number(), deviation: z.number().positive() }).optional(),
  trainedWith: z.strictObject({
    backend: z.string(),
    tensorflow: z.string(),
    epochs: count,
    rows: count,
    seconds: z.number().nonnegative(),
  }),
});

const artifact = z.strictObject({
  ...trained.shape,
  format: z.literal(1, 'this Perennial reads format 1'),
  pipeline: z.string(),
  revision: z.string(),
  trainingRun: z.string(),
  candidate: z.string(),
  calibration: z.strictObject({ slope: z.number(), intercept: z.number() }),
  threshold: z.number().nullable(),
});

/** A registered model from its JSON text. Throws MODEL_INVALID; that it also scores right, `compileScorer` checks. */
export const parseArtifact = (text: string): ModelArtifact => parse(artifact, text, 'model artifact');

/** What the training process left in its file. Throws MODEL_INVALID. */
export const parseTrainedModel = (text: string): TrainedModel => parse(trained, text, 'trained model');

function parse<Model extends TrainedModel>(schema: z.ZodType<unknown>, text: string, what: string): Model {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid(what, `  not JSON (${text.length} characters): ${messageOf(error)}`, error);
  }
  // Whoever changes what a model means raises its format; other keys only tell more of it. That it scores as it did when it
  // was trained, the probe shows.
  const parsed = parseStored(schema, json);
  if (!parsed.success) throw invalid(what, indented(z.prettifyError(parsed.error)));
  const model = parsed.data as Model;
  const problem = shapeProblem(model);
  if (problem) throw invalid(what, `  ${problem}`);
  return model;
}

/** Layers that do not fit each other or the encodings; null when all fits. */
function shapeProblem({ encodings, layers, probe }: TrainedModel): string | null {
  let inputs = inputWidth(encodings);
  for (const [index, layer] of layers.entries()) {
    if (layer.inputs !== inputs) return `layers.${index}: takes ${layer.inputs} inputs, but ${inputs} come in`;
    inputs = layer.units;
  }
  const last = layers.at(-1);
  if (last?.units !== 1 || last.activation !== 'linear') return 'the last layer must be one linear unit, the logit';
  if (probe.rows.length !== probe.logits.length)
    return `probe: ${probe.rows.length} rows with ${probe.logits.length} logits`;
  return null;
}

const indented = (text: string): string => text.replace(/^/gm, '  ');

const invalid = (what: string, problems: string, cause?: unknown): UserError =>
  new UserError(
    'MODEL_INVALID',
    `This is not a ${what} that can be served:\n${problems}\n` +
      'The object was changed or cut off, or another version of Perennial wrote it: serve another version, or train again.',
    { cause },
  );
