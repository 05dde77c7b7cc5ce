import { strict } from '../../base/schema.ts';
import type { EventKind } from './event.ts';
import * as z from 'zod';

const failing = [
  'data',
  'prediction',
  'monitoring',
  'training',
  'retraining',
  'lifecycle',
  'rollout',
  'experiment',
] as const;

const schema = strict({
  event: z.literal('runFailed'),
  /** Any by default. */
  loop: z.enum(failing).optional(),
});

interface Facts {
  loop: (typeof failing)[number];
}

const oneByOne = new Set<Facts['loop']>(['training', 'rollout', 'experiment']);

/** A run of a loop failed, also of those with a run for each model: a training, a rollout, an experiment. */
export const runFailed = {
  schema,
  matches: ({ loop }, facts) => loop === undefined || loop === facts.loop,
  says: ({ loop }) =>
    oneByOne.has(loop) ? `${loop === 'experiment' ? 'an' : 'a'} ${loop} failed` : `a run of the ${loop} loop failed`,
} satisfies EventKind<z.infer<typeof schema>, Facts>;
