import { type ModelArtifact } from '../../core/model/artifact.ts';
import { compileScorer, parseArtifact, type Scorer } from '../../core/model/scorer.ts';
import { type LocalCache } from '../../core/data/objects/objects.ts';
import { type ModelVersion } from '../../core/training/training.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { readFile } from 'node:fs/promises';

/** A registered version, ready to score, with its threshold. */
export async function scorerOf(
  { cache }: { cache: Pick<LocalCache, 'fetch'> },
  version: ModelVersion,
): Promise<Scorer & Pick<ModelArtifact, 'threshold'>> {
  const artifact = parseArtifact(await readFile(await unlessCancelled(cache.fetch(version)), 'utf8'));
  return { ...compileScorer(artifact), threshold: artifact.threshold };
}
