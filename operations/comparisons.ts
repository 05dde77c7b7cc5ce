import { UserError } from '../core/base/errors/errors.ts';
import { contentId, versionName } from '../core/base/ids.ts';
import type { PredictionLog } from '../core/data/predictions/prediction-log.ts';
import { SCORE, type Binning } from '../core/data/profiles/binning.ts';
import type { Binnings } from '../core/data/profiles/binnings.ts';
import {
  addColumns,
  addProfiles,
  emptyProfile,
  type ColumnProfile,
  type Profile,
} from '../core/data/profiles/profile.ts';
import type { Profiles } from '../core/data/profiles/profiles.ts';
import type { Partition } from '../core/data/data.ts';
import type { Pipeline } from '../core/declaration/pipeline.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import { redactorOf } from '../core/declaration/redaction/redaction.ts';
import { judge } from '../core/drift/compare.ts';
import type { DriftReport } from '../core/drift/drift-report.ts';
import { explain } from '../core/drift/explaining/explain.ts';
import { createHourly, groupingOf } from '../core/drift/explaining/hourly.ts';
import { ofSource, sideOf, type Side } from '../core/drift/sides.ts';
import { driftedColumns, type Level, type Verdict } from '../core/drift/verdict.ts';
import type { ModelVersions } from '../core/training/versions/model-versions.ts';
import { isAlias, type VersionNames } from '../core/training/versions/version-names.ts';
import type { SharedClock } from '../core/time/clock.ts';
import { instant, milliseconds } from '../core/time/time.ts';
import { reads } from './door.ts';

export interface ComparisonPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>;
  binnings: Pick<Binnings, 'list'>;
  profiles: Pick<Profiles, 'find' | 'findEach' | 'windows'>;
  log: Pick<PredictionLog, 'served' | 'servedByHour'>;
  modelVersions: Pick<ModelVersions, 'get' | 'list'>;
  versionNames: Pick<VersionNames, 'numberOf'>;
  sharedClock: SharedClock;
  drawDriftReport(report: DriftReport): Promise<string>;
}

export interface Comparison {
  id: string;
  from: string;
  against: string;
  level: Level;
  /** The reason, when a side has too few rows to tell. */
  abstained: string | null;
  drifted: string[];
  html: string;
}

/** What a side counted in one binning, with the scores by version. */
interface CountedSide {
  profile: Profile;
  scores: ReadonlyMap<number, ColumnProfile>;
  /** As it is told, in place of what was asked. */
  side: Side;
}

