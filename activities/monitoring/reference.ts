import { type Binning, SCORE } from '../../core/data/profiles/binning.ts';
import { contentId } from '../../core/base/ids.ts';
import { TIME } from '../../core/data/data.ts';
import { type Analytics } from '../../core/data/analytics.ts';
import { type Profiles } from '../../core/data/profiles/profiles.ts';
import { type LocalCache } from '../../core/data/objects/objects.ts';
import { type TrainingRuns } from '../../core/training/training-runs.ts';
import { countRow, emptyProfile, type Profile } from '../../core/data/profiles/profile.ts';
import {
  type Choice,
  type Counted,
  daysDiffer,
  firstChoice,
  halfOf,
  HALVES,
  likeRows,
  type LikeRows,
  type Rows,
} from '../../core/drift/reference/like-rows.ts';
import { hourOfPart, isOfWeekend, partOf, PARTS } from '../../core/drift/reference/parts.ts';
import { type ModelVersion } from '../../core/training/training.ts';
import { reportProgress, unlessCancelled } from '../steps/heartbeats.ts';
import { createPauses } from '../steps/pauses.ts';
import { scorerOf } from '../training/scorer-of.ts';
import { rowsOf } from '../training/scoring.ts';

export interface ReferencePorts {
  trainingRuns: Pick<TrainingRuns, 'get'>;
  profiles: Pick<Profiles, 'find' | 'record'>;
  analytics: Pick<Analytics, 'readSplit'>;
  cache: Pick<LocalCache, 'fetch'>;
}

/** What counts the holdout apart reads many profiles at once. */
export type ApartPorts = ReferencePorts & { profiles: Pick<Profiles, 'findEach' | 'findDays' | 'recordDays'> };

/**
 * The reference for a version's traffic: its holdout rows, in its declared columns, with its own scores of them, in the
 * pipeline's bins. Counted when the version is registered, and again after the pipeline is re-binned.
 */
export async function countHoldout(
  ports: ReferencePorts,
  columns: string[],
  version: ModelVersion,
  binning: Binning,
): Promise<Profile> {
  const subject = `version/${version.version}`;
  const counted = await ports.profiles.find(version.pipeline, subject, binning.id);
  if (counted) return counted;
  const profile = emptyProfile(binning);
  await count(ports, columns, version, binning, () => profile);
  await ports.profiles.record(version.pipeline, subject, profile);
  return profile;
}

/** The rows of the reference that a window is compared with: all, or those like its own. */
export async function chooseReference(
  ports: ApartPorts,
  columns: string[],
  version: ModelVersion,
  { pipeline, binning, window }: Pick<Counted, 'pipeline' | 'binning' | 'window'>,
): Promise<Rows & { like: LikeRows; holdout: Profile }> {
  const all = await countHoldout(ports, columns, version, binning);
  const wanted = firstChoice(pipeline.drift, window);
  if (wanted.days.used) wanted.days = await chooseDays(ports, columns, version, pipeline, binning);
  if (!wanted.days.used && !wanted.hours.used) return { reference: all, weights: null, like: wanted, holdout: all };
  const { splits } = version;
  const period = { from: splits.by ? splits.from : splits.holdout, to: splits.to };
  const byPart = await countHoldoutBy(ports, columns, version, binning, parts);
  return { ...likeRows({ pipeline, binning, window, period, all, byPart }, wanted), holdout: all };
}

/** Told once for each declaration and binning: it takes the counts of each half of a week. */
async function chooseDays(
  ports: ApartPorts,
  columns: string[],
  version: ModelVersion,
  pipeline: Counted['pipeline'],
  binning: Binning,
): Promise<Choice> {
  const compared = contentId({ binning: binning.id, columns: pipeline.columns, drift: pipeline.drift });
  const known = await ports.profiles.findDays(version.pipeline, version.version, compared);
  if (known) return known;
  const found = daysDiffer(await countHoldoutBy(ports, columns, version, binning, halves), pipeline, binning);
  await ports.profiles.recordDays(version.pipeline, version.version, compared, found);
  return found;
}

/** Ways to count the holdout apart: by the hours of working days and of weekends, or by halves of the days of the week. */
interface Apart {
  subjects: readonly string[];
  placeOf: (time: number) => number;
}
const parts: Apart = {
  subjects: Array.from(
    { length: PARTS },
    (_, part) => `${isOfWeekend(part) ? 'weekend' : 'working'}/${String(hourOfPart(part)).padStart(2, '0')}`,
  ),
  placeOf: partOf,
};
const halves: Apart = { subjects: Array.from({ length: HALVES }, (_, half) => `half/${half}`), placeOf: halfOf };

/** Counted at the first request. */
async function countHoldoutBy(
  ports: ApartPorts,
  columns: string[],
  version: ModelVersion,
  binning: Binning,
  { subjects, placeOf }: Apart,
): Promise<Profile[]> {
  const { profiles } = ports;
  const named = subjects.map((subject) => `version/${version.version}/${subject}`);
  const counted = await profiles.findEach(version.pipeline, named, binning.id);
  if (counted.every((profile) => profile !== null)) return counted;

  const apart = named.map(() => emptyProfile(binning));
  await count(ports, columns, version, binning, (time) => apart[placeOf(time)]!);
  await Promise.all(apart.map((profile, place) => profiles.record(version.pipeline, named[place]!, profile)));
  return apart;
}

/** Counts each row of the holdout into the profile that its time (milliseconds since 1970) chooses. */
async function count(
  ports: ReferencePorts,
  columns: string[],
  version: ModelVersion,
  binning: Binning,
  profileOf: (time: number) => Profile,
): Promise<void> {
  const run = await ports.trainingRuns.get(version.trainingRun);
  const file = await unlessCancelled(ports.cache.fetch(run.trainingSet!));
  const { score } = await scorerOf(ports, version);
  const pause = createPauses();
  let rows = 0;
  for await (const chunk of ports.analytics.readSplit(file, 'holdout', columns)) {
    const times = chunk.own[TIME]!;
    let i = 0;
    for (const row of rowsOf(chunk, columns)) {
      countRow(profileOf(Number(times[i++])), binning, { ...row, [SCORE]: score(row) });
      if (i % 64 === 0) await pause();
    }
    reportProgress({ counted: (rows += chunk.rows) });
  }
}
