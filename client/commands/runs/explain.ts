import type { Story } from '../../../core/story/story.ts';
import { command } from '../../command.ts';
import { columns, time } from '../../words.ts';

export const explain = command({
  arguments: '<pipeline> [cycle]',
  summary: 'Tell what led to a training, and what came of it',
  description:
    'Tells the story of a cycle, by default the newest: the drift and its columns, the requests, what they waited for, ' +
    'the training and its gate, the rollout, the outcome, and whether the drift is over. Needs only the database.',
  example: 'fraud',
  options: [],
  async run([pipeline = '', cycle], _options, { operations, result }) {
    const story = await operations.explain.cycle(pipeline, cycle);
    result(story, inWords(story));
  },
});

function inWords({ pipeline, cycle, moments }: Story): string {
  if (!cycle && moments.length === 0)
    return `No training of ${pipeline} was asked for yet. Ask: perennial models retrain ${pipeline}`;
  const heading = cycle
    ? `${cycle.id}: asked for by ${cycle.reason}, ${cycle.outcome?.result ?? 'under way'}`
    : `${pipeline}: asked for, not begun`;
  const lines = moments.map(({ at, chapter, says }, i) => [
    at === null ? '' : time(at),
    moments[i - 1]?.chapter === chapter ? '' : chapter,
    says,
  ]);
  return `${heading}\n${columns(lines)}`;
}
