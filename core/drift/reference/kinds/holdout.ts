import { versionName } from '../../../base/ids.ts';
import type { ReferenceKind, Used } from './kind.ts';
import * as z from 'zod';

/** `instead`: why it took the place of the declared reference. */
export type HoldoutUsed = Used<'holdout', { version: number; instead?: string }>;

/** The rows that the champion was judged on before it served; the default. */
export const holdout = {
  schema: z.literal('holdout'),
  title: ({ version }) => `Holdout of ${versionName(version)}`,
  declaredFor: () => 'holdout',
} satisfies ReferenceKind<HoldoutUsed>;