/** Compares two windows, two versions, or one with the other, as a drift check does; it stores and alarms nothing. */
export const createComparisons = (ports: ComparisonPorts) => {
  const { pipelines, binnings, profiles, log, modelVersions, versionNames, sharedClock, drawDriftReport } = ports;
  async function countSide(pipeline: Pipeline, side: Side, binning: Binning): Promise<CountedSide | null> {
    if ('version' in side) {
      const profile = await profiles.find(pipeline.name, `version/${side.version}`, binning.id);
      const score = profile?.columns[SCORE];
      return profile && { profile, scores: new Map(score ? [[side.version, score]] : []), side };
    }
    if (pipeline.drift.of === 'data') return countSource(pipeline, side.window, binning);
    const served = await log.served(pipeline.name, binning, side.window);
    if (served.length === 0) return null;
    return {
      profile: served.map(({ profile }) => profile).reduce(addProfiles, emptyProfile(binning)),
      scores: new Map(
        served.flatMap(({ version, profile }) => {
          const score = profile.columns[SCORE];
          return score ? [[version, score] as const] : [];
        }),
      ),
      side,
    };
  }

  /** Windows that checks counted and that do not overlap: all within the time, or where none is, the nearest ones. */
  async function countSource(
    { name, source, drift }: Pipeline,
    asked: Partition,
    binning: Binning,
  ): Promise<CountedSide | null> {
    const [length, late] = [milliseconds(drift.window), milliseconds(source.lateness)];
    const [from, to] = [Date.parse(asked.from), Date.parse(asked.to)];
    const near = { from: instant(from + late), to: instant(to + late + length) };
    const all = (await profiles.windows(name, binning.id, near)).map((counted) => ({
      ...counted,
      end: Date.parse(counted.asOf) - late,
    }));
    const within = all.filter(({ end }) => end - length >= from && end <= to);
    const middle = all.filter(({ end }) => end - length / 2 >= from && end - length / 2 < to);
    const outside = ({ end }: { end: number }): number => Math.max(0, end - to) + Math.max(0, from - (end - length));
    const taken: typeof all = [];
    for (const one of within.length > 0 ? within : middle.sort((a, b) => outside(a) - outside(b)))
      if (taken.every(({ end }) => Math.abs(one.end - end) >= length)) taken.push(one);
    if (taken.length === 0) return null;
    const ends = taken.map(({ end }) => end);
    const scores = new Map<number, ColumnProfile>();
    let sum = emptyProfile(binning);
    for (let at = 0; at < taken.length; at += PROFILES_AT_ONCE) {
      const some = taken.slice(at, at + PROFILES_AT_ONCE);
      const subjects = some.map(({ subject }) => subject);
      for (const [i, profile] of (await profiles.findEach(name, subjects, binning.id)).entries()) {
        if (!profile) continue; // removed meanwhile
        sum = addProfiles(sum, profile);
        const { version } = some[i]!;
        const [before, score] = [scores.get(version), profile.columns[SCORE]];
        if (score) scores.set(version, before ? addColumns(before, score) : score);
      }
    }
    return {
      profile: sum,
      scores,
      side: ofSource({ from: instant(Math.min(...ends) - length), to: instant(Math.max(...ends)) }),
    };
  }

  /** Both sides in the newest bins in which both are counted. Throws MODEL_UNKNOWN. */
  async function countBoth(pipeline: Pipeline, from: Side, against: Side) {
    const bins = new Map<Side, string[]>([
      [from, []],
      [against, []],
    ]);
    for (const binning of await binnings.list(pipeline.name)) {
      const [current, reference] = [
        await countSide(pipeline, from, binning),
        await countSide(pipeline, against, binning),
      ];
      if (current && reference) return { binning, current, reference };
      if (current) bins.get(from)!.push(binning.id);
      if (reference) bins.get(against)!.push(binning.id);
    }
    const uncounted = [...bins].flatMap(([side, counted]) => (counted.length === 0 ? [side] : []));
    if (uncounted.length === 0) throw await inOtherBins(pipeline.name, bins);
    for (const side of uncounted) if ('version' in side) await modelVersions.get(pipeline.name, side.version);
    const now = instant((await sharedClock.read()).now());
    const named = (side: Side): string =>
      'window' in side && side.window.from > now ? `${side.words} (in the future)` : side.words;
    throw new UserError(
      'REQUEST_INVALID',
      `${pipeline.name} has no counts of: ${uncounted.map(named).join(', ')}. Name a version whose ` +
        'holdout was counted, or a time in which ' +
        (pipeline.drift.of === 'data'
          ? `checks counted rows of the source, at least ${pipeline.drift.window} long.`
          : 'predictions were served.'),
    );
  }

  /** Why two sides that were counted cannot be compared, and with which versions each of them can. */
  async function inOtherBins(name: string, bins: ReadonlyMap<Side, string[]>): Promise<UserError> {
    const versions = (await modelVersions.list(name)).map(({ version }) => version).reverse();
    const subjects = versions.map((version) => `version/${version}`);
    const instead: string[] = [];
    for (const [side, counted] of bins) {
      const each = await Promise.all(counted.map((binning) => profiles.findEach(name, subjects, binning)));
      const like = versions.filter(
        (version, i) => each.some((found) => found[i]) && !('version' in side && side.version === version),
      );
      if (like.length > 0) instead.push(`${side.words} can be compared with: ${like.map(versionName).join(', ')}.`);
    }
    return new UserError(
      'REQUEST_INVALID',
      `${[...bins.keys()].map(({ words }) => words).join(' and ')} were counted in different bins, because the columns of ` +
        `${name} were binned anew in between, so they cannot be compared. ${instead.join(' ')}`.trimEnd(),
    );
  }

  /** An alias begins with a letter, a time with a digit. */
  async function sideNamed(pipeline: string, text: string, option: string): Promise<Side> {
    const version = isAlias(text) ? await versionNames.numberOf(pipeline, text) : null;
    return sideOf(version === null ? text : versionName(version), option);
  }

  async function compare(name: string, asked: { from: string; against: string }): Promise<Comparison> {
    const pipeline = await pipelines.declaration(await pipelines.applied(name));
    const sides = [
      await sideNamed(name, asked.from, '--from'),
      await sideNamed(name, asked.against, '--against'),
    ] as const;
    const { binning, current, reference } = await countBoth(pipeline, ...sides);
    const [from, against] = [current.side, reference.side];
    const version = versionOf(from, against, current, reference);
    const currentScore = current.scores.get('version' in from ? from.version : version);
    const referenceScore = reference.scores.get('version' in against ? against.version : version);
    const scores = { ...(referenceScore && { referenceScore }), ...(currentScore && { currentScore }) };
    const judged = judge({ pipeline, binning, reference: reference.profile, current: current.profile, ...scores });

    const names = judged.columns.map(({ column }) => column);
    const grouping = groupingOf(binning, reference.profile, names);
    const hours = createHourly();
    if ('window' in from && pipeline.drift.of !== 'data')
      for await (const { hour, profile } of log.servedByHour(name, binning, from.window))
        hours.add(Date.parse(hour), grouping.of(profile));
    const hourly = hours.all();
    const told = explain({
      columns: names,
      binning,
      reference: reference.profile,
      current: current.profile,
      groupedBy: reference.profile,
      hourly,
    });

    const id = contentId({ name, binning: binning.id, from, against });
    const window = 'window' in from ? from.window : 'window' in against ? against.window : null;
    const verdict: Verdict = {
      id,
      pipeline: name,
      asOf: window?.to ?? EPOCH,
      window: window ?? { from: EPOCH, to: EPOCH },
      version,
      binning: binning.id,
      ...judged,
      columns: judged.columns.map((column) => ({ ...column, explained: told[column.column]! })),
      since: null,
      performance: [],
      reportKey: null,
    };
    const redact = redactorOf(pipeline);
    const html = await drawDriftReport({
      verdict: redact.verdict(verdict),
      pipeline: redact.pipeline(),
      binning: redact.binning(binning),
      reference: redact.profile(reference.profile),
      current: redact.profile(current.profile),
      ...(referenceScore && { referenceScore: redact.score(referenceScore) }),
      ...(currentScore && { currentScore: redact.score(currentScore) }),
      byHour: { hourly, reference: grouping.of(reference.profile) },
      byHand: { from: from.words, against: against.words },
    });
    const { level, abstained } = judged;
    return { id, from: from.words, against: against.words, level, abstained, drifted: driftedColumns(verdict), html };
  }

  return { compare: reads(compare) };
};

/** A profile can be as large as 50 kB, and a year of hourly windows has thousands. */
const PROFILES_AT_ONCE = 100;
/** Two versions have no time of their own; the page shows none. */
const EPOCH = '1970-01-01T00:00:00.000Z';

/** The version whose scores are compared: the one that is named, or that answered most in both windows. */
function versionOf(from: Side, against: Side, current: CountedSide, reference: CountedSide): number {
  if ('version' in against) return against.version;
  if ('version' in from) return from.version;
  const rows = (profile: ColumnProfile | undefined): number => profile?.counts.reduce((sum, n) => sum + n, 0) ?? 0;
  const least = (version: number): number =>
    Math.min(rows(current.scores.get(version)), rows(reference.scores.get(version)));
  const versions = [...current.scores.keys()];
  return versions.reduce((best, version) => (least(version) > least(best) ? version : best), versions[0] ?? 0);
}
