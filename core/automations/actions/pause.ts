import { strict } from '../../base/schema.ts';
import { scheduledLoops } from '../../runs/schedules.ts';
import type { ActionKind } from './action.ts';
import * as z from 'zod';

const schema = strict({
  action: z.literal('pause'),
  /** All loops that have a schedule by default. */
  loop: z.enum(scheduledLoops).optional(),
});

/** Pauses the schedule of a loop, or of all, until a person resumes it. */
export const pause = {
  schema,
  says: ({ loop }) => (loop === undefined ? 'pause all loops' : `pause the ${loop} loop`),
  act: async ({ loop }, hands, why) => `paused ${(await hands.pause(loop, why)).join(', ')}`,
} satisfies ActionKind<z.infer<typeof schema>>;
