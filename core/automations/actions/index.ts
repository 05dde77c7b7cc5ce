import type { Hands } from './action.ts';
import { notify } from './notify.ts';
import { pause } from './pause.ts';
import { rollBack } from './roll-back.ts';
import { run } from './run.ts';
import * as z from 'zod';

export const doSchema = z.discriminatedUnion(
  'action',
  [run.schema, pause.schema, notify.schema, rollBack.schema],
  'name an action: run, pause, notify, rollBack',
);
export type Do = z.infer<typeof doSchema>;

/** Each action that a declaration can name. */
export const actionKinds = { run, pause, notify, rollBack } satisfies Record<Do['action'], object>;

/** What a kind does with its own, where the compiler knows only that they belong together. */
interface AnyKind {
  says(declared: Do): string;
  act(declared: Do, hands: Hands, why: string): Promise<string>;
}
const kindOf = ({ action }: Do): AnyKind => actionKinds[action] as AnyKind;

export const actionInWords = (declared: Do): string => kindOf(declared).says(declared);
export const act = (declared: Do, hands: Hands, why: string): Promise<string> =>
  kindOf(declared).act(declared, hands, why);
export type { Hands } from './action.ts';
