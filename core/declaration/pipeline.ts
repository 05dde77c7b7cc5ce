import { automationsSchema } from '../automations/declared.ts';
import { columnSchema } from '../columns/index.ts';
import { columnName, duration, sensitive, share, strict, stretch, zone } from '../base/schema.ts';
import { factsSchema, shortestPartition, sourceSchema } from '../sources/source.ts';
import { isCron } from '../time/cron.ts';
import { UserError } from '../base/errors/errors.ts';
import { FEWEST_CLASSES, labelKinds, MOST_CLASSES } from '../data/labels/label-kinds.ts';
import { candidateSchema, usualCandidates } from '../recipes/index.ts';
import { alertLimitsSchema } from './alert-limits.ts';
import { driftSchema, driftToStore, storedAsDeclared } from './drift.ts';
import { classCostProblems } from './class-costs.ts';
import { columnProblems } from './problems/column-problems.ts';
import { fairnessProblems, fairnessSchema } from './fairness.ts';
import { gatesSchema } from './gates.ts';
import {
  lastValueProblems,
  memberProblems,
  monotonicProblems,
  warmStartProblems,
} from './problems/candidate-problems.ts';
import { gateProblems } from './problems/gate-problems.ts';
import { describeIssues } from './problems/issues.ts';
import { labelProblems } from './problems/label-problems.ts';
import { watchingProblems } from './problems/watching-problems.ts';
import { notificationsSchema } from './notifications.ts';
import { servingSchema } from './serving.ts';
import { MOST_SLICES, slicesProblems, slicesSchema } from './slices.ts';
import { splitProblems, splitsSchema } from './splits.ts';
import { valueProblems } from './values.ts';
import { referenceProblems } from '../drift/reference/kinds/index.ts';
import { rolloutSchema } from '../rollout/steps/declared-steps.ts';
import { searchProblems, searchSchema } from '../search/declared.ts';
import { parseStored } from '../base/stored.ts';
import { milliseconds } from '../time/time.ts';
import * as z from 'zod';

/** A run extracts at most this many partitions; beyond, a history would outgrow one workflow. */
export const MOST_PARTITIONS = 500;

const CRON_WORDS = 'write five cron fields (minute hour day month weekday), like "0 2 * * MON-FRI", or "@daily"';
/** When a loop runs by itself; off: only on request. */
const schedule = z.union(
  [
    z.string().refine((text) => text === 'off' || isCron(text), `${CRON_WORDS}, or "off"`),
    strict({ cron: z.string().refine(isCron, CRON_WORDS), zone }),
  ],
  `${CRON_WORDS}, or { cron, zone }, or "off"`,
);

const INTERVAL_WORDS = 'write a share from 0.5 to 0.99, like 0.9, or "none"';

