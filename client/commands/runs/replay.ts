import type { Replayed } from '../../../core/runs/versions.ts';
import { command } from '../../command.ts';
import { columns } from '../../words.ts';

export const replay = command({
  arguments: '',
  summary: 'Replay current runs with the code of this checkout',
  description:
    'Fetches the history of every current run and replays it with the workflows of this checkout. Changes nothing. ' +
    'Run it before a deploy: a run that fails here keeps the version it started with.',
  example: '',
  options: [],
  async alone(_positional, _options, { replay, result }) {
    const runs = await replay();
    const failed = runs.filter(({ problem }) => problem !== null);
    result(
      runs,
      [...(failed.length > 0 ? [columns([head, ...failed.map(describe)])] : []), summary(runs)].join('\n\n'),
    );
    return failed.length === 0;
  },
});

const head = ['run', 'version', 'problem'];
const describe = ({ workflowId, build, problem }: Replayed): string[] => [
  workflowId,
  build?.slice(0, 12) ?? 'none',
  problem ?? '',
];

function summary(runs: Replayed[]): string {
  const failed = runs.filter(({ problem }) => problem !== null).length;
  if (runs.length === 0) return 'There are no current runs.';
  if (failed === 0) return `All ${runs.length} current runs replay with this checkout.`;
  return `${failed} of ${runs.length} current runs do not replay with this checkout. They keep their version until they end.`;
}
