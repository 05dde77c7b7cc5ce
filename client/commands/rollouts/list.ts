import { versionName } from '../../../core/base/ids.ts';
import { outcomeInWords, stepName } from '../../../core/rollout/steps/step-words.ts';
import type { Operations } from '../../../operations/index.ts';
import { command } from '../../command.ts';
import { limitOption } from '../../moment.ts';
import { columns, time } from '../../words.ts';

type Line = Awaited<ReturnType<Operations['rollouts']['list']>>[number];

export const list = command<{ limit: number }>({
  arguments: '[pipeline]',
  summary: 'List rollouts, newest first, with the outcome of each',
  example: 'fraud --limit 5',
  options: [limitOption(20)],
  async run([pipeline], { limit }, { operations, result }) {
    const rollouts = await operations.rollouts.list(pipeline, limit);
    const head = ['pipeline', 'version', 'requested', 'outcome'];
    const none = 'No rollout yet. A training starts one when its challenger passes the gate.';
    result(rollouts, rollouts.length > 0 ? columns([head, ...rollouts.map(describe)]) : none);
  },
});

const describe = (line: Line): string[] => [
  line.pipeline,
  versionName(line.version),
  time(line.askedAt),
  outcomeOf(line),
];

function outcomeOf({ waitsUntil, waitsFor, share, reason, ...line }: Line): string {
  const came = outcomeInWords(line);
  if (came !== null) return came;
  if (waitsUntil) return `waits for approval until ${time(waitsUntil)} (${reason})`;
  if (waitsFor) return `waits until ${waitsFor} has ended`;
  return share === null
    ? 'under way'
    : `under way, ${share === 'shadow' ? 'as a shadow' : `at ${stepName({ share })}`}`;
}
