/** A worker of one activity, whose attempts end as its arguments say: `doomed-worker.ts ADDRESS END...` */
import { withFailures } from '../../../activities/steps/failures.ts';
import { reportCheckpoint } from '../../../activities/steps/heartbeats.ts';
import { activityInfo, Context } from '@temporalio/activity';
import { NativeConnection, Worker } from '@temporalio/worker';

const [address, ...ends] = process.argv.slice(2);

const activities = withFailures({
  async step() {
    const { attempt } = activityInfo();
    const end = ends[attempt - 1] ?? ends.at(-1);
    if (end === 'done') return 'done';
    if (end === 'unreachable') throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    if (end === 'killed-with-checkpoint') reportCheckpoint({ checkpoint: `after ${attempt}` });
    return Context.current().cancelled; // until somebody ends this process
  },
});
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address: address! }),
  taskQueue: 'doomed',
  activities,
  maxHeartbeatThrottleInterval: '100 milliseconds',
  defaultHeartbeatThrottleInterval: '100 milliseconds',
});
await worker.run();
process.exit();
