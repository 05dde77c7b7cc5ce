import { declaredChannels, targetsOf } from '../channels/index.ts';
import { duration, stretch, strict, zone } from '../base/schema.ts';
import { milliseconds } from '../time/time.ts';
import * as z from 'zod';

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write a time of day from "00:00" to "23:59"');

/** Who gets a critical alert that nobody has acknowledged. */
const escalationStep = strict({ after: stretch, ...declaredChannels }).refine(
  (step) => targetsOf(step).length > 0,
  'name somebody to tell',
);

const isAscending = (steps: { after: string }[]): boolean =>
  steps.every(({ after }, i) => i === 0 || milliseconds(steps[i - 1]!.after) < milliseconds(after));

/** The fields after `cooldown` are optional, so that declarations of earlier releases keep their revisions. */
export const notificationsSchema = strict({
  ...declaredChannels,
  /** Within this time an alert is not sent again, however often it happens. */
  cooldown: duration.default('6 hours'),
  /** Warnings wait until these hours end; critical alerts do not. */
  quiet: strict({ from: clockTime, to: clockTime, zone })
    .refine(({ from, to }) => from !== to, { path: ['to'], message: 'write another time than in from' })
    .optional(),
  /** A summary of alerts. alone: warnings come in it only, except those that wait for an approval. */
  digest: strict({
    every: z.enum(['day', 'week'], 'write "day" or "week"'),
    at: clockTime.default('08:00'),
    zone: zone.default('UTC'),
    alone: z.boolean().default(false),
  }).optional(),
  /** Who else gets a critical alert that nobody has acknowledged this long after it was first sent. */
  escalate: z
    .array(escalationStep)
    .min(1, 'declare a step, or leave it out')
    .refine(isAscending, 'list the steps by their time, the soonest first')
    .optional(),
});
export type Notifications = z.infer<typeof notificationsSchema>;
