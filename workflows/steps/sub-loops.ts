import { type PipelineRef } from '../../core/declaration/pipeline.ts';
import { MINUTE, SECOND, type Instant } from '../../core/time/time.ts';
import { type DataResult } from '../data.ts';
import { namesHere } from '../run/names.ts';
import { priorityHere } from '../run/priority.ts';
import { publishedSnapshot } from './steps.ts';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { executeChild, sleep } from '@temporalio/workflow';

interface Moment {
  pipeline: PipelineRef;
  asOf: Instant;
  version?: number;
}

/** Fetches the source's rows up to a time: the snapshot that the data loop published for it, or publishes now. */
export const freshData = (moment: Moment): Promise<string> =>
  untilFree(async () => {
    const snapshot = await publishedSnapshot(moment);
    return snapshot ?? (await runLoop<DataResult>('data', moment)).snapshot;
  });

/** Runs a loop for a time to its end. All loops can run twice for a time: the second finds the first one's results. */
export const subLoop = <Result>(loop: 'prediction' | 'monitoring', moment: Moment): Promise<Result> =>
  untilFree(() => runLoop<Result>(loop, moment));

const runLoop = <Result>(loop: 'data' | 'prediction' | 'monitoring', moment: Moment): Promise<Result> =>
  executeChild<(input: Moment) => Promise<Result>>(loop, {
    workflowId: namesHere().run(moment.pipeline.name, loop, moment.asOf),
    args: [moment],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    parentClosePolicy: 'REQUEST_CANCEL',
    priority: priorityHere(),
    staticSummary: `${loop} of ${moment.pipeline.name} as of ${moment.asOf}`,
  });

/** The same run may already be started: returns when it has ended. */
async function untilFree<T>(work: () => Promise<T>): Promise<T> {
  for (let pause = 2 * SECOND; ; pause = Math.min(2 * pause, MINUTE)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    await sleep(pause);
  }
}
