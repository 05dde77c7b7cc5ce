import { strict, stretch } from '../../base/schema.ts';
import { milliseconds } from '../../time/time.ts';
import * as z from 'zod';

const SHARE = 'write "shadow", or a share above 0 and below 1, like 0.1';
const stepSchema = strict({
  /** The challenger's share of the requests. shadow: it scores all of them, and answers none. */
  share: z
    .union([z.literal('shadow'), z.number()], SHARE)
    .refine((share) => share === 'shadow' || (share > 0 && share < 1), SHARE),
  /** How long the step lasts at least. */
  bake: stretch.default('1 hour'),
  /** How many requests the challenger must have seen. */
  minRequests: z.int().min(1).default(500),
  /** After this long without enough of them it tells people, and keeps waiting. */
  longest: stretch.default('1 day'),
  /** Whether it stays there until a person lets it continue. */
  pause: z.boolean().default(false),
}).refine(({ bake, longest }) => milliseconds(longest) >= milliseconds(bake), {
  path: ['longest'],
  message: 'must not be shorter than bake',
});

const checksSchema = strict({
  /** How likely a rollout takes back a challenger that is no worse, by chance, however often it looks. */
  falseAlarms: z.number().min(1e-6, 'write a probability like 0.01').max(0.5).default(0.01),
  /** How far its scores may lie from the champion's, in standard deviations, beside the shift that its gate saw. */
  scoreShift: z.number().nonnegative().default(0.1),
  /** How many times as slow as the champion it may be; an answer within a millisecond is never slow. */
  slowdown: z.number().min(1, 'write a factor of at least 1').default(1.5),
  /** How much larger its loss may be than the champion's, as a share of that. */
  loss: z.number().nonnegative().default(0.05),
  /** The same where both scored the same rows, which shows smaller differences; by default two fifths of `loss`. */
  pairedLoss: z.number().nonnegative().optional(),
});

const confirmSchema = strict({
  /** How long labels may take to tell, once the first have matured; after that the version stays, unproven. */
  longest: stretch.default('7 days'),
});

// What is not declared is not stored, so a release with other defaults makes no revision of its own.
export const rolloutSchema = strict({
  /** person: a challenger that passed its gate answers only when somebody approves it. */
  approval: z.enum(['none', 'person']).default('none'),
  /** After this long without a decision the challenger stays where it is, and another training can be requested. */
  approveWithin: stretch.default('3 days'),
  /** The way to all traffic, which it gets after the last one. By default canary(); with drift of data, allAtOnce(). */
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
    .optional(),
  /** A challenger that is ready while another is being rolled out waits for its end (the default), or replaces it. */
  newer: z.enum(['waits', 'replaces']).optional(),
  checks: checksSchema.optional(),
  /**
   * After all traffic the former champion scores as a shadow, until matured labels confirm the version or take it back;
   * nobody waits for it, and whatever changes the traffic ends it. By default so with the default steps.
   */
  confirm: z.union([z.literal('never'), confirmSchema]).optional(),
});

export type RolloutPolicy = z.infer<typeof rolloutSchema>;
export type Step = z.infer<typeof stepSchema>;
type DeclaredChecks = z.infer<typeof checksSchema>;
export type Checks = Omit<DeclaredChecks, 'pairedLoss'> & { pairedLoss: number };
type StepInput = z.input<typeof stepSchema>;
type StepOptions = Omit<StepInput, 'share'>;

/** Shadow, then 10 % and 50 % of the requests, then all. */
export const canary = (options: StepOptions = {}): StepInput[] =>
  (['shadow', 0.1, 0.5] as const).map((share) => ({ share, ...options }));
/** Sees all requests as a shadow, then answers all. */
export const blueGreen = (options: StepOptions = {}): StepInput[] => [{ share: 'shadow', ...options }];
/** Answers all requests from the start. */
export const allAtOnce = (): StepInput[] => [];

/** Where no application sends requests, a step would wait for ever. */
const defaultSteps: Record<Planned['drift']['of'], Step[]> = {
  requests: z.array(stepSchema).parse(canary()),
  data: [],
};
const defaultChecks = checksSchema.parse({});
const withDefaults = ({ pairedLoss, ...checks }: DeclaredChecks): Checks => ({
  ...checks,
  pairedLoss: pairedLoss ?? 0.4 * checks.loss,
});

const defaultConfirm = confirmSchema.parse({});

/** A pipeline's way to all traffic, as declared or by default. */
export function planOf({ drift, rollout }: Planned) {
  const steps = rollout.steps ?? defaultSteps[drift.of];
  const confirm = rollout.confirm ?? (rollout.steps || steps.length === 0 ? 'never' : defaultConfirm);
  const checks = withDefaults(rollout.checks ?? defaultChecks);
  const parts = steps.length + (confirm === 'never' ? 0 : 1);
  return {
    steps,
    newer: rollout.newer ?? 'waits',
    checks,
    confirm: confirm === 'never' ? null : confirm,
    /** The chance of a false alarm in each step, and in the confirmation. */
    alpha: checks.falseAlarms / Math.max(1, parts),
  };
}
/** What the way depends on: `drift.of` says whether applications send requests. */
interface Planned {
  drift: { of: 'requests' | 'data' };
  rollout: Pick<RolloutPolicy, 'steps' | 'newer' | 'checks' | 'confirm'>;
}
