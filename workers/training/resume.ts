import { messageOf } from '../../core/base/errors/errors.ts';
import { type TrainingJob } from '../../core/training/trainer.ts';
import { type TrainingEvents } from './pulse.ts';

/** A checkpoint only saves time: an unusable one costs a line in the log, not the training. */
export async function resume<State>(
  { resumeFrom }: Pick<TrainingJob, 'resumeFrom'>,
  events: Pick<TrainingEvents, 'log'>,
  read: (checkpoint: string) => Promise<State | null>,
): Promise<State | null> {
  if (resumeFrom === null) return null;
  try {
    return await read(resumeFrom);
  } catch (error) {
    events.log(`The checkpoint ${resumeFrom} cannot be used (${messageOf(error)}); training starts from nothing`);
    return null;
  }
}
