import { strict, stretch } from '../base/schema.ts';
import * as z from 'zod';

const stepSchema = strict({
  /** The challenger's share of the requests. shadow: it scores all of them, and answers none. */
  share: z.union(
    [z.literal('shadow'), z.number().gt(0).lt(1)],
    'write "shadow", or a share above 0 and below 1, like 0.1',
  ),
  /** How long the step lasts at least. */
  bake: stretch.default('1 hour'),
  /** How many requests (of different entities, if there are any) the challenger must have seen. */
  minRequests: z.int().min(1).default(500),
  /** After this long without enough of them it tells people, and keeps waiting. */
  longest: stretch.default('1 day'),
  /** Whether a person must let it go on to the next step. */
  pause: z.boolean().default(false),
});

export const rolloutSchema = strict({
  /** person: a challenger that passed its gate answers only when somebody approves it. */
  approval: z.enum(['none', 'person']).default('none'),
  /** After this long without a decision the challenger stays where it is, and another training can be requested. */
  approveWithin: stretch.default('3 days'),
  /** The way to all traffic, which it gets after the last one. None: at once. */
  steps: z
    .array(stepSchema)
    .max(20, 'declare at most 20 steps')
    .superRefine((steps, context) => {
      const shares = steps.map(({ share }) => (share === 'shadow' ? 0 : share));
      const wrong = shares.findIndex((share, i) => i > 0 && share <= shares[i - 1]!);
      if (wrong > 0)
        context.addIssue({
          code: 'custom',
          path: [wrong, 'share'],
          message: 'give each step more traffic than the one before it; only the first can be a shadow',
        });
    })
    .default([]),
  /** A challenger that is ready while another is being rolled out waits for its end, or replaces it. */
  newer: z.enum(['waits', 'replaces']).default('waits'),
  checks: strict({
    /** How likely a rollout takes back a challenger that is no worse, by chance, however often it looks. */
    falseAlarms: z.number().min(1e-6, 'write a probability like 0.01').max(0.5).default(0.01),
    /** How far its scores may lie from the champion's, in standard deviations, beside the shift that its gate saw. */
    scoreShift: z.number().nonnegative().default(0.1),
    /** How many times as slow as the champion it may be; an answer within a millisecond is never slow. */
    slowdown: z.number().min(1, 'write a factor of at least 1').default(1.5),
    /** How much larger its loss may be than the champion's, as a share of that. */
    loss: z.number().nonnegative().default(0.05),
  }).prefault({}),
});

export type RolloutPolicy = z.infer<typeof rolloutSchema>;
export type Step = RolloutPolicy['steps'][number];
export type Checks = RolloutPolicy['checks'];
type StepInput = z.input<typeof stepSchema>;
type StepOptions = Omit<StepInput, 'share'>;

/** Shadow, then 10 % and 50 % of the requests, then all. */
export const canary = (options: StepOptions = {}): StepInput[] =>
  (['shadow', 0.1, 0.5] as const).map((share) => ({ share, ...options }));
/** Sees all requests as a shadow, then answers all. */
export const blueGreen = (options: StepOptions = {}): StepInput[] => [{ share: 'shadow', ...options }];
/** Answers all requests from the start. */
export const allAtOnce = (): StepInput[] => [];

/** stepName(steps[1]) // => '10 %' */
export const stepName = ({ share }: Pick<Step, 'share'>): string =>
  share === 'shadow' ? 'shadow' : `${Number((share * 100).toFixed(1))} %`;
