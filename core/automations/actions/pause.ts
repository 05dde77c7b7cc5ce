import { messageOf } from '../../base/errors/errors.ts';
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
    const { pipeline, automation } = hands;
    const resume =
      `When you have looked: perennial resume ${pipeline}` +
      (loop === undefined
        ? `, which resumes all its loops, or for one of them: perennial resume ${pipeline} LOOP`
        : ` ${loop}`);
    let paused: string;
    try {
      paused = (await hands.pause(loop, why)).join(', ');
    } catch (error) {
      const cause = messageOf(error);
      throw new Error(
        `${cause}\nIt may have paused some loops nevertheless: perennial schedules ${pipeline}. ${resume}`,
        { cause: error },
      );
    }
    // Nobody misses what does not run, and it stays so when what happened is over.
    const untilResumed = `Nothing resumes it by itself. ${resume}`;
    try {
      await hands.notify({
        severity: 'info',
        summary: `the automation ${automation} paused ${paused}`,
        detail: `What happened: ${why}\n${untilResumed}`,
      });
    } catch (error) {
      throw new Error(`it paused ${paused}, but could not tell people: ${messageOf(error)}\n${untilResumed}`, {
        cause: error,
      });
    }
    return `paused ${paused}`;
  },
} satisfies ActionKind<z.infer<typeof schema>>;
