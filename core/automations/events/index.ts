import type { Instant } from '../../time/time.ts';
import { alert } from './alert.ts';
import { promoted } from './promoted.ts';
import { published } from './published.ts';
import { runFailed } from './run-failed.ts';
import { verdict } from './verdict.ts';
import * as z from 'zod';

export const onSchema = z.discriminatedUnion(
  'event',
  [verdict.schema, alert.schema, runFailed.schema, promoted.schema, published.schema],
  'name an event: verdict, alert, runFailed, promoted, published',
);
export type On = z.infer<typeof onSchema>;
export type EventName = On['event'];

/** Each event that a declaration can name; the triggers of the database write them under these names. */
export const eventKinds = { verdict, alert, runFailed, promoted, published } satisfies Record<EventName, object>;

/** Something that happened. */
export type Occurred = {
  [Name in EventName]: {
    id: number;
    pipeline: string;
    kind: Name;
    at: Instant;
    facts: Parameters<(typeof eventKinds)[Name]['says']>[0];
  };
}[EventName];

/** What a kind does with its own, where the compiler knows only that they belong together. */
interface AnyKind {
  matches(on: On, facts: Occurred['facts']): boolean;
  says(facts: Occurred['facts']): string;
}
const kindOf = ({ kind }: Occurred): AnyKind => eventKinds[kind] as AnyKind;

export const matches = (on: On, event: Occurred): boolean =>
  on.event === event.kind && kindOf(event).matches(on, event.facts);
export const eventInWords = (event: Occurred): string => kindOf(event).says(event.facts);
