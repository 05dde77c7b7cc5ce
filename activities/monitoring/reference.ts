import { type Binning, SCORE } from '../../core/data/profiles/binning.ts';
import { TIME } from '../../core/data/data.ts';
import { type Analytics } from '../../core/data/analytics.ts';
import { type Profiles } from '../../core/data/profiles/profiles.ts';
import { type LocalCache } from '../../core/data/objects/objects.ts';
import { type TrainingRuns } from '../../core/training/training-runs.ts';
import { countRow, emptyProfile, type Profile } from '../../core/data/profiles/profile.ts';
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

/** The same by the hour of the day (UTC): 24 profiles, counted at the first request. */
export async function countHoldoutByHour(
  ports: ReferencePorts,
  columns: string[],
  version: ModelVersion,
  binning: Binning,
): Promise<Profile[]> {
  const { profiles } = ports;
  const subjects = Array.from({ length: 24 }, (_, hour) => subjectOf(version, hour));
  const find = (subject: string) => profiles.find(version.pipeline, subject, binning.id);
  const counted = await Promise.all(subjects.map(find));
  if (counted.every((profile) => profile !== null)) return counted;

  const byHour = subjects.map(() => emptyProfile(binning));
  await count(ports, columns, version, binning, (time) => byHour[new Date(time).getUTCHours()]!);
  await Promise.all(byHour.map((profile, hour) => profiles.record(version.pipeline, subjects[hour]!, profile)));
  return byHour;
}

const subjectOf = ({ version }: ModelVersion, hour: number): string =>
  `version/${version}/hour/${String(hour).padStart(2, '0')}`;

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