export const pipelineSchema = strict({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'use lower-case letters, digits and dashes, like "churn-weekly"'),
  description: z.string().default(''),
  source: sourceSchema,
  columns: z.record(columnName, columnSchema).refine((columns) => Object.keys(columns).length > 0, 'declare a column'),
  label: strict({
    name: columnName,
    kind: z.enum(labelKinds).default('binary'),
    /**
     * Where label facts come from. Absent: the label is a column of the source's own rows, known as soon as they are.
     */
    facts: factsSchema.optional(),
    /** A row's label counts once this long has passed since the row's own time. */
    maturesAfter: duration.default('0 seconds'),
    /**
     * The label of a mature row without a fact: a transaction without a chargeback is not fraud (0). Absent: a row
     * without a fact has no label, and training ignores it.
     */
    whenAbsent: z.union([z.literal(0), z.literal(1)], 'write 0 or 1').optional(),
    /** For kind class: the values that the label takes. Add new ones at the end, since facts are stored by place. */
    classes: z
      .array(z.string().min(1, 'write its name').max(100))
      .min(FEWEST_CLASSES, `list at least ${FEWEST_CLASSES}; a label of two values is of kind binary, 0 or 1`)
      .max(MOST_CLASSES)
      .refine((classes) => new Set(classes).size === classes.length, 'list each class once')
      .optional(),
    /**
     * For kind number: each answer has an interval that holds this share of labels, 0.9 by default; none: answers have
     * no intervals.
     */
    interval: z
      .union([z.number().min(0.5, INTERVAL_WORDS).max(0.99, INTERVAL_WORDS), z.literal('none')], INTERVAL_WORDS)
      .optional(),
    sensitive,
  }),
  expectations: strict({
    minRows: z.int().min(1).default(100),
    /** The maximum age of the newest row at the time of extraction, not counting lateness. */
    freshWithin: duration.optional(),
    labelShare: strict({ min: share, max: share })
      .refine(({ min, max }) => min <= max, { path: ['min'], message: 'min must not be above max' })
      .optional(),
    /** A training set with columns or rows that give the label away: told (the default) or refused. */
    leaks: z
      .union(
        [z.enum(['tell', 'refuse']), strict({ except: z.array(columnName).min(1) })],
        'write "tell", "refuse" or { except: [COLUMN, ...] }',
      )
      .optional(),
  }).prefault({}),
  splits: splitsSchema,
  candidates: z.array(candidateSchema).min(1, 'declare a candidate'),
  /** Absent: only the declared candidates are tried. */
  search: searchSchema.optional(),
  gates: gatesSchema,
  /** Rows to judge by themselves, besides the slices that are found. */
  slices: slicesSchema.optional(),
  /** Groups that are to be treated alike. */
  fairness: fairnessSchema.optional(),
  drift: driftSchema,
  retraining: strict({
    debounce: duration.default('1 minute'),
    cooldown: duration.default('6 hours'),
    trainingsPerWeek: z.int().min(1).default(7),
    /** After drift, training waits until labels of this much drifted time have matured. */
    afterDrift: duration.default('3 days'),
    /** Requests that keep coming postpone a training no longer than this; ten times the debounce by default. */
    debounceAtMost: duration.optional(),
    /** Schedules and drift wait until so many rows with mature labels have come since the last training. */
    minNewRows: z.int().min(1).optional(),
    /** Models learn from and are judged on rows of this long before the newest mature one; by default on all. */
    window: stretch.optional(),
    /** What models learn from thins out with age: a row this old counts half as much as a new one. Absent: all count alike. */
    halfLife: stretch.optional(),
    /** A network also starts from the champion's weights, where these know no row that judges. */
    warmStart: z.boolean().optional(),
  })
    .refine(
      ({ debounce, debounceAtMost: most }) => most === undefined || milliseconds(most) >= milliseconds(debounce),
      {
        path: ['debounceAtMost'],
        message: 'must not be shorter than debounce',
      },
    )
    .prefault({}),
  /** What a batch of predictions covers: the source's rows of this long before the moment of the run. */
  prediction: strict({ window: stretch.default('24 hours') }).prefault({}),
  rollout: rolloutSchema.prefault({}),
  /** Absent: as by default, so that declarations of earlier releases keep their revisions. */
  serving: servingSchema.optional(),
  /** What happens by itself when something else did. */
  automations: automationsSchema.optional(),
  notifications: notificationsSchema.prefault({}),
  /** Absent: as by default. */
  alerts: alertLimitsSchema.optional(),
  schedules: strict({
    /** The time zone of cron texts that do not name one; UTC by default. */
    zone: zone.optional(),
    data: schedule.default('0 2 * * *'),
    retraining: schedule.default('0 3 * * 0'),
    prediction: schedule.default('0 6 * * *'),
    monitoring: schedule.default('0 * * * *'),
    lifecycle: schedule.default('off'),
  }).prefault({}),
}).superRefine((pipeline, context) => {
  const partitions = milliseconds(pipeline.source.history) / milliseconds(pipeline.source.partition);
  // The window's ends rarely fall on a partition's bounds, which adds one at each end.
  if (partitions + 2 > MOST_PARTITIONS)
    context.addIssue({
      code: 'custom',
      path: ['source', 'partition'],
      message:
        `a history of ${pipeline.source.history} in pieces of ${pipeline.source.partition} makes up to ${Math.ceil(partitions) + 2} partitions; ` +
        `a run takes at most ${MOST_PARTITIONS}. Declare longer ones, like partition: '${shortestPartition(pipeline.source.history, MOST_PARTITIONS - 2)}'`,
    });
  const unlabelled = milliseconds(pipeline.label.maturesAfter) + milliseconds(pipeline.source.lateness);
  if (milliseconds(pipeline.source.history) <= unlabelled)
    context.addIssue({
      code: 'custom',
      path: ['source', 'history'],
      message: `history must be longer than label.maturesAfter (${pipeline.label.maturesAfter}) and lateness (${pipeline.source.lateness}), or no row has a label yet`,
    });
  const { window } = pipeline.retraining;
  if (window !== undefined && milliseconds(window) > milliseconds(pipeline.source.history))
    context.addIssue({
      code: 'custom',
      path: ['retraining', 'window'],
      message: `must not be longer than source.history (${pipeline.source.history}): earlier rows are not extracted`,
    });
  for (const problem of valueProblems(pipeline)) context.addIssue({ code: 'custom', ...problem });
  for (const problem of warmStartProblems(pipeline)) context.addIssue({ code: 'custom', ...problem });
  for (const problem of splitProblems(pipeline)) context.addIssue({ code: 'custom', ...problem });
  for (const problem of labelProblems(pipeline)) context.addIssue({ code: 'custom', ...problem });
  for (const problem of classCostProblems(pipeline)) context.addIssue({ code: 'custom', ...problem });
  for (const problem of referenceProblems(pipeline)) context.addIssue({ code: 'custom', ...problem });
  for (const problem of slicesProblems(pipeline.slices ?? {}, pipeline.columns))
    context.addIssue({ code: 'custom', ...problem });
  for (const problem of fairnessProblems(pipeline)) context.addIssue({ code: 'custom', ...problem });
  for (const problem of memberProblems(pipeline)) context.addIssue({ code: 'custom', ...problem });
  for (const problem of lastValueProblems(pipeline)) context.addIssue({ code: 'custom', ...problem });
  for (const problem of monotonicProblems(pipeline)) context.addIssue({ code: 'custom', ...problem });
  pipeline.candidates.forEach(({ name }, i) => {
    if (pipeline.candidates.findIndex((candidate) => candidate.name === name) < i)
      context.addIssue({
        code: 'custom',
        path: ['candidates', i, 'name'],
        message: `another candidate is called "${name}"; give each a name of its own, like "${name}-wide"`,
      });
  });
  for (const problem of columnProblems(pipeline)) context.addIssue({ code: 'custom', ...problem });
});

