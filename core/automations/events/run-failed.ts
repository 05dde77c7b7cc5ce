import { strict } from '../../base/schema.ts';
import type { EventKind } from './event.ts';
import * as z from 'zod';

const failing = ['data', 'prediction', 'monitoring', 'training'] as const;

const schema = strict({
  event: z.literal('runFailed'),
  /** Any by default. */
  loop: z.enum(failing).optional(),
});

interface Facts {
  loop: (typeof failing)[number];
}

/** A run of a loop, or a training, failed. */
export const runFailed = {
  schema,
  matches: ({ loop }, facts) => loop === undefined || loop === facts.loop,
  says: ({ loop }) => (loop === 'training' ? 'a training failed' : `a run of the ${loop} loop failed`),
} satisfies EventKind<z.infer<typeof schema>, Facts>;
