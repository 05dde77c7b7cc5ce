import { UserError } from '../../core/base/errors/errors.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type CurrentTraffic } from '../../core/rollout/traffic.ts';
import { type Instant } from '../../core/time/time.ts';
import { LONGEST_SHOWN } from '../protocols/errors.ts';
import { type LoadedModel } from './models/load-model.ts';
import { compileValidator, takenFieldsOf, type RowValidator } from './rows/validate-row.ts';

/** A version with the declaration that it was trained with. */
export interface LoadedVersion {
  model: LoadedModel;
  pipeline: Pipeline;
  revision: string;
  /** The mean label of its holdout, or of a number of its training: the best answer without a model. null: unknown. */
  prior: number | null;
  /** Of classes: the share of each in its holdout. null: of another kind, or unknown. */
  shares: readonly number[] | null;
}

/** A version that answers requests, with its share of them. */
export interface LoadedArm extends LoadedVersion {
  share: number;
}

/** A version that can score rows. */
export interface ReadyVersion extends LoadedVersion {
  /** Checks a row by this version's own declaration; ignores fields that only another version reads. */
  validate: RowValidator;
}

export interface Arm extends LoadedArm, ReadyVersion {
  /** Its part of what it and the older arms get together. */
  ofRest: number;
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
  /** It scores the requests too, after they are answered. */
  shadow: ReadyVersion | null;
  /** The previous version: it answers when an arm cannot. */
  fallback: ReadyVersion | null;
  /** How many fields a row may have. */
  fields: number;
  /** A caller named the version: its rows did not get it by chance, so what it does with them is no evidence. */
  named?: true;
}

type Decided = Pick<Serving, 'generation' | 'changedAt'> & Pick<CurrentTraffic, 'champion'>;

export interface Loaded {
  arms: readonly LoadedArm[];
  shadow: LoadedVersion | null;
  fallback: LoadedVersion | null;
}

/** Whether answers may say what labels lie between. */
export const hasIntervals = ({ arms }: Pick<Serving, 'arms'>): boolean =>
  arms.some(({ model }) => model.interval !== null);

export function composeServing(decided: Decided, loaded: Loaded): Serving {
  const { generation, changedAt } = decided;
  const all = [...loaded.arms, loaded.shadow, loaded.fallback].filter((version) => version !== null);
  const fields = new Set(all.flatMap(({ pipeline }) => [...takenFieldsOf(pipeline)]));
  const ready = <T extends LoadedVersion>(version: T): T & ReadyVersion => ({
    ...version,
    validate: compileValidator(version.pipeline, version.model.encodings, fields),
  });
  let rest = 0;
  const arms = loaded.arms
    .toSorted((a, b) => a.model.version - b.model.version)
    .map((arm): Arm => ({ ...ready(arm), ofRest: arm.share / (rest += arm.share) }))
    .reverse();
  const champion = arms.find(({ model }) => model.version === decided.champion);
  if (!champion)
    throw new UserError(
      'MODEL_UNKNOWN',
      `Generation ${generation} of the traffic gives no share to its champion ${versionName(decided.champion)}.`,
    );
  const shadow = loaded.shadow && ready(loaded.shadow);
  const fallback = loaded.fallback && ready(loaded.fallback);
  return { generation, changedAt, champion, arms, shadow, fallback, fields: fields.size };
}

/** All versions in memory, each once. */
export function versionsOf({ arms, shadow, fallback }: Serving): ReadyVersion[] {
  const all = [...arms, shadow, fallback].filter((version) => version !== null);
  return all.filter(({ model }, i) => all.findIndex((other) => other.model.version === model.version) === i);
}

/** The traffic as if the version "3" were all of it: nothing answers in its stead. Throws MODEL_UNKNOWN. */
export function aloneOf(serving: Serving, asked: string): Serving {
  const versions = versionsOf(serving);
  const found = versions.find(({ model }) => String(model.version) === asked);
  if (!found) {
    const loaded = versions.map(({ model }) => model.version).sort((a, b) => a - b);
    throw new UserError(
      'MODEL_UNKNOWN',
      `${serving.champion.pipeline.name} has no version "${asked.slice(0, LONGEST_SHOWN)}" in service; ` +
        `these are: ${loaded.join(', ')}.`,
    );
  }
  const arm: Arm = { ...found, share: 1, ofRest: 1 };
  return { ...serving, champion: arm, arms: [arm], shadow: null, fallback: null, named: true };
}

/**
 * Compares the database's traffic with what is served. A database restored from a backup has older traffic; a later
 * decision there is newer again, even before its generation passes the served one.
 */
export function standingOf(traffic: CurrentTraffic, serving: Serving): 'newer' | 'same' | 'older' {
  const { generation, changedAt, shadow } = serving;
  if (traffic.generation > generation || (changedAt !== null && traffic.changedAt > changedAt)) return 'newer';
  if (traffic.generation < generation || !sameArms(traffic, serving)) return 'older';
  if (traffic.shadow === (shadow?.model.version ?? null)) return 'same';
  // The same decision, but its shadow could not be restored from this machine's disk.
  return shadow === null && (changedAt === null || traffic.changedAt === changedAt) ? 'newer' : 'older';
}

const sameArms = (traffic: CurrentTraffic, { champion, arms }: Serving): boolean =>
  traffic.champion === champion.model.version &&
  traffic.arms.length === arms.length &&
  traffic.arms.every(({ version, share }) => arms.some((arm) => arm.model.version === version && arm.share === share));

/**
 * The arm for a unit, always the same while the shares stay. Each version draws from the units that the newer ones left,
 * by a hash of its own: a unit stays on the newest version while that one's share grows, and none moves between older
 * ones while their shares keep their proportion.
 */
export function pickArm({ champion, arms }: Serving, unit: string): Arm {
  if (arms.length === 1) return champion;
  const hashed = hash(unit);
  return arms.find(({ model, ofRest }) => mix(hashed, model.version) / 2 ** 32 < ofRest) ?? arms.at(-1)!;
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

/** FNV-1a. http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return state;
}

/** MurmurHash3's last step: each version sees the units in another order. */
function mix(hashed: number, version: number): number {
  let state = hashed ^ Math.imul(version, 0x9e3779b1);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** describeServing of one arm is 'v3', of a canary 'v4 (10 %), v3 (90 %)', of a shadow 'v3, v4 as shadow' */
export const describeServing = ({ arms, shadow }: Pick<Serving, 'arms' | 'shadow'>): string =>
  [
    ...arms.map(
      ({ model, share }) => versionName(model.version) + (arms.length > 1 ? ` (${Math.round(share * 100)} %)` : ''),
    ),
    ...(shadow ? [`${versionName(shadow.model.version)} as shadow`] : []),
  ].join(', ');
