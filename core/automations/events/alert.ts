import { alertKinds, severities, type AlertKind, type Severity } from '../../alerts/alerts.ts';
import { strict } from '../../base/schema.ts';
import type { EventKind } from './event.ts';
import * as z from 'zod';

const schema = strict({
  event: z.literal('alert'),
  /** Any by default, but for those that automations raise. */
  kind: z.enum(alertKinds).exclude(['automation']).optional(),
  severity: z.enum(severities).optional(),
});

interface Facts {
  kind: AlertKind;
  severity: Severity;
  summary: string;
}

/** An alert of the pipeline opened, or became worse. */
export const alert = {
  schema,
  matches: ({ kind, severity }, facts) =>
    (kind === undefined || kind === facts.kind) && (severity === undefined || severity === facts.severity),
  says: ({ severity, summary }) => `an alert opened (${severity}): ${summary}`,
} satisfies EventKind<z.infer<typeof schema>, Facts>;
