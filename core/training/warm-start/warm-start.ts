import { versionName } from '../../base/ids.ts';
import type { Candidate } from '../../recipes/index.ts';

/** What a training that may start from the champion's weights decided once its rows were split. */
export type WarmStart = Warm | { whyNot: string };

/** A candidate more: a declared one once again, which starts from a network of the champion. */
export interface Warm {
  candidate: Candidate;
  version: number;
  /** The champion, or what it averages. */
  network: string;
  objectKey: string;
  sha256: string;
}

/** null: every candidate starts from nothing. */
export const warmOf = (warmStart: WarmStart | undefined): Warm | null =>
  warmStart && 'candidate' in warmStart ? warmStart : null;

/** What a version keeps of it. */
export type WarmStartOfVersion =
  { version: number; candidate: string; sha256: string; outcome: 'won' | 'averaged' | 'lost' } | { whyNot: string };

/** @param averaged the candidates that the winner averages, if it does */
export function warmStartOfVersion(
  warmStart: WarmStart,
  winner: string,
  averaged: readonly string[],
): WarmStartOfVersion {
  const warm = warmOf(warmStart);
  if (!warm) return warmStart as { whyNot: string };
  const { version, sha256 } = warm;
  const { name: candidate } = warm.candidate;
  const outcome = candidate === winner ? 'won' : averaged.includes(candidate) ? 'averaged' : 'lost';
  return { version, candidate, sha256, outcome };
}

/** For cards and screens. */
export function warmStartInWords(warmStart: WarmStartOfVersion): string {
  if ('whyNot' in warmStart) return `Its candidates started from nothing: ${warmStart.whyNot}.`;
  const { version, candidate, outcome } = warmStart;
  const from = `started from the weights of ${versionName(version)}`;
  switch (outcome) {
    case 'won':
      return `It ${from}, and did best on rows that ${versionName(version)} had not seen.`;
    case 'averaged':
      return `One of the models that it averages, ${candidate}, ${from}.`;
    case 'lost':
      return `Its candidates started from nothing, but for ${candidate}, which ${from} and did not win.`;
  }
}
