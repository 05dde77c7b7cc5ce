import { messageOf } from '../../core/base/errors/errors.ts';
import { type Snapshot } from '../../core/data/data.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Extractor, type LeftOut } from '../../core/sources/extractor.ts';
import { readingsOf } from '../../core/sources/partitions.ts';
import { type Instant } from '../../core/time/time.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { cancellationSignal, log } from '@temporalio/activity';

/** What the source has and the snapshot does not. */
export interface LeftOutOf extends LeftOut {
  /** Where the declared history begins. */
  from: Instant;
}

/** Counts it. It informs: a source that is away now changes nothing. */
export async function countLeftOut(
  extractor: Pick<Extractor, 'leftOut'>,
  pipeline: Pipeline,
  { parts }: Pick<Snapshot, 'parts'>,
): Promise<LeftOutOf> {
  const { time, history } = pipeline.source;
  const from = parts.flatMap((part) => (part.kind === 'rows' ? [part.from] : [])).sort()[0]!;
  const { withoutTime, older } = await count(extractor, pipeline, from);
  if (withoutTime > 0) log.warn('Rows of the source have no time and are left out.', { rows: withoutTime, time });
  const where = { before: from, history };
  if (older === null)
    log.info('Rows of the source that are older than the declared history are left out. They were not counted.', where);
  else if (older > 0)
    log.info('Rows of the source that are older than the declared history are left out.', { rows: older, ...where });
  return { withoutTime, older, from };
}

async function count(extractor: Pick<Extractor, 'leftOut'>, pipeline: Pipeline, from: Instant): Promise<LeftOut> {
  const unknown = { withoutTime: 0, older: null };
  try {
    return (await unlessCancelled(extractor.leftOut(readingsOf(pipeline).rows, from, cancellationSignal()))) ?? unknown;
  } catch (error) {
    cancellationSignal().throwIfAborted();
    log.warn('Rows of the source that are left out could not be counted.', { error: messageOf(error) });
    return unknown;
  }
}
