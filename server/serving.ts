import { versionName } from '../core/base/ids.ts';
import { type Pipeline } from '../core/declaration/pipeline.ts';
import { type Instant } from '../core/time/time.ts';
import { type CurrentTraffic } from '../core/training/training.ts';
import { type LoadedModel } from './load-model.ts';
import { compileValidator, type RowValidator } from './validate-row.ts';

/** Everything one prediction needs, replaced as a whole, so that no request sees half a swap. */
export interface Serving {
  /** The declaration that the champion was trained with. */
  pipeline: Pipeline;
  revision: string;
  generation: number;
  /** When it was decided, by the database's clock; null: an older version of the server wrote it down without. */
  changedAt: Instant | null;
  /** Newest version first; `upTo` sums the shares, and the last reaches 1. */
  arms: { model: LoadedModel; share: number; upTo: number }[];
  /** The version that served before: it answers when the champion cannot. */
  fallback: LoadedModel | null;
  validate: RowValidator;
  /** How many fields a row may have. */
  fields: number;
}

export function composeServing(
  pipeline: Pipeline,
  revision: string,
  { generation, changedAt }: Pick<Serving, 'generation' | 'changedAt'>,
  loaded: readonly { model: LoadedModel; share: number }[],
  fallback: LoadedModel | null,
): Serving {
  const total = loaded.reduce((sum, { share }) => sum + share, 0);
  let upTo = 0;
  const arms = loaded.map(({ model, share }) => ({ model, share, upTo: (upTo += share / total) }));
  return { pipeline, revision, generation, changedAt, arms, fallback, ...compileValidator(pipeline) };
}

/**
 * How the database's traffic stands to what is served. A database that was set back to a backup holds an older one; a
 * decision made there since then is newer again, though it counts up to and past the generation that is served.
 */
export function standingOf(traffic: CurrentTraffic, serving: Serving): 'newer' | 'same' | 'older' {
  const { generation, changedAt, arms } = serving;
  if (traffic.generation > generation || (changedAt !== null && traffic.changedAt > changedAt)) return 'newer';
  const shares = traffic.shares.filter(({ share }) => share > 0);
  const same =
    shares.length === arms.length &&
    shares.every(({ version, share }) => arms.some((arm) => arm.model.version === version && arm.share === share));
  return traffic.generation === generation && same ? 'same' : 'older';
}

/** The version with the largest share. */
export const champion = ({ arms }: Serving): LoadedModel =>
  arms.reduce((most, arm) => (arm.share > most.share ? arm : most)).model;

/**
 * The version that answers for this entity or key: always the same one while the shares stay, and an entity that the
 * newest version has won keeps it while that version's share grows.
 */
export function pickArm({ arms }: Serving, unit: string): LoadedModel {
  if (arms.length === 1) return arms[0]!.model;
  const place = hash(unit) / 2 ** 32;
  return (arms.find((arm) => place < arm.upTo) ?? arms.at(-1)!).model;
}

/** FNV-1a with a final mix, since short keys differ in their last characters only. http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  return (state ^ (state >>> 13)) >>> 0;
}

/** describeServing of one arm is 'v3', of a canary 'v4 (10 %), v3 (90 %)' */
export const describeServing = ({ arms }: Pick<Serving, 'arms'>): string =>
  arms
    .map(({ model, share }) => versionName(model.version) + (arms.length > 1 ? ` (${Math.round(share * 100)} %)` : ''))
    .join(', ');
