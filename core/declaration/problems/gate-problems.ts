import { metricKinds, metricTitle } from '../../metrics/index.ts';
import type { Pipeline } from '../pipeline.ts';

/** Bounds that no model can meet, or every one does. */
export function* gateProblems({ gates: { metric, margin, floor } }: Pick<Pipeline, 'gates'>) {
  const [least, most] = metricKinds[metric].range;
  const title = metricTitle(metric);
  if (margin >= most - least)
    yield {
      path: ['gates', 'margin'],
      message: `${title} lies between ${least} and ${most}, so no model is better by as much: write a smaller margin`,
    };
  if (floor === undefined || (floor >= least && floor <= most)) return;
  const lies =
    most === Infinity ? `is never below ${least}` : least === -Infinity ? `is never above ${most}` : `lies between ${least} and ${most}`; // prettier-ignore
  yield { path: ['gates', 'floor'], message: `${title} ${lies}: write a floor that it can have` };
}
