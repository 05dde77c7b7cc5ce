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
  async act({ loop }, hands, why) {
    const paused = (await hands.pause(loop, why)).join(', ');
    const { pipeline, automation } = hands;
    // Nobody misses what does not run, and it stays so when what happened is over.
    await hands.notify({
      severity: 'info',
      summary: `the automation ${automation} paused ${paused}`,
      detail: `What happened: ${why}\nNothing resumes it by itself. When you have looked: perennial resume ${pipeline}${loop === undefined ? '' : ` ${loop}`}`,
    });
    return `paused ${paused}`;
  },
} satisfies ActionKind<z.infer<typeof schema>>;
