import { UserError } from '../../core/base/errors.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type CurrentTraffic } from '../../core/rollout/traffic.ts';
import { type Instant } from '../../core/time/time.ts';
import { type LoadedModel } from './load-model.ts';
import { compileValidator, fieldsOf, type RowValidator } from './validate-row.ts';

/** A version with the declaration that it was trained with, and its share of the traffic. */
export interface LoadedArm {
  model: LoadedModel;
  share: number;
  pipeline: Pipeline;
  revision: string;
}

/** A version that answers requests. */
export interface Arm extends LoadedArm {
  /** Checks a row by this version's own declaration; ignores fields that only another arm reads. */
  validate: RowValidator;
  /** The sum of the shares up to this one; the last reaches 1. */
  upTo: number;
}

/** Everything one prediction needs, replaced as a whole, so no request sees half a swap. */
export interface Serving {
  generation: number;
  /** When it was decided, by the database's clock; null: saved by an older server. */
  changedAt: Instant | null;
  /** The one among the arms that the traffic names. */
  champion: Arm;
  /** Newest version first. */
  arms: Arm[];
  /** The previous version: it answers when an arm cannot. */
  fallback: LoadedModel | null;
  /** How many fields a row may have. */
  fields: number;
  /** A caller named the version: its rows did not get it by chance, so what it does with them is no evidence. */
  named?: true;
}

type Decided = Pick<Serving, 'generation' | 'changedAt'> & Pick<CurrentTraffic, 'champion'>;

export function composeServing(decided: Decided, loaded: readonly LoadedArm[], fallback: LoadedModel | null): Serving {
  const { generation, changedAt } = decided;
  const fields = new Set(loaded.flatMap(({ pipeline }) => [...fieldsOf(pipeline)]));
  const total = loaded.reduce((sum, { share }) => sum + share, 0);
  let upTo = 0;
  const arms = loaded
    .toSorted((a, b) => b.model.version - a.model.version)
    .map((arm): Arm => ({
      ...arm,
      validate: compileValidator(arm.pipeline, fields),
      upTo: (upTo += arm.share / total),
    }));
  const champion = arms.find(({ model }) => model.version === decided.champion);
  if (!champion)
    throw new UserError(
      'MODEL_UNKNOWN',
      `Generation ${generation} of the traffic gives no share to its champion ${versionName(decided.champion)}.`,
    );
  return { generation, changedAt, champion, arms, fallback, fields: fields.size };
}

/**
 * Compares the database's traffic with what is served. A database restored from a backup has older traffic; a later
 * decision there is newer again, even before its generation passes the served one.
 */
export function standingOf(traffic: CurrentTraffic, serving: Serving): 'newer' | 'same' | 'older' {
  const { generation, changedAt, champion, arms } = serving;
  if (traffic.generation > generation || (changedAt !== null && traffic.changedAt > changedAt)) return 'newer';
  const same =
    traffic.champion === champion.model.version &&
    traffic.arms.length === arms.length &&
    traffic.arms.every(({ version, share }) =>
      arms.some((arm) => arm.model.version === version && arm.share === share),
    );
  return traffic.generation === generation && same ? 'same' : 'older';
}

/**
 * The arm for a unit: always the same while the shares stay, and a unit on the newest version stays on it while that
 * version's share grows.
 */
export function pickArm({ champion, arms }: Serving, unit: string): Arm {
  if (arms.length === 1) return champion;
  const place = hash(unit) / 2 ** 32;
  return arms.find((arm) => place < arm.upTo) ?? arms.at(-1)!;
}

/**
 * What belongs to one arm: a row's entity, or its key without one; null without either. Read before the row is checked,
 * since its arm checks it: the arm refuses an invalid name.
 */
export function unitOf({ champion }: Serving, row: unknown): string | null {
  if (typeof row !== 'object' || row === null) return null;
  const { entity, key } = champion.pipeline.source;
  for (const field of entity === undefined ? [key] : [entity, key]) {
    const value = (row as Record<string, unknown>)[field];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
  }
  return null;
}

/**
 * FNV-1a with a final mix, since short keys differ only in their last characters.
 * http://www.isthe.com/chongo/tech/comp/fnv/
 */
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
