import { strict } from '../../../base/schema.ts';
import { isTag, TAG_WORDS } from '../../../data/snapshot-tags.ts';
import type { ReferenceKind, Used } from './kind.ts';
import * as z from 'zod';

export type SnapshotUsed = Used<'snapshot', { tag: string; snapshot: string }>;

/** All rows of the snapshot that has a tag. */
export const snapshot = {
  schema: strict({ snapshot: z.string().refine(isTag, TAG_WORDS) }),
  title: ({ tag }) => `Snapshot "${tag}"`,
  declaredFor: ({ tag }) => ({ snapshot: tag }),
} satisfies ReferenceKind<SnapshotUsed>;
