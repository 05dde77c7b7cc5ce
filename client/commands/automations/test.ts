import type { AutomationRun, RunState } from '../../../core/automations/automations.ts';
import { command } from '../../command.ts';
import { columns, time } from '../../words.ts';
import { limitOption } from '../../moment.ts';

const COOLS = 'nothing: it cools down';
const CAUSED = 'nothing: it may have caused this';

const didInWords: Record<RunState, (did: Pick<AutomationRun, 'at' | 'says'>, caused: boolean) => string> = {
  taken: ({ at }) => `under way since ${time(at)}`,
  done: ({ says }) => `done: ${says}`,
  failed: ({ says }) => `failed: ${says}`,
  cooling: (_did, caused) => (caused ? CAUSED : COOLS),
};

export const test = command<{ limit: number }>({
  arguments: '<pipeline>',
  summary: 'Show what automations would do about the last events',
  description:
    'Shows what the automations of the applied declaration would do about the last events of a pipeline, and what they ' +
    'did. Changes nothing.',
  example: 'fraud --limit 20',
  options: [limitOption(50)],
  async run([pipeline = ''], { limit }, { operations, result }) {
    const out = await operations.automations.test(pipeline, limit);
    const head = ['when', 'automation', 'would', 'did', 'since'];
    const lines = out.tried.map(({ at, event, automation, action, cools, caused, did }) => [
      time(at),
      automation,
      cools ? COOLS : caused ? CAUSED : action,
      did === null ? 'nothing' : didInWords[did.state](did, caused && !cools),
      event,
    ]);
    const none = `${pipeline} declares ${out.automations.join(', ')}. None of its last ${out.events} events is one that they wait for.`;
    result(out, lines.length === 0 ? none : columns([head, ...lines]));
  },
});
