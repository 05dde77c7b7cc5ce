import { type Binning, SCORE } from '../core/binning.ts';
import { compileScorer, parseArtifact } from '../core/model/scorer.ts';
import { type Analytics, type Catalogue, type LocalCache, type Registry } from '../core/ports.ts';
import { countRow, emptyProfile, type Profile } from '../core/profile.ts';
import { type ModelVersion } from '../core/training.ts';
import { alive } from './alive.ts';
import { rowsOf } from './scoring.ts';
import { heartbeat } from '@temporalio/activity';
import { readFile } from 'node:fs/promises';

interface ReferencePorts {
  registry: Registry;
  catalogue: Catalogue;
  analytics: Analytics;
  cache: LocalCache;
}

/**
 * The reference a version's traffic is held against: its holdout rows, in the columns it was declared with, with its own scores of them, in the pipeline's
 * bins. Counted when the version is registered, and again when the pipeline has been re-binned since.
 */
export async function countHoldout(
  { registry, catalogue, analytics, cache }: ReferencePorts,
  columns: string[],
  version: ModelVersion,
  binning: Binning,
): Promise<Profile> {
  const subject = `version/${version.version}`;
  const counted = await catalogue.findProfile(version.pipeline, subject, binning.id);
  if (counted) return counted;

  const run = await registry.trainingRun(version.trainingRun);
  const file = await alive(cache.fetch(run.trainingSet!));
  const { score } = compileScorer(parseArtifact(await readFile(await cache.fetch(version), 'utf8')));
  const profile = emptyProfile(binning);
  for await (const chunk of analytics.readSplit(file, 'holdout', columns)) {
    for (const row of rowsOf(chunk, columns)) countRow(profile, binning, { ...row, [SCORE]: score(row) });
    heartbeat({ counted: profile.rows });
  }
  await catalogue.recordProfile(version.pipeline, subject, profile);
  return profile;
}
