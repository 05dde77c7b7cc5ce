import { versionName } from '../../base/ids.ts';
import { strict } from '../../base/schema.ts';
import type { EventKind } from './event.ts';
import * as z from 'zod';

const schema = strict({ event: z.literal('promoted') });

interface Facts {
  version: number;
  before: number | null;
  by: string;
}

/** Another version is the champion, also after a rollback. */
export const promoted = {
  schema,
  matches: () => true,
  says: ({ version, before, by }) =>
    `${versionName(version)} became the champion${before === null ? '' : ` after ${versionName(before)}`} (${by})`,
} satisfies EventKind<z.infer<typeof schema>, Facts>;
