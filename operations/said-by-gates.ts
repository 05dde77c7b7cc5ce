import { hidesGates, type Judged } from '../core/declaration/redaction/said-by-gates.ts';
import type { Pipeline } from '../core/declaration/pipeline.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import { byPipeline, type Crowd } from '../core/runs/crowd.ts';

export interface SaidByGatesPorts {
  pipelines: Pick<Pipelines, 'declared'>;
  crowd: Pick<Crowd, 'versions'>;
}

/** Shows each copy of a gate's words as its pipeline's declaration of today does: two queries, however many there are. */
export async function allShown<Copy extends { pipeline: string }>(
  { pipelines, crowd }: SaidByGatesPorts,
  copies: readonly Copy[],
  versionOf: (copy: Copy) => number | null | undefined,
  show: (copy: Copy, judged: Judged | undefined, today: Pipeline | null) => Copy,
): Promise<Copy[]> {
  if (copies.length === 0) return [];
  const declared = await pipelines.declared([...new Set(copies.map(({ pipeline }) => pipeline))]);
  // One that is gone is hidden like one that cannot be read.
  const todays = new Map(declared.map(({ ref, declaration }) => [ref.name, declaration]));
  const todayOf = ({ pipeline }: Copy): Pipeline | null => todays.get(pipeline) ?? null;
  const wanted = copies.flatMap((copy) => {
    const version = versionOf(copy);
    return version != null && hidesGates(todayOf(copy)) ? [{ pipeline: copy.pipeline, version }] : [];
  });
  const versions = byPipeline(wanted.length > 0 ? await crowd.versions(wanted) : []);
  return copies.map((copy) => {
    const version = versionOf(copy);
    const judged = versions(copy.pipeline).find((each) => each.version === version);
    return show(copy, judged, todayOf(copy));
  });
}
