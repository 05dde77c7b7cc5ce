import { severities } from '../../alerts/alerts.ts';
import { strict } from '../../base/schema.ts';
import type { ActionKind } from './action.ts';
import * as z from 'zod';

const schema = strict({
  action: z.literal('notify'),
  severity: z.enum(severities).default('warning'),
  /** What people are told; by default what happened. */
  message: z.string().min(1, 'write what people are told').max(200).optional(),
});

/** Raises an alert, which goes to the people of the pipeline. */
export const notify = {
  schema,
  says: ({ severity, message }) => `tell people (${severity})${message === undefined ? '' : `: ${message}`}`,
  async act({ severity, message }, hands, why) {
    await hands.notify({ severity, summary: message ?? why, detail: `What happened: ${why}` });
    return 'told people';
  },
} satisfies ActionKind<z.infer<typeof schema>>;
