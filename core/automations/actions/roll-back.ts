import { versionName } from '../../base/ids.ts';
import { strict } from '../../base/schema.ts';
import type { ActionKind } from './action.ts';
import * as z from 'zod';

const schema = strict({ action: z.literal('rollBack') });

/** Gives all traffic back to the version before the champion, or to the champion while a challenger has a share. */
export const rollBack = {
  schema,
  says: () => 'roll back to the previous version',
  act: async (_declared, hands, why) => `rolled back: ${versionName(await hands.rollBack(why))} serves`,
} satisfies ActionKind<z.infer<typeof schema>>;
