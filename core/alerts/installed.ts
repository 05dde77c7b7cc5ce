import { notificationsSchema, type Notifications } from '../declaration/notifications.ts';
import * as z from 'zod';

/** What an installation sets for its own alerts, and for pipelines that declare nothing of it. */
export type InstalledManners = Pick<Notifications, 'quiet' | 'escalate' | 'digest'>;

const QUIET = 'write hours and their time zone, like 22:00-07:00 Europe/Berlin';
const DIGEST = 'write how often, when and in which time zone, like day 08:00 Europe/Berlin, or week 08:00 UTC alone';
const ESCALATE =
  'write who is told after how long, the soonest first, like 30 minutes: ben@example.com, 2 hours: eva@example.com';

/** `22:00-07:00 Europe/Berlin` */
export const quietHours = z
  .string()
  .optional()
  .transform((text, context) => {
    const [, from, to, zone] = /^([\d:]+)-([\d:]+) (\S+)$/.exec(text?.trim() ?? '') ?? [];
    return read(notificationsSchema.shape.quiet, text && { from, to, zone }, QUIET, context);
  });

/** `day 08:00 Europe/Berlin`, or `week 08:00 UTC alone` */
export const installedDigest = z
  .string()
  .optional()
  .transform((text, context) => {
    const [, every, at, zone, alone] = /^(\w+) ([\d:]+) (\S+?)( alone)?$/.exec(text?.trim() ?? '') ?? [];
    return read(
      notificationsSchema.shape.digest,
      text && { every, at, zone, alone: alone !== undefined },
      DIGEST,
      context,
    );
  });

/** `30 minutes: ben@example.com, 2 hours: eva@example.com` */
export const escalation = z
  .string()
  .optional()
  .transform((text, context) => {
    const steps = text?.split(',').map((step) => {
      const [after, address] = step.split(':').map((part) => part.trim());
      return { after, email: [address] };
    });
    return read(notificationsSchema.shape.escalate, steps, ESCALATE, context);
  });

function read<Value>(schema: z.ZodType<Value>, given: unknown, message: string, context: z.RefinementCtx): Value {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}
