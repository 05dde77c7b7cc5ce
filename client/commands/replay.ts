import type { Replayed } from '../../core/runs/versions.ts';
import { command } from '../command.ts';
import { columns } from '../words.ts';

export const replayCommand = command({
  name: 'replay',
  arguments: '',
  summary: 'Replay the runs under way with this checkout',
  description:
    'Fetches the histories of all runs under way and replays them with the workflows of this checkout. Changes nothing. ' +
    'Run it before a deploy: a run that fails here stays with the version that it began with.',
  example: 'replay',
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
  if (runs.length === 0) return 'No run is under way.';
  if (failed === 0) return `All ${runs.length} runs under way replay with this checkout.`;
  return `${failed} of ${runs.length} runs under way do not replay with this checkout: they stay with their version until they end.`;
}