/** Accepts also what earlier releases stored. */
const newPipelineSchema = pipelineSchema.superRefine((pipeline, context) => {
  const { source, label, gates } = pipeline;
  for (const problem of searchProblems(pipeline)) context.addIssue({ code: 'custom', ...problem });
  for (const problem of gateProblems(pipeline)) context.addIssue({ code: 'custom', ...problem });
  for (const problem of watchingProblems(pipeline)) context.addIssue({ code: 'custom', ...problem });
  const sliced = Object.keys(pipeline.slices ?? {}).length;
  if (sliced > MOST_SLICES)
    context.addIssue({
      code: 'custom',
      path: ['slices'],
      message:
        `${sliced} are declared; a pipeline has at most ${MOST_SLICES}: each is measured at every training and check. Keep those that ` +
        'somebody would act on; the levels and quarters of every column are looked at anyway',
    });
  const i = source.sensitive?.indexOf('entity') ?? -1;
  if (i >= 0 && source.entity === undefined)
    context.addIssue({
      code: 'custom',
      path: ['source', 'sensitive', i],
      message: 'the source has no entity: name its column in source.entity, or leave this out',
    });
  if (label.kind === 'number' && gates.limits?.calibrationError !== undefined)
    context.addIssue({
      code: 'custom',
      path: ['gates', 'limits', 'calibrationError'],
      message: 'leave it out: it applies only to labels of kind binary and class, whose scores are probabilities',
    });
  if (gates.threshold && 'perDay' in gates.threshold && label.facts && label.whenAbsent === undefined)
    context.addIssue({
      code: 'custom',
      path: ['gates', 'threshold', 'perDay'],
      message:
        'rows without a fact have no label, so how many rows a day has is unknown: declare label.whenAbsent, or ' +
        'write { costs } or { precision }',
    });
});

export type Pipeline = z.infer<typeof pipelineSchema>;
type Declared = z.input<typeof pipelineSchema>;
/** Without candidates, those that suit the label are tried. */
export type PipelineInput = Omit<Declared, 'candidates'> & Partial<Pick<Declared, 'candidates'>>;
export type Source = Pipeline['source'];

/** Names one stored version of a declaration; workflows carry this and never the declaration. */
export interface PipelineRef {
  name: string;
  revision: string;
}

export function parsePipeline(input: unknown, file: string): Pipeline {
  refusePrototype(input, file);
  const parsed = newPipelineSchema.safeParse(withCandidates(input));
  if (parsed.success) return parsed.data;
  throw new UserError('PIPELINE_INVALID', `${file} is not a valid pipeline:\n${describeIssues(parsed.error, input)}`);
}

function withCandidates(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input) || 'candidates' in input) return input;
  const { label } = input as { label?: { kind?: unknown } | null };
  const kind = labelKinds.find((known) => known === label?.kind) ?? 'binary';
  return { ...input, candidates: usualCandidates(kind) };
}

export const toStore = (pipeline: Pipeline): unknown => ({ ...pipeline, drift: driftToStore(pipeline.drift) });

/** A declaration as it was stored, perhaps by a newer release. */
export function parseStoredPipeline(stored: unknown, { name, revision }: PipelineRef): Pipeline {
  const parsed = parseStored(pipelineSchema, storedAsDeclared(stored));
  if (parsed.success) return parsed.data;
  throw new UserError(
    'PIPELINE_INVALID',
    `This release cannot read the stored revision ${revision} of ${name}:\n` +
      `${describeIssues(parsed.error, stored)}\n` +
      'If a newer release stored it, update this process; otherwise apply the declaration again with: perennial apply',
  );
}

/** In JavaScript "__proto__" names no column but an object's prototype, and it would be silently dropped. */
function refusePrototype(input: unknown, file: string): void {
  const { columns } = (input ?? {}) as { columns?: unknown };
  if (typeof columns !== 'object' || columns === null) return;
  // In a literal it makes a column the prototype of the columns.
  const inherited = (Object.getPrototypeOf(columns) ?? {}) as object;
  if (!Object.hasOwn(columns, '__proto__') && !Object.hasOwn(inherited, 'kind')) return;
  throw new UserError(
    'PIPELINE_INVALID',
    `${file} is not a valid pipeline:\n  columns.__proto__: JavaScript reserves this name; read the column ` +
      'under another name, for example from a view',
  );
}
