import type { ModelArtifact, TrainedModel } from './artifact.ts';
import type { ClassCosts } from '../metrics/answer.ts';
import { kindOfModel, kindsOfModels } from './kinds/kinds.ts';
import { inputWidth } from './preprocessing.ts';
import { messageOf, UserError } from '../base/errors/errors.ts';
import { parseStored } from '../base/stored.ts';
import * as z from 'zod';

const count = z.int().nonnegative();
const range = z.tuple([z.number(), z.number()]).optional();
const rising = (edges: readonly number[]): boolean => edges.every((edge, i) => i === 0 || edge > edges[i - 1]!);
const encoding = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('number'),
    column: z.string(),
    transform: z.enum(['identity', 'log']),
    median: z.number(),
    mean: z.number(),
    deviation: z.number().positive(),
    flagMissing: z.boolean(),
    range,
    furthest: z.number().positive().optional(),
  }),
  z.strictObject({
    kind: z.literal('robust'),
    column: z.string(),
    transform: z.enum(['identity', 'log']),
    median: z.number(),
    scale: z.number().positive(),
    flagMissing: z.boolean(),
    range,
  }),
  z.strictObject({
    kind: z.literal('pieces'),
    column: z.string(),
    median: z.number(),
    edges: z.array(z.number()).min(2).refine(rising, 'each edge is above the one before it'),
    flagMissing: z.boolean(),
    range,
  }),
  z.strictObject({
    kind: z.literal('category'),
    column: z.string(),
    levels: z.array(z.string()),
    usual: z.string().optional(),
    shared: z.strictObject({ inputs: z.int().min(1), levels: z.array(z.string()) }).optional(),
  }),
  z.strictObject({ kind: z.literal('hour'), column: z.string(), usual: z.number().optional() }),
  z.strictObject({
    kind: z.literal('value'),
    column: z.string(),
    usual: z.number(),
    range,
  }),
  z.strictObject({
    kind: z.literal('level'),
    column: z.string(),
    levels: z.array(z.string()).max(254),
    usual: z.string().optional(),
  }),
]);

const shared = {
  encodings: z.array(encoding).min(1),
  probe: z.strictObject({
    rows: z.array(z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]))).min(1),
    logits: z.array(z.number()).min(1),
  }),
  target: z.strictObject({ mean: z.number(), deviation: z.number().positive() }).optional(),
  classes: z.array(z.string()).min(2).optional(),
  trainedWith: z.strictObject({
    backend: z.string(),
    whyNotNative: z.string().optional(),
    tensorflow: z.string().optional(),
    epochs: count,
    trees: count.optional(),
    models: count.optional(),
    penalty: z.number().nonnegative().optional(),
    rows: count,
    seconds: z.number().nonnegative(),
    folds: count.optional(),
    outOfFold: z.record(z.string(), z.unknown()).optional(),
    negatives: z.number().gt(0).lt(1).optional(),
  }),
};

const knots = z.array(z.number()).min(2).refine(rising, 'numbers that rise');

const interval = z
  .strictObject({
    coverage: z.number().gt(0).lt(1),
    rows: count,
    at: z.array(z.number()).min(1).refine(rising, 'numbers that rise'),
    spread: z.array(z.number().positive()),
    below: z.number().nonnegative(),
    above: z.number().nonnegative(),
  })
  .refine(({ at, spread }) => at.length === spread.length, 'as many spreads as in at');

const registered = {
  format: z.literal([1, 2, 3], 'this Perennial reads formats 1 to 3'),
  pipeline: z.string(),
  revision: z.string(),
  trainingRun: z.string(),
  candidate: z.string(),
  calibration: z.strictObject({
    slope: z.number(),
    intercept: z.number(),
    knots: z
      .strictObject({ from: knots, to: knots })
      .refine(({ from, to }) => from.length === to.length, 'as many as in from')
      .optional(),
  }),
  threshold: z.number().nullable(),
  costs: z.array(z.array(z.number().nonnegative())).optional(),
  interval: interval.optional(),
};

const ofAnyKind = (fields: z.ZodRawShape): z.ZodType<unknown> =>
  z.discriminatedUnion(
    'kind',
    kindsOfModels.map(({ parts }) => z.strictObject({ ...shared, ...fields, ...parts })) as unknown as [z.ZodObject],
  );
const trained = ofAnyKind({ foldScores: z.string().optional() });
const artifact = ofAnyKind(registered);

/** A registered model from its JSON text. Throws MODEL_INVALID; that it also scores right, `compileScorer` checks. */
export const parseArtifact = (text: string): ModelArtifact => parse(artifact, text, 'model artifact');

/** The training process's result from its file. Throws MODEL_INVALID. */
export const parseTrainedModel = (text: string): TrainedModel => parse(trained, text, 'trained model');

function parse<Model extends TrainedModel>(schema: z.ZodType<unknown>, text: string, what: string): Model {
  let json: object;
  try {
    // Models that were stored before there were kinds are networks.
    json = { kind: 'network', ...(JSON.parse(text) as object) };
  } catch (error) {
    throw invalid(what, `  not JSON (${text.length} characters): ${messageOf(error)}`, error);
  }
  // A change of a model's meaning raises its format; additional keys only add information. That it scores as it did
  // when it was trained, the probe shows.
  const parsed = parseStored(schema, json);
  if (!parsed.success) throw invalid(what, indented(z.prettifyError(parsed.error)));
  const model = parsed.data as Model;
  const problem = shapeProblem(model);
  if (problem) throw invalid(what, `  ${problem}`);
  return model;
}

/** What does not fit; null when all does. */
function shapeProblem(model: TrainedModel & { costs?: ClassCosts }): string | null {
  const { encodings, probe, classes } = model;
  const outputs = classes?.length ?? 1;
  if (probe.rows.length * outputs !== probe.logits.length)
    return `probe: ${probe.rows.length} rows with ${probe.logits.length} logits`;
  if (model.costs && [model.costs, ...model.costs].some((line) => line.length !== classes?.length))
    return `costs: not a number for each pair of ${outputs} classes`;
  return kindOfModel(model).problemOf(model, inputWidth(encodings), outputs);
}

const indented = (text: string): string => text.replace(/^/gm, '  ');

const invalid = (what: string, problems: string, cause?: unknown): UserError =>
  new UserError(
    'MODEL_INVALID',
    `This is not a ${what} that can be served:\n${problems}\n` +
      'The object was changed or truncated, or another version of Perennial wrote it: serve another version, or train again.',
    { cause },
  );
