import { strict } from '../../base/schema.ts';
import { scheduledLoops } from '../../runs/schedules.ts';
import type { ActionKind } from './action.ts';
import * as z from 'zod';

const schema = strict({
  action: z.literal('run'),
  /** retraining: a request like that of its schedule, with debounce, cooldown and budget. */
  loop: z.enum(scheduledLoops),
});

/** Runs a loop once, for now. */
export const run = {
  schema,
  says: ({ loop }) => `run the ${loop} loop`,
  act: async ({ loop }, hands, why) => `started ${await hands.run(loop, why)}`,
} satisfies ActionKind<z.infer<typeof schema>>;
