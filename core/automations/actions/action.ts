import type { Severity } from '../../alerts/alerts.ts';
import type { ScheduledLoop } from '../../runs/schedules.ts';
import type * as z from 'zod';

/** What an automation can ask for, with its name and audit. */
export interface Hands {
  readonly pipeline: string;
  readonly automation: string;
  run(loop: ScheduledLoop, why: string): Promise<string>;
  pause(loop: ScheduledLoop | undefined, reason: string): Promise<readonly ScheduledLoop[]>;
  rollBack(reason: string): Promise<number>;
  notify(told: { severity: Severity; summary: string; detail: string }): Promise<void>;
}

/** What an automation does about an event. */
export interface ActionKind<Do> {
  schema: z.ZodType<Do>;
  /** What it would do, in words. */
  says(declared: Do): string;
  /** Does it, and says what was done. `why`: what happened, in words. */
  act(declared: Do, hands: Hands, why: string): Promise<string>;
}
